//! `passbook replay-orders`: devices order on a bad network while the servers are killed, and the bank's books must show
//! each order exactly once.

pub(crate) mod books;
mod judge;
mod ledger;
mod network;
mod phone;
mod plan;
mod scenario;

use crate::apart::Apart;
use crate::cli::ReplayOrders;
use crate::crowd::Crowd;
use crate::progress::{Progress, Steps};
use crate::scratch::Scratch;
use crate::servers::{LOOPBACK_UNBOUNDED, Servers, kill_every};
use anyhow::Context as _;
use judge::Verdict;
use ledger::Ledger;
use operator::{DataDirectory, Operator, insist};
use phone::{Phone, Report};
use plan::Told;
use protocol::http::{BankClock, MoveClock, Outbox, Status};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sandbox_bank::SandboxBank;
use scenario::{Scenario, later};
use serde::Serialize;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use terminal::{ending, json_line, line, until};
use tokio::sync::watch;
use types::Clock;

/// Time between two looks at what is on its way to the devices.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Time until another day passes at the bank, if orders are not decided yet.
const FURTHER_DAY: Duration = Duration::from_secs(10);

/// Days in which clearing settles whatever was executed: two business days, and the longest holidays.
const DAYS_OF_CLEARING: u64 = 14;

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
    /// How often the bank's side was killed, and the line to it cut, if it ran apart.
    bank_kills: u64,
    cuts: u64,
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
    let scenario = Scenario::of(arguments)?;
    let kills = arguments.kill_every.map(kill_every).transpose()?;
    let scratch = match &arguments.dir {
        Some(directory) => Scratch::given(directory)?,
        None => Scratch::temporary("passbook-orders-")?,
    };
    let outcome = match until(
        ending,
        replay((arguments, &scenario), &scratch, kills, clock),
    )
    .await
    {
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
    (arguments, scenario): (&ReplayOrders, &Scenario),
    scratch: &Scratch,
    kill_every: Option<Duration>,
    clock: Clock,
) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    let url = arguments.database.as_ref();
    let apart = match arguments.apart {
        true => Some(Apart::prepare(scratch, url, &clock).await?),
        false => None,
    };
    let of_services = apart.as_ref().map_or("", Apart::node_settings);
    let settings = [LOOPBACK_UNBOUNDED, scenario.settings(), of_services].concat();
    let servers = Servers::prepare(scratch, url, &settings)?;
    servers.check_database()?;
    let bank_child = match &apart {
        Some(apart) => Some(apart.bank.start().await?),
        None => None,
    };
    let child = servers.start().await?;
    let operator = Operator::new(&servers.operator_url, &DataDirectory::at(&servers.data))?;
    let bank_operator = match &apart {
        Some(apart) => {
            apart.introduce(&operator).await?;
            apart.operator()?
        }
        None => operator.clone(),
    };
    let (customers, orders) = (scenario.customers(), scenario.orders());

    // The servers are killed while devices order, not while the bank is set up.
    let (setting_up, progress) = (
        Progress::new(!arguments.json),
        Progress::new(!arguments.json),
    );
    let (finished, finishing) = watch::channel(false);
    let random = StdRng::seed_from_u64(arguments.seed ^ u64::MAX);
    let kills = kill_every.map(|every| (every, random, progress.changes()));
    let running = servers.keep_running(child, kills, finishing.clone());
    let bank_running = async {
        let (Some(apart), Some(child)) = (&apart, bank_child) else {
            return Ok((0, 0));
        };
        let random = |salt| StdRng::seed_from_u64(arguments.seed ^ salt);
        let kills = kill_every.map(|every| (every, random(1), progress.changes()));
        let killed = apart.bank.keep_running(child, kills, finishing.clone());
        let cut = async {
            match kill_every {
                Some(every) => {
                    apart
                        .line
                        .keep_cutting((every, random(2)), finishing.clone())
                        .await
                }
                None => Ok(0),
            }
        };
        tokio::try_join!(killed, cut)
    };
    let work = async {
        scenario.load(&bank_operator, &setting_up).await?;
        let today = insist(|| bank_operator.get::<BankClock>("clock"))
            .await?
            .date;
        let (tell, told) = watch::channel(Told::default());
        let plans = scenario.plans((arguments.seed, today), &tell)?;
        let steps = setting_up.steps(plans.len(), "devices enrolled");
        let around = (clock.clone(), &steps);
        let (path, url) = (scratch.path(), servers.public_url.as_str());
        let mut crowd = Crowd::<Phone>::gather(plans, path, url, &operator, around).await?;

        let start = Instant::now();
        let steps = progress.steps(orders, "orders answered");
        crowd.go_live();
        tokio::select! {
            failure = crowd.failure() => return Err(failure),
            all = all_told(told.clone(), orders, (&steps, Told::answered)) => all?,
        }
        let ordering = start.elapsed();

        let steps = progress.steps(1, "days passed at the bank");
        let to = MoveClock {
            advance_seconds: None,
            to: Some(later(today, scenario.days())?),
        };
        insist(|| bank_operator.send_patiently::<BankClock>("clock", &to, PATIENCE)).await?;
        steps.done(1);
        steps.finish();
        let steps = progress.steps(orders, "orders decided");
        tokio::select! {
            failure = crowd.failure() => return Err(failure),
            // The verdict names what has no outcome.
            _ = all_told(told, orders, (&steps, Told::decided)) => {}
            failed = further_days(&bank_operator) => failed?,
        }
        // What was executed on a further day is not settled yet.
        pass_days(&bank_operator, DAYS_OF_CLEARING).await?;
        settled(&operator, &bank_operator).await?;
        let steps = progress.steps(customers.len(), "devices complete");
        let reports = crowd.finish(&steps).await?;
        finished.send_replace(true);
        anyhow::Ok((ordering, reports))
    };
    let (kills, (bank_kills, cuts), (ordering, reports)) =
        tokio::try_join!(running, bank_running, work)?;

    let books = apart.as_ref().map_or(&servers, |apart| &apart.bank);
    let bank = SandboxBank::open(books.bank_database()?, clock.clone())?;
    let ledger = Ledger::read(bank, &customers).await?;
    let verdict = Verdict::of(&ledger, &reports, scenario.pays_all()).await?;
    ledger.close().await;
    if scratch.is_temporary() {
        servers.remove_databases()?;
        if let Some(apart) = &apart {
            apart.bank.remove_databases()?;
        }
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
        bank_kills,
        cuts,
        seconds: began.elapsed().as_secs_f64(),
        seconds_ordering: ordering.as_secs_f64(),
        seed: arguments.seed,
    })
}

