//! `passbook replay-orders`: devices order on a bad network while the servers are killed, and the bank's books must show
//! each order exactly once.

mod books;
mod judge;
mod ledger;
mod network;
mod phone;
mod plan;

use crate::cli::ReplayOrders;
use crate::crowd::Crowd;
use crate::progress::{Progress, Steps};
use crate::scratch::Scratch;
use crate::servers::{LOOPBACK_UNBOUNDED, Servers, kill_every};
use anyhow::{Context as _, ensure};
use judge::Verdict;
use ledger::Ledger;
use operator::{DataDirectory, Operator, insist};
use phone::{Phone, Report};
use protocol::http::{BankClock, MoveClock};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sandbox_bank::SandboxBank;
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use terminal::{ending, json_line, line, until};
use tokio::sync::watch;
use types::{BusinessDate, Clock};

/// Most orders of one device, which keeps that many.
const ORDERS_MAX: usize = 1_000;

/// Days until dated orders are executed, and until everything is executed and settled.
const DAYS_LATER: u32 = 2;
const DAYS_IN_ALL: u32 = 40;

/// The longest time in which no order is answered.
const PATIENCE: Duration = Duration::from_secs(180);

/// The result.
#[derive(Serialize)]
struct Outcome {
    customers: usize,
    devices: usize,
    #[serde(flatten)]
    verdict: Verdict,
    submissions: u64,
    drops: u64,
    restarts: u64,
    kills: u64,
    seconds: f64,
    seconds_ordering: f64,
    orders_per_second: f64,
    seed: u64,
}

/// Runs the replay. Fails if an order is executed twice or lost, the books do not balance, or a device disagrees.
///
/// # Errors
/// Fails if the replay cannot be made.
pub async fn run(arguments: &ReplayOrders, clock: Clock) -> anyhow::Result<ExitCode> {
    let ending = ending().context("no signals can be waited for")?;
    ensure!(arguments.customers > 0, "--customers is at least 1");
    let each = arguments.orders.div_ceil(arguments.customers);
    ensure!(
        each <= ORDERS_MAX,
        "a device keeps at most {ORDERS_MAX} orders; give more --customers"
    );
    let kills = arguments.kill_every.map(kill_every).transpose()?;
    let scratch = match &arguments.dir {
        Some(directory) => Scratch::given(directory)?,
        None => Scratch::temporary("passbook-orders-")?,
    };
    let outcome = match until(ending, replay(arguments, &scratch, kills, clock)).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => return Err(scratch.kept_after(error)),
        Err(signalled) => {
            scratch.remove().await;
            return Ok(signalled.exit_code());
        }
    };
    scratch.remove().await;
    let clean = outcome.verdict.is_clean();
    if arguments.json {
        json_line(&outcome)?;
    } else {
        tell(&outcome, clean)?;
    }
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn replay(
    arguments: &ReplayOrders,
    scratch: &Scratch,
    kill_every: Option<Duration>,
    clock: Clock,
) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    let servers = Servers::prepare(scratch, arguments.database.as_ref(), LOOPBACK_UNBOUNDED)?;
    servers.check_database()?;
    let child = servers.start().await?;
    let operator = Operator::new(&servers.operator_url, &DataDirectory::at(&servers.data))?;
    let customers = Arc::new(books::customers(arguments.customers)?);

    // The servers are killed while devices order, not while the bank is set up.
    let (setting_up, progress) = (
        Progress::new(!arguments.json),
        Progress::new(!arguments.json),
    );
    let (finished, finishing) = watch::channel(false);
    let random = StdRng::seed_from_u64(arguments.seed ^ u64::MAX);
    let kills = kill_every.map(|every| (every, random, progress.changes()));
    let running = servers.keep_running(child, kills, finishing);
    let work = async {
        let steps = setting_up.steps(books::steps(&customers), "rows loaded");
        books::load(&operator, &customers, &steps).await?;
        steps.finish();
        let today = insist(|| operator.get::<BankClock>("clock")).await?.date;
        let (answered, told) = watch::channel(0);
        let plans = plan::plans(
            &customers,
            (arguments.orders, arguments.seed),
            later(today, DAYS_LATER)?,
            &answered,
        );
        let steps = setting_up.steps(plans.len(), "devices enrolled");
        let around = (clock.clone(), &steps);
        let (path, url) = (scratch.path(), servers.public_url.as_str());
        let mut crowd = Crowd::<Phone>::gather(plans, path, url, &operator, around).await?;

        let start = Instant::now();
        let steps = progress.steps(arguments.orders, "orders answered");
        crowd.go_live();
        tokio::select! {
            failure = crowd.failure() => return Err(failure),
            answered = all_answered(told, arguments.orders, &steps) => answered?,
        }
        let ordering = start.elapsed();

        let steps = progress.steps(1, "days passed at the bank");
        let to = MoveClock {
            advance_seconds: None,
            to: Some(later(today, DAYS_IN_ALL)?),
        };
        insist(|| operator.send::<BankClock>("clock", &to)).await?;
        steps.done(1);
        steps.finish();
        let steps = progress.steps(customers.len(), "devices complete");
        let reports = crowd.finish(&steps).await?;
        finished.send_replace(true);
        anyhow::Ok((ordering, reports))
    };
    let (kills, (ordering, reports)) = tokio::try_join!(running, work)?;

    let bank = SandboxBank::open(servers.bank_database()?, clock.clone())?;
    let ledger = Ledger::read(bank, &customers).await?;
    let verdict = Verdict::of(&ledger, &reports).await?;
    ledger.close().await;
    if scratch.is_temporary() {
        servers.remove_databases()?;
    }
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum();
    Ok(Outcome {
        customers: customers.len(),
        devices: reports.len(),
        orders_per_second: f64::from(u32::try_from(verdict.orders)?) / ordering.as_secs_f64(),
        verdict,
        submissions: sum(|report| report.tally.submissions),
        drops: sum(|report| report.tally.drops),
        restarts: sum(|report| report.restarts),
        kills,
        seconds: began.elapsed().as_secs_f64(),
        seconds_ordering: ordering.as_secs_f64(),
        seed: arguments.seed,
    })
}

