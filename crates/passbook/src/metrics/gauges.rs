//! Gauges, set from the status of the servers.

use metrics::{counter, gauge};
use protocol::http::{DatabaseStatus, LogStatus, Status};
use std::time::Duration;

/// Sets all gauges.
pub(super) fn set(status: &Status) {
    gauge!("passbook_ready").set(flag(status.ready));
    for log in &status.logs {
        set_log(log);
    }
    for database in &status.databases {
        set_database(database);
    }
    let events = &status.events;
    gauge!("passbook_events_queued").set(known(events.queued));
    gauge!("passbook_events_waiting").set(known(events.waiting));
    counter!("passbook_events_fetched_total").absolute(events.fetched);
    counter!("passbook_events_unprocessable_total").absolute(events.unprocessable);
    gauge!("passbook_subjects_stopped").set(known(events.subjects_stopped));
    let messages = &status.messages;
    counter!("passbook_entries_numbered_total").absolute(messages.numbered);
    counter!("passbook_messages_published_total").absolute(messages.published);
    counter!("passbook_channel_restarts_total").absolute(messages.restarts);
    gauge!("passbook_channels_contradicted").set(known(messages.channels_contradicted));
    let oldest = messages.outgoing_oldest_ms.map_or(f64::NAN, seconds);
    gauge!("passbook_outgoing_oldest_seconds").set(oldest);
    let comparison = &status.comparison;
    counter!("passbook_comparisons_total").absolute(comparison.comparisons);
    let lag = comparison.lag_ms.unwrap_or(status.process.age_ms);
    gauge!("passbook_comparison_lag_seconds").set(seconds(lag));
    let process = &status.process;
    gauge!("process_cpu_seconds_total").set(seconds(process.cpu_ms));
    gauge!("process_resident_memory_bytes").set(float(process.resident_bytes));
    gauge!("process_open_fds").set(float(process.handles));
    gauge!("process_max_fds").set(float(process.handles_max));
    gauge!("process_threads").set(float(process.threads));
}

fn set_log(status: &LogStatus) {
    let log = || [("log", status.log.clone())];
    counter!("passbook_log_appends_total", &log()).absolute(status.appends);
    counter!("passbook_log_commits_total", &log()).absolute(status.commits);
    gauge!("passbook_log_queued_bytes", &log()).set(float(status.queued_bytes));
    gauge!("passbook_log_segments", &log()).set(float(status.segments));
    gauge!("passbook_log_disk_bytes", &log()).set(float(status.disk_bytes));
    gauge!("passbook_log_stopped", &log()).set(flag(status.stopped.is_some()));
}

fn set_database(status: &DatabaseStatus) {
    let database = || ("database", status.database.clone());
    let queue = |queue: &str| [database(), ("queue", queue.to_owned())];
    gauge!("passbook_database_waiting", &queue("write")).set(float(status.writes_waiting));
    gauge!("passbook_database_waiting", &queue("read")).set(float(status.reads_waiting));
    gauge!("passbook_database_stopped", &[database()]).set(flag(status.stopped));
    gauge!("passbook_database_disk_bytes", &[database()]).set(float(status.disk_bytes));
}

fn flag(set: bool) -> f64 {
    f64::from(u8::from(set))
}

/// Not a number if the value is unknown.
fn known(count: Option<u64>) -> f64 {
    count.map_or(f64::NAN, float)
}

fn seconds(ms: u64) -> f64 {
    Duration::from_millis(ms).as_secs_f64()
}

/// The nearest float: exact up to 2^53.
fn float(count: u64) -> f64 {
    let half = |bits: u64| f64::from(u32::try_from(bits & 0xffff_ffff).unwrap_or(u32::MAX));
    half(count >> 32) * 4_294_967_296.0 + half(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_as_floats() {
        for (count, expected) in [
            (0, 0.0),
            (7, 7.0),
            (1 << 32, 4_294_967_296.0),
            ((1 << 53) - 1, 9_007_199_254_740_991.0),
        ] {
            assert!((float(count) - expected).abs() < f64::EPSILON, "{count}");
        }
    }
}