/// Lets further days pass: an order that gateway accepted may have reached the core bank after its clock was moved, and is
/// executed on a later day.
async fn further_days(operator: &Operator) -> anyhow::Result<()> {
    loop {
        tokio::time::sleep(FURTHER_DAY).await;
        pass_days(operator, 1).await?;
    }
}

/// Lets so many days pass at the bank. What became due on the way is done then.
async fn pass_days(operator: &Operator, days: u64) -> anyhow::Result<()> {
    let days = MoveClock {
        advance_seconds: Some(days * 86_400),
        to: None,
    };
    insist(|| operator.send_patiently::<BankClock>("clock", &days, PATIENCE)).await?;
    Ok(())
}

/// Waits until the devices told so many orders.
async fn all_told(
    mut told: watch::Receiver<Told>,
    orders: usize,
    (steps, of): (&Steps<'_>, fn(&Told) -> usize),
) -> anyhow::Result<()> {
    let mut seen = 0;
    loop {
        let now = of(&told.borrow_and_update());
        if now > seen {
            steps.done(now - seen);
            seen = now;
        }
        if seen >= orders {
            steps.finish();
            return Ok(());
        }
        let more = tokio::time::timeout(PATIENCE, told.changed()).await;
        more.with_context(|| format!("of {orders} orders only {seen} went on"))??;
    }
}

/// Waits until the broker has a message for each event of the core bank. Nothing new may happen at the bank.
async fn settled(operator: &Operator, bank: &Operator) -> anyhow::Result<()> {
    let mut in_a_row = 0;
    // A status is not one consistent read: what was on its way to the next part is there, or further, in the next one.
    while in_a_row < 3 {
        let outbox: Outbox = insist(|| bank.get("outbox")).await?;
        let status: Status = insist(|| operator.get("status")).await?;
        let events = &status.events;
        let is_settled = outbox.unpublished == 0
            && events.queued == Some(0)
            && events.waiting == Some(0)
            && status.messages.outgoing_oldest_ms == Some(0);
        in_a_row = if is_settled { in_a_row + 1 } else { 0 };
        if !is_settled {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
    Ok(())
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
        "Executed: {}. Refused: {}. Cancelled: {}. Payments of standing orders: {}.",
        verdict.executed, verdict.refused, verdict.cancelled, verdict.standing_payments
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
