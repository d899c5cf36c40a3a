//! `passbook bench order`: orders from the devices to the core bank, and their outcomes back to the devices.

mod phone;

use crate::cli::BenchOrder;
use crate::crowd::Crowd;
use crate::figures::{bar, quantile};
use crate::orders::books::{self, Customer};
use crate::progress::Progress;
use crate::report::measured;
use crate::scratch::Scratch;
use crate::servers::{LOOPBACK_UNBOUNDED, Servers, UNLIMITED_ORDERS};
use crate::usage::{Meter, Used, cores};
use anyhow::{Context as _, ensure};
use operator::{DataDirectory, Operator};
use phone::{Pace, Phone, Plan};
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;
use terminal::line;
use tokio::sync::watch;
use types::Clock;

/// The longest time without an outcome.
const PATIENCE: Duration = Duration::from_secs(60);

/// The part of all processors' time above which they bound the rate.
const BUSY: f64 = 0.9;

/// The beginning of the names of the threads on which devices run.
const DEVICES: &str = "devices";

#[derive(Serialize)]
struct Report {
    devices: usize,
    cores: usize,
    steady: Phase,
    full: Phase,
}

/// Microseconds, unless a name says otherwise.
#[derive(Serialize)]
struct Phase {
    orders: usize,
    seconds: f64,
    orders_per_second: f64,
    p50_us: u64,
    p99_us: u64,
    server_us_per_order: f64,
    server_us_per_order_by_thread: BTreeMap<String, f64>,
    devices_us_per_order: f64,
    /// What the processors were busy, of all that they could have been.
    processors_busy: f64,
    bound_by: String,
}

/// Measures, and prints the report.
pub(crate) async fn bench_order(arguments: &BenchOrder, clock: Clock) -> anyhow::Result<ExitCode> {
    let how = ("passbook-order-", arguments.json);
    measured(
        how,
        async |scratch| measure(arguments, scratch, clock).await,
        tell,
    )
    .await
}

async fn measure(
    arguments: &BenchOrder,
    scratch: &Scratch,
    clock: Clock,
) -> anyhow::Result<Report> {
    ensure!(arguments.devices > 1, "--devices is at least 2");
    ensure!(arguments.rate > 0, "--rate is at least 1");
    ensure!(arguments.in_flight > 0, "--in-flight is at least 1");
    let settings = [LOOPBACK_UNBOUNDED, UNLIMITED_ORDERS].concat();
    let servers = Servers::prepare(scratch, None, &settings)?;
    let running = servers.start().await?;
    let process = running.process().context("the servers have no process")?;
    let operator = Operator::new(&servers.operator_url, &DataDirectory::at(&servers.data))?;
    let customers = books::customers(arguments.devices)?;
    let loading = Progress::new(false);
    books::load(&operator, &customers, &loading.steps(0, "")).await?;
    let bench = Bench {
        arguments,
        scratch,
        servers: &servers,
        operator: &operator,
        customers: &customers,
        process,
    };
    let each = arguments.orders.div_ceil(arguments.devices);
    let between = Duration::from_secs(1) / arguments.rate;
    let count = u32::try_from(arguments.devices)?;
    let steady = |index: u32| Pace::Steady {
        first: between * index,
        interval: between * count,
    };
    let in_flight = arguments.in_flight;
    let steady = bench.phase("steady", each, steady, clock.clone()).await?;
    let full = bench.phase("full", each, |_| Pace::Full { in_flight }, clock);
    let full = full.await?;
    running.stop().await?;
    Ok(Report {
        devices: customers.len(),
        cores: cores(),
        steady,
        full,
    })
}

/// What both phases have.
struct Bench<'a> {
    arguments: &'a BenchOrder,
    scratch: &'a Scratch,
    servers: &'a Servers,
    operator: &'a Operator,
    customers: &'a [Customer],
    /// The servers'.
    process: u32,
}

