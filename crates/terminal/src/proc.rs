//! The system's figures of processes and threads: proc(5).

use std::time::Duration;

/// A figure in the text of a `status` file, such as `VmRSS:`, which is in KiB. None if the text has no such figure.
#[must_use]
pub fn status_figure(status: &str, name: &str) -> Option<u64> {
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// The name, and the time in user and system mode, in the text of a `stat` file. None if the text has another form.
#[must_use]
pub fn name_and_time(stat: &str) -> Option<(&str, Duration)> {
    // The name, in parentheses, may contain spaces and parentheses. After it, the time is in the 12th and 13th field.
    let (before, fields) = stat.rsplit_once(") ")?;
    let (_, name) = before.split_once('(')?;
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|field| field.parse::<u64>().ok()).sum();
    let micros = ticks * 1_000_000 / rustix::param::clock_ticks_per_second().max(1);
    Some((name, Duration::from_micros(micros)))
}
