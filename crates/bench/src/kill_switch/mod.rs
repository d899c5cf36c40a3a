//! `passbook bench kill-switch`: from the press to the last stream closed and the last order stopped.

mod phone;

use crate::cli::BenchKillSwitch;
use crate::crowd::Crowd;
use crate::orders::books;
use crate::progress::Progress;
use crate::report::{Verdict, judged};
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

/// Within this time after the press everything has to be closed and stopped, in milliseconds.
const WITHIN_MS: f64 = 1_000.0;

#[derive(Serialize)]
struct Report {
    /// Devices of other customers that were live, before and after.
    other_devices: usize,
    /// Those that got an entry of after the press on the stream that was open before.
    others_live: usize,
    /// Devices of the customer whose streams were closed.
    streams: usize,
    orders_stopped: u64,
    last_stream_closed_ms: f64,
    last_order_stopped_ms: f64,
    within_a_second: bool,
}

impl Verdict for Report {
    fn shortfall(&self) -> Option<String> {
        let late = || {
            format!(
                "the kill switch took longer than a second: the last stream was closed after {:.0} ms, the last order stopped after {:.0} ms",
                self.last_stream_closed_ms, self.last_order_stopped_ms
            )
        };
        (!self.within_a_second).then(late)
    }
}

/// Measures, and prints the report. Fails if it takes longer than a second.
pub(crate) async fn bench_kill_switch(
    arguments: &BenchKillSwitch,
    clock: Clock,
) -> anyhow::Result<ExitCode> {
    let how = ("passbook-kill-switch-", arguments.json);
    judged(
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
    let (heard, mut all_heard) = watch::channel(0);
    let (owner, others) = customers.split_first().context("a bank has customers")?;
    let plan = |customer: &books::Customer, role| Plan {
        customer: customer.clone(),
        role,
        ready: ready.clone(),
        pressed: pressed.clone(),
        ended: ended.clone(),
        heard: heard.clone(),
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
    let accounts = others.iter().flat_map(|other| other.accounts.first());
    let deposits = progress.steps(others.len(), "deposits for the others");
    let after = ("after", &deposits);
    books::deposit(&operator, accounts.cloned(), after).await?;
    deposits.finish();
    let all = all_heard.wait_for(|heard| *heard == others.len());
    let others_live = tokio::select! {
        failure = crowd.failure() => return Err(failure),
        heard = tokio::time::timeout(PATIENCE, all) => {
            *heard.context("not every other device got its entry")??
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
    let streams = closed.len();
    let last_stream_closed_ms = closed.into_iter().fold(0.0, f64::max);
    Ok(Report {
        other_devices: arguments.devices,
        others_live,
        streams,
        orders_stopped,
        last_stream_closed_ms,
        last_order_stopped_ms,
        within_a_second: last_stream_closed_ms.max(last_order_stopped_ms) < WITHIN_MS,
    })
}

fn tell(report: &Report) -> anyhow::Result<()> {
    line(format_args!(
        "{} other devices were live, and {} of them got an entry of afterwards. From the press, {} streams were closed after {:.0} ms, and {} orders stopped after {:.0} ms.",
        report.other_devices,
        report.others_live,
        report.streams,
        report.last_stream_closed_ms,
        report.orders_stopped,
        report.last_order_stopped_ms,
    ))
}
