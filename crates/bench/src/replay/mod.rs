//! `passbook replay`: sends a bank's own transactions through everything, and compares every device with the files.

pub(crate) mod bank;
mod data;
mod dump;
mod judge;
mod phone;
mod plan;
mod table;

use crate::cli::Replay;
use crate::crowd::Crowd;
use crate::progress::Progress;
use crate::scratch::Scratch;
use crate::servers::{LOOPBACK_UNBOUNDED, Servers, kill_every};
use anyhow::Context as _;
pub(crate) use data::{Data, Holder, Transaction, posting};
use dump::Dump;
use judge::{Held, Verdict};
use operator::DataDirectory;
use operator::Operator;
use phone::Phone;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
pub(crate) use table::read as read_rows;
use terminal::{ending, json_line, line, until};
use tokio::sync::watch;
use types::Clock;

/// The result of a replay.
#[derive(Serialize)]
struct Outcome {
    transactions: usize,
    accounts: usize,
    customers: usize,
    devices: usize,
    #[serde(flatten)]
    verdict: Verdict,
    chain_failures: u64,
    /// The chain failures by the check that failed.
    failed_checks: BTreeMap<String, u64>,
    reconnections: u64,
    kills: u64,
    seconds: f64,
    seconds_loading: f64,
    seconds_enrolling: f64,
    seconds_posting: f64,
    seconds_delivering: f64,
    entries_per_second: f64,
    seed: u64,
}

/// Runs a replay. Fails if anything is lost, repeated, out of order, wrong or unproven.
pub async fn run(arguments: &Replay, clock: Clock) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let ending = ending().context("no signals can be waited for")?;
    let kill_every = arguments.kill_every.map(kill_every).transpose()?;
    let data = Arc::new(Data::read(&arguments.source, "CZK".parse()?)?);
    let scratch = match &arguments.dir {
        Some(directory) => Scratch::given(directory)?,
        None => Scratch::temporary("passbook-replay-")?,
    };
    let dump = arguments.dump.as_deref().map(Dump::prepare).transpose()?;
    let replayed = replay(arguments, data, &scratch, kill_every, (clock, began));
    let (outcome, held) = match until(ending, replayed).await {
        Ok(Ok(replayed)) => replayed,
        Ok(Err(error)) => return Err(scratch.kept_after(error)),
        Err(signalled) => {
            scratch.remove().await;
            return Ok(signalled.exit_code());
        }
    };
    scratch.remove().await;
    let clean = outcome.verdict.is_clean() && outcome.chain_failures == 0;
    // The verdict is printed even if the dump fails.
    let dumped = dump.map(|dump| dump.write(&held)).transpose();
    if arguments.json {
        json_line(&outcome)?;
    } else {
        tell(&outcome, clean)?;
    }
    dumped?;
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn replay(
    arguments: &Replay,
    data: Arc<Data>,
    scratch: &Scratch,
    kill_every: Option<Duration>,
    (clock, began): (Clock, Instant),
) -> anyhow::Result<(Outcome, Vec<Held>)> {
    let directory = scratch.path();
    let servers = Servers::prepare(scratch, arguments.database.as_ref(), LOOPBACK_UNBOUNDED)?;
    servers.check_database()?;
    let child = servers.start().await?;
    let operator = Operator::new(&servers.operator_url, &DataDirectory::at(&servers.data))?;

    let progress = Progress::new(!arguments.json);
    let (finished, finishing) = watch::channel(false);
    let random = StdRng::seed_from_u64(arguments.seed ^ u64::MAX);
    let kills = kill_every.map(|every| (every, random, progress.changes()));
    let running = servers.keep_running(child, kills, finishing);
    let work = async {
        let start = Instant::now();
        let rows = data.accounts.len() + data.customers.len() + data.holders.len();
        bank::load(&operator, &data, &progress.steps(rows, "rows loaded")).await?;
        let loading = start.elapsed();

        let plans = plan::devices(&data, arguments.seed);
        let start = Instant::now();
        let steps = progress.steps(plans.len(), "devices enrolled");
        let crowd = Crowd::<Phone>::gather(
            plans,
            directory,
            &servers.public_url,
            &operator,
            (clock, &steps),
        )
        .await?;
        let enrolling = start.elapsed();

        let start = Instant::now();
        let steps = progress.steps(data.transaction_count(), "transactions posted");
        crowd.go_live();
        bank::post_all(&operator, &data, &steps).await?;
        let posting = start.elapsed();
        steps.finish();

        let steps = progress.steps(crowd.len(), "devices complete");
        let left = crowd.finish(&steps).await?;
        let delivering = start.elapsed();
        // The servers are stopped, or killed once more, only when every device has everything.
        finished.send_replace(true);
        anyhow::Ok((loading, enrolling, posting, delivering, left))
    };
    let (kills, (loading, enrolling, posting, delivering, left)) = tokio::try_join!(running, work)?;

    if scratch.is_temporary() {
        servers.remove_databases()?;
    }

    let holders = data.held();
    let mut verdict = Verdict::default();
    for device in &left {
        verdict.judge(&data, &holders, &device.held);
    }
    let to_holders: usize = data
        .holders
        .iter()
        .filter_map(|holder| data.transactions.get(&holder.account))
        .map(Vec::len)
        .sum();
    let mut failed_checks = BTreeMap::new();
    for check in left.iter().flat_map(|device| &device.failed_checks) {
        *failed_checks.entry(check.clone()).or_default() += 1;
    }
    let outcome = Outcome {
        transactions: data.transaction_count(),
        accounts: data.accounts.len(),
        customers: data.customers.len(),
        devices: left.len(),
        verdict,
        chain_failures: failed_checks.values().sum(),
        failed_checks,
        reconnections: left.iter().map(|device| device.reconnections).sum(),
        kills,
        seconds: began.elapsed().as_secs_f64(),
        seconds_loading: loading.as_secs_f64(),
        seconds_enrolling: enrolling.as_secs_f64(),
        seconds_posting: posting.as_secs_f64(),
        seconds_delivering: delivering.as_secs_f64(),
        entries_per_second: f64::from(u32::try_from(to_holders)?) / delivering.as_secs_f64(),
        seed: arguments.seed,
    };
    Ok((
        outcome,
        left.into_iter().map(|device| device.held).collect(),
    ))
}

fn tell(outcome: &Outcome, clean: bool) -> anyhow::Result<()> {
    let Outcome { verdict, .. } = outcome;
    line(format_args!(
        "{} transactions of {} accounts reached {} devices of {} customers in {:.1} s ({:.0} entries to holders a second).",
        outcome.transactions,
        outcome.accounts,
        outcome.devices,
        outcome.customers,
        outcome.seconds,
        outcome.entries_per_second,
    ))?;
    line(format_args!(
        "Entries on devices: {} of {}. The servers were killed {} times.",
        verdict.device_entries_delivered, verdict.device_entries_expected, outcome.kills
    ))?;
    if clean {
        return line(format_args!(
            "Nothing lost, doubled, out of order or wrong; every chain held; every device is complete."
        ));
    }
    line(format_args!(
        "FAILED: {} lost, {} duplicated, {} reordered, {} invented, {} wrong balances, {} other differences, {} devices incomplete, {} chain failures {:?}.",
        verdict.lost,
        verdict.duplicated,
        verdict.reordered,
        verdict.invented,
        verdict.balance_mismatches,
        verdict.content_mismatches,
        verdict.incomplete_devices,
        outcome.chain_failures,
        outcome.failed_checks,
    ))
}
