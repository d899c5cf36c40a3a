//! `passbook bench flood`: one address floods a bank while another enrols devices and reads its messages.

mod sender;

use crate::cli::BenchFlood;
use crate::device::{Phone, client_from};
use crate::figures::{micros, quantile};
use crate::memory::memory_kib;
use crate::report;
use crate::scratch::Scratch;
use crate::servers::Servers;
use anyhow::Context as _;
use http_edge::AdmissionSettings;
use operator::DataDirectory;
use operator::Operator;
use sender::{AUDIENCE, Answers, Sender};
use serde::Serialize;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use terminal::line;
use tokio::task::JoinSet;
use types::{Clock, CustomerId};

/// The address of the flood, and the address of the other devices.
const FLOODS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const ENROLS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// How long the flood runs before the other devices start.
const BEFORE: Duration = Duration::from_secs(1);

const CUSTOMERS: u32 = 200;

/// The measured values.
#[derive(Debug, Serialize)]
struct Report {
    connections: usize,
    streams: usize,
    seconds: f64,
    /// Devices that enrolled from the other address. Each then read its messages.
    enrolled: usize,
    enrol_p50_us: u64,
    enrol_p99_us: u64,
    enrol_max_us: u64,
    pull_p50_us: u64,
    pull_p99_us: u64,
    pull_max_us: u64,
    /// The answers to the flood.
    flood_answers: u64,
    flood_answers_per_second: f64,
    flood_refused: u64,
    flood_connections: u64,
    /// Key operations that the flood caused. `[admission]` limits their rate.
    key_operations: u64,
    key_operations_per_second: f64,
    key_operations_per_second_max: u32,
    /// The server's resident memory before the flood, and its maximum.
    server_kib_before: u64,
    server_kib_max: u64,
}

/// Floods for some seconds and reports how the other devices fared.
pub(crate) async fn bench_flood(arguments: &BenchFlood, clock: Clock) -> anyhow::Result<ExitCode> {
    let measure = async |scratch: &Scratch| measure(arguments, scratch, clock).await;
    report::measured(("passbook-flood-", arguments.json), measure, tell).await
}

fn tell(report: &Report) -> anyhow::Result<()> {
    line(format_args!(
        "{} devices enrolled from another address meanwhile, in {} µs (median), {} µs (99 %), {} µs at most; their first pull took {} µs (median), {} µs (99 %), {} µs at most",
        report.enrolled,
        report.enrol_p50_us,
        report.enrol_p99_us,
        report.enrol_max_us,
        report.pull_p50_us,
        report.pull_p99_us,
        report.pull_max_us
    ))?;
    line(format_args!(
        "the flood of {} connections with {} streams each had {:.0} answers a second and made the server carry out {:.0} operations with keys a second; its memory went from {} to {} KiB",
        report.connections,
        report.streams,
        report.flood_answers_per_second,
        report.key_operations_per_second,
        report.server_kib_before,
        report.server_kib_max
    ))
}

async fn measure(
    arguments: &BenchFlood,
    scratch: &Scratch,
    clock: Clock,
) -> anyhow::Result<Report> {
    let settings =
        format!("[sandbox]\ncustomers = {CUSTOMERS}\n[tokens]\naudience = \"{AUDIENCE}\"\n");
    let servers = Servers::prepare(scratch, None, &settings)?;
    let running = servers.start().await?;
    let process = running.process().context("the servers have ended")?;
    let operator = Operator::new(&servers.operator_url, &DataDirectory::at(&servers.data))?;
    let server_kib_before = memory_kib(process, "VmRSS:")?;
    let answers = Arc::new(Answers::default());
    let sender = Sender::prepare(&servers.public_url, FLOODS, &answers, &clock).await?;
    let began = Instant::now();
    let mut flood = JoinSet::new();
    for _ in 0..arguments.connections {
        flood.spawn(sender.clone().send(arguments.streams));
    }
    tokio::time::sleep(BEFORE).await;
    let end = Instant::now() + Duration::from_secs(arguments.seconds.max(1));
    let (mut enrols, mut pulls) = (Vec::new(), Vec::new());
    for number in (0..CUSTOMERS).cycle() {
        let customer: CustomerId = (1001 + number).to_string().parse()?;
        let issued = operator.issue_code(&customer).await?;
        let start = Instant::now();
        let phone =
            Phone::enrol(client_from(ENROLS)?, &servers.public_url, &issued, &clock).await?;
        enrols.push(micros(start.elapsed()));
        let start = Instant::now();
        phone.pull().await?;
        pulls.push(micros(start.elapsed()));
        if Instant::now() >= end {
            break;
        }
    }
    let elapsed = began.elapsed();
    flood.shutdown().await;
    let server_kib_max = memory_kib(process, "VmHWM:")?;
    running.stop().await?;
    enrols.sort_unstable();
    pulls.sort_unstable();
    let [answered, refused, key_operations, connections] = answers.counted();
    #[allow(
        clippy::as_conversions,
        reason = "a rate for people, of counts below 2^53"
    )]
    let a_second = |count: u64| count as f64 / elapsed.as_secs_f64();
    Ok(Report {
        connections: arguments.connections,
        streams: arguments.streams,
        seconds: elapsed.as_secs_f64(),
        enrolled: enrols.len(),
        enrol_p50_us: quantile(&enrols, 500),
        enrol_p99_us: quantile(&enrols, 990),
        enrol_max_us: quantile(&enrols, 1000),
        pull_p50_us: quantile(&pulls, 500),
        pull_p99_us: quantile(&pulls, 990),
        pull_max_us: quantile(&pulls, 1000),
        flood_answers: answered,
        flood_answers_per_second: a_second(answered),
        flood_refused: refused,
        flood_connections: connections,
        key_operations,
        key_operations_per_second: a_second(key_operations),
        key_operations_per_second_max: AdmissionSettings::default()
            .key_operations_of_prefix
            .per_second,
        server_kib_before,
        server_kib_max,
    })
}
