//! `passbook bench kill-switch`: from the press to the last stream closed and the last order stopped.

mod phone;

use crate::cli::BenchKillSwitch;
use crate::crowd::Crowd;
use crate::orders::books;
use crate::progress::Progress;
use crate::report::measured;
use crate::scratch::Scratch;
use crate::servers::{LOOPBACK_UNBOUNDED, Servers, UNLIMITED_ORDERS};
use anyhow::{Context as _, ensure};
use operator::{DataDirectory, Operator};
use order::VOUCHERS_MAX;
use phone::{Ended, Phone, Plan, Role};
use serde::Serialize;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use terminal::line;
use tokio::sync::watch;
use types::Clock;

/// The longest time until everything has happened.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Serialize)]
struct Report {
    /// Devices of other customers that were live, before and after.
    other_devices: usize,
    /// Devices of the customer whose streams were closed.
    streams: usize,
    orders_stopped: u64,
    last_stream_closed_ms: f64,
    last_order_stopped_ms: f64,
}

/// Measures, and prints the report.
pub(crate) async fn bench_kill_switch(
    arguments: &BenchKillSwitch,
    clock: Clock,
) -> anyhow::Result<ExitCode> {
    let how = ("passbook-kill-switch-", arguments.json);
    measured(
        how,
        async |scratch| measure(arguments, scratch, clock).await,
        tell,
    )
    .await
}

async fn measure(
    arguments: &BenchKillSwitch,
    scratch: &Scratch,
    clock: Clock,
) -> anyhow::Result<Report> {
    ensure!(
        (1..=VOUCHERS_MAX).contains(&arguments.orders),
        "--orders is 1 to {VOUCHERS_MAX}"
    );
    let settings = [LOOPBACK_UNBOUNDED, UNLIMITED_ORDERS].concat();
    let servers = Servers::prepare(scratch, None, &settings)?;
    let running = servers.start().await?;
    let operator = Operator::new(&servers.operator_url, &DataDirectory::at(&servers.data))?;
    let customers = books::customers(arguments.devices + 1)?;
    let loading = Progress::new(false);
    books::load(&operator, &customers, &loading.steps(0, "")).await?;

    let (ready, mut all_ready) = watch::channel(0);
    let (press, pressed) = watch::channel(false);
    let (ended, mut all_ended) = watch::channel(Vec::new());
    let (owner, others) = customers.split_first().context("a bank has customers")?;
    let plan = |customer: &books::Customer, role| Plan {
        customer: customer.clone(),
        role,
        ready: ready.clone(),
        pressed: pressed.clone(),
        ended: ended.clone(),
    };
    let orders = arguments.orders;
    let of_owner = [Role::Orders(orders), Role::Watches, Role::Presses];
    let plans = of_owner.map(|role| plan(owner, role)).into_iter();
    let plans = plans.chain(others.iter().map(|other| plan(other, Role::Stays)));
    let plans: Vec<_> = plans.collect();
    let devices = plans.len();
    let progress = Progress::new(!arguments.json);
    let steps = progress.steps(devices, "devices enrolled");
    let (url, around) = (&servers.public_url, (clock, &steps));
    let mut crowd = Crowd::<Phone>::gather(plans, scratch.path(), url, &operator, around).await?;
    crowd.go_live();
    tokio::select! {
        failure = crowd.failure() => return Err(failure),
        ready = all_ready.wait_for(|ready| *ready == devices) => drop(ready?),
    }

    let began = Instant::now();
    press.send_replace(true);
    let all = all_ended.wait_for(|ended: &Vec<Ended>| ended.len() == of_owner.len());
    let ended = tokio::select! {
        failure = crowd.failure() => return Err(failure),
        ended = tokio::time::timeout(PATIENCE, all) => {
            ended.context("not everything was closed and stopped")??.clone()
        }
    };
    let steps = progress.steps(devices, "devices done");
    crowd.finish(&steps).await?;
    running.stop().await?;
    let after = |at: &Instant| at.duration_since(began).as_secs_f64() * 1_000.0;
    let closed = ended.iter().filter_map(|one| match one {
        Ended::Closed(at) => Some(after(at)),
        Ended::Stopped(..) => None,
    });
    let closed: Vec<f64> = closed.collect();
    let stopped = ended.iter().find_map(|one| match one {
        Ended::Stopped(orders, at) => Some((*orders, after(at))),
        Ended::Closed(_) => None,
    });
    let (orders_stopped, last_order_stopped_ms) = stopped.context("nobody pressed")?;
    ensure!(
        usize::try_from(orders_stopped)? == orders,
        "{orders_stopped} of {orders} orders were stopped"
    );
    Ok(Report {
        other_devices: arguments.devices,
        streams: closed.len(),
        orders_stopped,
        last_stream_closed_ms: closed.into_iter().fold(0.0, f64::max),
        last_order_stopped_ms,
    })
}

fn tell(report: &Report) -> anyhow::Result<()> {
    line(format_args!(
        "{} other devices were live. From the press, {} streams were closed after {:.0} ms, and {} orders stopped after {:.0} ms.",
        report.other_devices,
        report.streams,
        report.last_stream_closed_ms,
        report.orders_stopped,
        report.last_order_stopped_ms,
    ))
}
