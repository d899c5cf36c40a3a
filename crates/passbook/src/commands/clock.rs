//! `passbook clock`: the sandbox bank's clock.

use super::operate::operator_of;
use crate::cli::Clock;
use crate::may_be_done::{MayBeDone, asked, shown, this_command};
use anyhow::Context as _;
use protocol::http::{BankClock, MoveClock};
use std::time::Duration;
use terminal::{json_line, line, program};

/// What becomes due on the way is executed before the answer.
const PATIENCE: Duration = Duration::from_secs(600);

/// Shows the bank's date, after moving the clock if that was asked for.
pub(crate) async fn clock(arguments: &Clock) -> anyhow::Result<()> {
    let to = arguments.to.as_ref().map(|to| to.parse()).transpose();
    let to = to.context("--to takes a date such as 2026-12-31")?;
    let advance_seconds = arguments.advance.as_deref().map(seconds).transpose()?;
    let operator = operator_of(&arguments.bank)?;
    let moved = MoveClock {
        advance_seconds,
        to,
    };
    let moves = advance_seconds.is_some() || to.is_some();
    let told = || {
        let what = "the clock may have moved; the line below shows it, if it is given the bank's --config or --data";
        let line = match to {
            Some(_) => this_command(&[]),
            None => format!("{} clock", program()),
        };
        MayBeDone::new(what).with_line(line)
    };
    let clock: BankClock = if moves {
        let answer = operator.send_patiently("clock", &moved, PATIENCE).await;
        asked(answer, told)?
    } else {
        operator.get("clock").await?
    };
    let printed = if arguments.json {
        json_line(&clock)
    } else {
        line(format_args!("The sandbox bank's date is {}.", clock.date))
    };
    if moves { shown(printed, told) } else { printed }
}

/// Parses `90s`, `15m`, `12h`, `1d` or `2w`, as seconds.
fn seconds(text: &str) -> anyhow::Result<u64> {
    let parsed = || {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let unit: u64 = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(unit)
    };
    parsed().context("--advance takes a number with its unit: 90s, 15m, 12h, 1d or 2w")
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_duration_is_a_number_with_its_unit() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(seconds(text).ok(), expected, "{text}");
        };
        check("90s", Some(90));
        check("15m", Some(900));
        check("12h", Some(43_200));
        check("1d", Some(86_400));
        check("2w", Some(1_209_600));
        for bad in [
            "",
            "d",
            "1",
            "1 d",
            "-1d",
            "1.5d",
            "1é",
            "18446744073709551615d",
        ] {
            check(bad, None);
        }
    }
}
