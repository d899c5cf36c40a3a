//! Figures of measurements, and the bar that shows how far one is.

use indicatif::{ProgressBar, ProgressStyle};
use std::borrow::Cow;
use std::time::Duration;

/// The value below which so many of a thousand are. 0 if there are none.
pub(crate) fn quantile(sorted: &[u64], per_thousand: usize) -> u64 {
    let index = sorted.len().saturating_sub(1) * per_thousand / 1000;
    sorted.get(index).copied().unwrap_or_default()
}

/// Microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// How many a second, if there were `count` in `elapsed`.
pub(crate) fn per_second(count: u64, elapsed: Duration) -> u64 {
    let per_second = u128::from(count) * 1_000_000 / elapsed.as_micros().max(1);
    u64::try_from(per_second).unwrap_or(u64::MAX)
}

/// A bar for `length` steps; hidden if the output is JSON.
pub(crate) fn bar(json: bool, length: usize, what: &'static str) -> ProgressBar {
    if json {
        return ProgressBar::hidden();
    }
    let template = "{bar:40} {pos}/{len} {msg}, {elapsed}";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX))
        .with_style(style)
        .with_message(what)
}

/// Shows that a measurement is under way, and for how long; hidden if the output is JSON.
pub(crate) fn spinner(json: bool, what: impl Into<Cow<'static, str>>) -> ProgressBar {
    if json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let spinner = ProgressBar::new_spinner().with_style(style);
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner.with_message(what)
}
