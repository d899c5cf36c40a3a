//! `passbook status`: the state of the running servers.

use super::operate::operator_of;
use crate::cli::Listing;
use protocol::http::Status;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::Duration;
use terminal::{json_line, line, page};

/// How often the terminal is redrawn.
const REDRAWN: Duration = Duration::from_secs(1);

/// Shows the state once, or on a terminal until interrupted.
pub(crate) async fn status(arguments: &Listing) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    if arguments.json {
        return json_line(&operator.get::<Status>("status").await?);
    }
    let live = std::io::stdout().is_terminal();
    loop {
        let text = text(&operator.get("status").await?)?;
        if !live {
            return line(format_args!("{text}"));
        }
        page(format_args!("{text}"))?;
        tokio::time::sleep(REDRAWN).await;
    }
}

/// The state as text for people.
fn text(status: &Status) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    if status.ready {
        writeln!(out, "Ready.")?;
    }
    for reason in &status.not_ready {
        writeln!(
            out,
            "NOT READY: {} ({}): {}",
            reason.name, reason.code, reason.detail
        )?;
    }
    let known = |count: Option<u64>| count.map_or("?".to_owned(), |count| count.to_string());
    let seconds = |ms: u64| format!("{}.{} s", ms / 1000, ms % 1000 / 100);
    let process = &status.process;
    writeln!(
        out,
        "up {} · {} MiB · {} of CPU · {} of {} handles · {} threads",
        seconds(process.age_ms),
        process.resident_bytes >> 20,
        seconds(process.cpu_ms),
        process.handles,
        process.handles_max,
        process.threads
    )?;
    writeln!(out, "\nstreams             {}", status.streams_open)?;
    let events = &status.events;
    writeln!(
        out,
        "events              {} unpublished, {} queued, {} waiting, {} fetched, {} unprocessable",
        known(events.unpublished),
        known(events.queued),
        known(events.waiting),
        events.fetched,
        events.unprocessable
    )?;
    writeln!(
        out,
        "stopped subjects    {}",
        known(events.subjects_stopped)
    )?;
    let messages = &status.messages;
    writeln!(
        out,
        "messages            {} numbered, {} published, oldest outgoing {}",
        messages.numbered,
        messages.published,
        messages.outgoing_oldest_ms.map_or("?".to_owned(), seconds)
    )?;
    writeln!(
        out,
        "channels            {} contradicted, {} restarted",
        known(messages.channels_contradicted),
        messages.restarts
    )?;
    let comparison = &status.comparison;
    writeln!(
        out,
        "comparison          {} behind, {} ms long, {} in all",
        comparison.lag_ms.map_or("?".to_owned(), seconds),
        comparison.took_us / 1000,
        comparison.comparisons
    )?;
    for log in &status.logs {
        let [commit, commit_p99] = log.commit_us;
        let [fsync, fsync_p99] = log.fsync_us;
        writeln!(
            out,
            "log {:<15} {}; {} appends in {} commits; commit {commit}/{commit_p99} µs, fsync {fsync}/{fsync_p99} µs; \
             {} bytes queued; {} segments, {} MiB",
            log.log,
            log.stopped.as_deref().unwrap_or("runs"),
            log.appends,
            log.commits,
            log.queued_bytes,
            log.segments,
            log.disk_bytes >> 20
        )?;
    }
    for database in &status.databases {
        writeln!(
            out,
            "database {:<10} {}; {} writes and {} reads waiting; {} MiB",
            database.database,
            if database.stopped { "STOPPED" } else { "runs" },
            database.writes_waiting,
            database.reads_waiting,
            database.disk_bytes >> 20
        )?;
    }
    Ok(out.trim_end().to_owned())
}