impl Bench<'_> {
    /// Enrols a device for each customer, has each give so many orders at its pace, and waits for all outcomes.
    async fn phase(
        &self,
        name: &'static str,
        each: usize,
        pace: impl Fn(u32) -> Pace,
        clock: Clock,
    ) -> anyhow::Result<Phase> {
        let (ready, mut all_ready) = watch::channel(0);
        let (start, begin) = watch::channel(None);
        let (outcomes, mut arriving) = watch::channel(0);
        let payees = self.customers.iter().cycle().skip(1);
        let plans = self.customers.iter().zip(payees).zip(0..);
        let plans = plans.map(|((customer, payee), index)| {
            Ok(Plan {
                customer: customer.customer.clone(),
                from: account(customer)?,
                to: account(payee)?,
                orders: each,
                pace: pace(index),
                ready: ready.clone(),
                begin: begin.clone(),
                outcomes: outcomes.clone(),
            })
        });
        let plans = plans.collect::<anyhow::Result<Vec<_>>>()?;
        let (devices, orders) = (plans.len(), plans.len() * each);
        let directory = self.scratch.path().join(name);
        std::fs::create_dir(&directory)?;
        let progress = Progress::new(!self.arguments.json);
        let steps = progress.steps(devices, "devices enrolled");
        let url = &self.servers.public_url;
        let around = (clock, &steps);
        let mut crowd =
            Crowd::<Phone>::gather(plans, &directory, url, self.operator, around).await?;
        crowd.go_live();
        tokio::select! {
            failure = crowd.failure() => return Err(failure),
            ready = all_ready.wait_for(|ready| *ready == devices) => drop(ready?),
        }

        let shown = bar(self.arguments.json, orders, name);
        let meter = Meter::start(self.process)?;
        start.send_replace(Some(meter.began()));
        let arrival = async {
            while *arriving.borrow_and_update() < orders {
                let more = tokio::time::timeout(PATIENCE, arriving.changed());
                more.await.context("outcomes are missing")??;
                shown.set_position(u64::try_from(*arriving.borrow())?);
            }
            meter.read()
        };
        let used = tokio::select! {
            failure = crowd.failure() => return Err(failure),
            used = arrival => used?,
        };
        shown.finish();
        let reports = crowd
            .finish(&progress.steps(devices, "devices done"))
            .await?;
        let refused: usize = reports.iter().map(|report| report.not_executed).sum();
        ensure!(refused == 0, "{refused} orders were not executed");
        let mut took: Vec<u64> = reports.into_iter().flat_map(|one| one.took_us).collect();
        took.sort_unstable();

        let count = f64::from(u32::try_from(orders)?);
        let each = |time: u64| anyhow::Ok(f64::from(u32::try_from(time)?) / count);
        let devices = used.own.iter();
        let devices = devices.filter(|(name, _)| name.starts_with(DEVICES));
        let devices: u64 = devices.map(|(_, time)| time).sum();
        let seconds = used.elapsed.as_secs_f64();
        Ok(Phase {
            orders,
            seconds,
            orders_per_second: count / seconds,
            p50_us: quantile(&took, 500),
            p99_us: quantile(&took, 990),
            server_us_per_order: each(used.servers.values().sum())?,
            devices_us_per_order: each(devices)?,
            processors_busy: used.busy()?,
            bound_by: bound_by(name, &used, devices)?,
            server_us_per_order_by_thread: used
                .servers
                .into_iter()
                .map(|(name, time)| Ok((name, each(time)?)))
                .collect::<anyhow::Result<_>>()?,
        })
    }
}

fn account(customer: &Customer) -> anyhow::Result<types::AccountId> {
    let current = customer.accounts.first();
    Ok(current.context("a customer without accounts")?.clone())
}

/// Says what kept the phase from being faster.
fn bound_by(phase: &str, used: &Used, devices: u64) -> anyhow::Result<String> {
    if phase == "steady" {
        return Ok("the rate that was asked for".to_owned());
    }
    if used.busy()? < BUSY {
        return Ok("waiting: for the disk, or for each other".to_owned());
    }
    Ok(match used.busiest_of_servers() {
        Some((name, time)) if time > devices => {
            format!("the processors, most by the servers' threads {name}")
        }
        _ => "the processors, most by the devices".to_owned(),
    })
}

fn tell(report: &Report) -> anyhow::Result<()> {
    line(format_args!(
        "{} devices on {} cores, servers and devices on the same machine:",
        report.devices, report.cores
    ))?;
    for (name, phase) in [("steady", &report.steady), ("full speed", &report.full)] {
        line(format_args!(
            "{name}: {} orders, {:.0} a second; from submission to the outcome on the device {:.1} ms (median), {:.1} ms (99 of 100); an order costs the servers {:.0} µs and the devices {:.0} µs of processor time; bound by {}.",
            phase.orders,
            phase.orders_per_second,
            f64::from(u32::try_from(phase.p50_us)?) / 1000.0,
            f64::from(u32::try_from(phase.p99_us)?) / 1000.0,
            phase.server_us_per_order,
            phase.devices_us_per_order,
            phase.bound_by,
        ))?;
    }
    Ok(())
}