fn later(date: BusinessDate, days: u32) -> anyhow::Result<BusinessDate> {
    date.plus_days(days).context("the bank's calendar ends")
}

/// Waits until the devices had an answer to so many orders.
async fn all_answered(
    mut told: watch::Receiver<usize>,
    orders: usize,
    steps: &Steps<'_>,
) -> anyhow::Result<()> {
    let mut seen = 0;
    loop {
        let answered = *told.borrow_and_update();
        if answered > seen {
            steps.done(answered - seen);
            seen = answered;
        }
        if seen >= orders {
            steps.finish();
            return Ok(());
        }
        let more = tokio::time::timeout(PATIENCE, told.changed()).await;
        more.with_context(|| format!("of {orders} orders only {seen} were answered"))??;
    }
}

fn tell(outcome: &Outcome, clean: bool) -> anyhow::Result<()> {
    let Outcome { verdict, .. } = outcome;
    line(format_args!(
        "{} orders of {} devices in {} submissions, in {:.1} s; {} requests, answers and streams were dropped, devices were killed {} times, the servers {} times.",
        verdict.orders,
        outcome.devices,
        outcome.submissions,
        outcome.seconds,
        outcome.drops,
        outcome.restarts,
        outcome.kills,
    ))?;
    line(format_args!(
        "Executed: {}. Refused: {}. Cancelled: {}.",
        verdict.executed, verdict.refused, verdict.cancelled
    ))?;
    if clean {
        return line(format_args!(
            "Each order has one outcome and moved its money once or not at all; the books balance; every device agrees with them."
        ));
    }
    line(format_args!(
        "FAILED: {} executed twice, {} lost, the books are off by {}, {} devices disagree, {} answers differ.",
        verdict.executed_twice,
        verdict.lost,
        verdict.ledger_imbalance,
        verdict.devices_disagreeing,
        verdict.answers_differing,
    ))
}
