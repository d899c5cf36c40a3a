//! `passbook bench login`: logins with passkeys, refreshes of sessions, and what refusals tell.

mod person;
mod refusals;
mod steady;
mod visitor;

use crate::cli::BenchLogin;
use crate::device::{client_from, nonce_of};
use crate::figures::quantile;
use crate::flow::is_settled;
use crate::memory::memory_kib;
use crate::progress::{Progress, Steps};
use crate::replay::bank::load_rows;
use crate::report::{Verdict, judged};
use crate::scratch::Scratch;
use crate::servers::{LOOPBACK_UNBOUNDED, Servers};
use crate::usage::cores;
use anyhow::{Context as _, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use operator::{DataDirectory, Operator};
use person::{Bank, Person};
use protocol::http::{CustomerRow, Customers, Status};
use refusals::{Pair, refusals};
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use steady::{Rate, steady};
use terminal::line;
use tokio::sync::watch;
use types::{Clock, CustomerId};
use visitor::App;

/// Settings of a bank that locks no address, however often logins from it are refused.
const UNLOCKED_ADDRESSES: &str = "[login]\nrefused_of_prefix_max = 1000000000\n";

/// Customers who join at a time.
const JOINING_MAX: usize = 32;

/// How often a nonce is asked for. The bank accepts one for some minutes.
const NONCE_EVERY: Duration = Duration::from_secs(20);

/// Microseconds, unless a name says otherwise.
#[derive(Serialize)]
struct Report {
    customers: usize,
    devices: usize,
    cores: usize,
    /// From the first code to the last passkey.
    joining_seconds: f64,
    seconds: f64,
    logins: usize,
    login_p50_us: u64,
    login_p99_us: u64,
    login_max_us: u64,
    refreshes: usize,
    refresh_p50_us: u64,
    refresh_p99_us: u64,
    /// What the processors were busy, of all that they could have been.
    processors_busy: f64,
    /// The servers' processor time by thread, of all that one processor could have given.
    servers_busy_by_thread: BTreeMap<String, f64>,
    /// The servers' memory at the end, and the most that it was.
    resident_kib: u64,
    resident_kib_max: u64,
    database_bytes: BTreeMap<&'static str, u64>,
    refusals: Vec<Pair>,
    /// Whether no pair of refusals tells by its time who exists.
    refusals_alike: bool,
}

impl Verdict for Report {
    fn shortfall(&self) -> Option<String> {
        let telling = self.refusals.iter().filter(|pair| pair.tells());
        let telling = telling.map(|pair| {
            let [first, second] = pair.kinds.map(refusals::Kind::words);
            format!("{first} and {second} ({:+.1})", pair.deviations)
        });
        let telling = telling.collect::<Vec<_>>();
        (!telling.is_empty()).then(|| {
            format!(
                "the time of a refusal tells who exists, by more than 3 standard deviations: {}",
                telling.join("; ")
            )
        })
    }
}

/// Measures, and prints the report. Fails if the time of a refusal tells who exists.
pub(crate) async fn bench_login(arguments: &BenchLogin, clock: Clock) -> anyhow::Result<ExitCode> {
    let how = ("passbook-login-", arguments.json);
    judged(
        how,
        async |scratch| measure(arguments, scratch, clock).await,
        tell,
    )
    .await
}

async fn measure(
    arguments: &BenchLogin,
    scratch: &Scratch,
    clock: Clock,
) -> anyhow::Result<Report> {
    ensure!(arguments.devices_each > 0, "--devices-each is at least 1");
    ensure!(arguments.rate > 0, "--rate is at least 1");
    ensure!(arguments.refusals > 0, "--refusals is at least 1");
    let refused = refusals::customers(arguments.refusals);
    ensure!(
        arguments.customers >= refused,
        "so many refusals need {refused} customers"
    );
    let app = App::new()?;
    let settings = [
        LOOPBACK_UNBOUNDED,
        UNLOCKED_ADDRESSES,
        &app.settings(scratch.path())?,
    ];
    let settings = settings.concat();
    let servers = Servers::prepare(scratch, arguments.database.as_ref(), &settings)?;
    servers.check_database()?;
    let running = servers.start().await?;
    let process = running.process().context("the servers have no process")?;
    let operator = Operator::new(&servers.operator_url, &DataDirectory::at(&servers.data))?;
    let progress = Progress::new(!arguments.json);
    let names = (0..arguments.customers).map(|index| format!("c{index}").parse());
    let names = names.collect::<Result<Vec<CustomerId>, _>>()?;
    let rows = names.iter().map(|customer| CustomerRow {
        customer: customer.clone(),
        name: None,
    });
    let loading = progress.steps(names.len(), "customers loaded");
    let target = (&operator, &loading);
    load_rows(target, "customers", rows.collect(), |customers| Customers {
        customers,
    })
    .await?;
    loading.finish();

    let client = client_from(Ipv4Addr::LOCALHOST)?;
    let first = nonce_of(&client, &servers.public_url).await?;
    let (tell_nonce, nonce) = watch::channel(first);
    let nonces = async {
        loop {
            tokio::time::sleep(NONCE_EVERY).await;
            tell_nonce.send_replace(nonce_of(&client, &servers.public_url).await?);
        }
    };
    let bank = Arc::new(Bank {
        client: client.clone(),
        url: servers.public_url.clone(),
        operator: operator.clone(),
        clock,
        nonce,
    });
    let work = async {
        let joining = Instant::now();
        let steps = progress.steps(names.len(), "customers joined");
        let people = join_all(&bank, names, (arguments.devices_each, &steps)).await?;
        let joining = joining.elapsed();
        let people = Arc::new(people);
        while !is_settled(&operator.get::<Status>("status").await?) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let seconds = usize::try_from(arguments.seconds)?;
        let rate = Rate {
            logins: usize::try_from(arguments.rate)? * seconds,
            refreshes: arguments.refreshes,
            per_second: arguments.rate,
        };
        let steps = progress.steps(rate.logins, "logins");
        let steady = steady((&bank, &people), rate, (process, &steps)).await?;
        steps.finish();
        let refused = refusals((&bank, &app), &people, arguments.refusals).await?;
        anyhow::Ok((joining, steady, refused))
    };
    let (joining, steady, refusals) = tokio::select! {
        failed = nonces => return failed,
        done = work => done?,
    };
    let [resident_kib, resident_kib_max] =
        ["VmRSS:", "VmHWM:"].map(|name| memory_kib(process, name));
    running.stop().await?;
    let database_bytes = servers.database_bytes()?;
    servers.remove_databases()?;
    let seconds = steady.used.elapsed.as_secs_f64();
    let busy = |(name, time): (&String, &u64)| {
        let share = f64::from(u32::try_from(*time)?) / (seconds * 1e6);
        anyhow::Ok((name.clone(), share))
    };
    Ok(Report {
        customers: arguments.customers,
        devices: arguments.customers * arguments.devices_each,
        cores: cores(),
        joining_seconds: joining.as_secs_f64(),
        seconds,
        logins: steady.logins.len(),
        login_p50_us: quantile(&steady.logins, 500),
        login_p99_us: quantile(&steady.logins, 990),
        login_max_us: quantile(&steady.logins, 1000),
        refreshes: steady.refreshes.len(),
        refresh_p50_us: quantile(&steady.refreshes, 500),
        refresh_p99_us: quantile(&steady.refreshes, 990),
        processors_busy: steady.used.busy()?,
        servers_busy_by_thread: steady
            .used
            .servers
            .iter()
            .map(busy)
            .collect::<Result<_, _>>()?,
        resident_kib: resident_kib?,
        resident_kib_max: resident_kib_max?,
        database_bytes,
        refusals_alike: !refusals.iter().any(Pair::tells),
        refusals,
    })
}

async fn join_all(
    bank: &Bank,
    names: Vec<CustomerId>,
    (devices, steps): (usize, &Steps<'_>),
) -> anyhow::Result<Vec<Person>> {
    let joined = stream::iter(names).map(async |customer| {
        let person = bank.join(customer, devices).await?;
        steps.done(1);
        anyhow::Ok(person)
    });
    let people = joined.buffer_unordered(JOINING_MAX).try_collect().await?;
    steps.finish();
    Ok(people)
}

fn tell(report: &Report) -> anyhow::Result<()> {
    let ms = |us: u64| Duration::from_micros(us).as_secs_f64() * 1e3;
    line(format_args!(
        "{} customers with {} devices on {} cores, servers and devices on the same machine; the processors were busy to {:.0} %.",
        report.customers,
        report.devices,
        report.cores,
        report.processors_busy * 100.0,
    ))?;
    line(format_args!(
        "{} logins in {:.0} s: {:.1} ms (median), {:.1} ms (99 of 100), {:.1} ms (the longest); {} refreshes: {:.1} ms (median), {:.1} ms (99 of 100).",
        report.logins,
        report.seconds,
        ms(report.login_p50_us),
        ms(report.login_p99_us),
        ms(report.login_max_us),
        report.refreshes,
        ms(report.refresh_p50_us),
        ms(report.refresh_p99_us),
    ))?;
    line(format_args!(
        "The servers have {} MiB of memory; the databases:",
        report.resident_kib >> 10
    ))?;
    for (name, bytes) in &report.database_bytes {
        line(format_args!("{:8} MiB  {name}", bytes >> 20))?;
    }
    line(format_args!(
        "Processor time of the servers' threads, of one processor:"
    ))?;
    for (thread, share) in &report.servers_busy_by_thread {
        line(format_args!("{:8.1} %  {thread}", share * 100.0))?;
    }
    for pair in &report.refusals {
        let [first, second] = pair.kinds.map(refusals::Kind::words);
        let [of_first, of_second] = pair.p50_us.map(ms);
        line(format_args!(
            "{first}: {of_first:.2} ms (median); {second}: {of_second:.2} ms. The second takes longer with a likelihood of {:.3}, {:+.1} standard deviations from chance.",
            pair.second_is_longer, pair.deviations
        ))?;
    }
    Ok(())
}
