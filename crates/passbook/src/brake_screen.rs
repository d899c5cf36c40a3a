//! The terminal device's output about the customer's own brakes.

use crate::screen::Stamp;
use order::Brake;
use protocol::http::{OrderLimits, OwnBrake};
use std::fmt;

/// A brake, and what becomes of it.
pub(crate) struct BrakeLine<'a>(pub(crate) &'a OwnBrake);

impl fmt::Display for BrakeLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.0;
        write!(f, "{}  ", types::text::shown(&own.brake))?;
        match (own.brake.parse(), own.limit) {
            (Ok(Brake::Day), Some(limit)) => {
                write!(f, "at most {limit} by all orders in 24 hours")?;
            }
            (Ok(Brake::KindOrder(kind)), Some(limit)) => {
                write!(f, "at most {limit} by one order of the kind {kind}")?;
            }
            (Ok(Brake::KindDay(kind)), Some(limit)) => {
                let orders = format!("orders of the kind {kind} in 24 hours");
                write!(f, "at most {limit} by {orders}")?;
            }
            (Ok(Brake::NewPayees), _) => f.write_str("payments to new payees are frozen")?,
            _ => f.write_str("frozen")?,
        }
        if let Some(banks) = own.banks {
            write!(f, "; the bank's limit is {banks}")?;
        }
        write!(f, "; since {}", Stamp(own.since))?;
        let Some(loosens) = own.loosens else {
            return Ok(());
        };
        write!(f, "\n  => from {}: ", Stamp(loosens))?;
        match own.then {
            Some(then) => write!(f, "at most {then}")?,
            None => f.write_str("it has ended")?,
        }
        write!(f, ". `passbook brakes withdraw {}` keeps it.", own.brake)
    }
}

/// What is left of the day's limit, and how long it takes to loosen a brake.
pub(crate) struct LimitsLine<'a>(pub(crate) &'a OrderLimits);

impl fmt::Display for LimitsLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = self.0;
        if limits.brakes.is_empty() {
            writeln!(f, "No brakes: the bank's limits hold.")?;
        }
        write!(
            f,
            "Of the day's limit of {} {} are left. What loosens a brake waits {}.",
            limits.day,
            limits.day_left,
            Hours(limits.cooling_off_ms)
        )
    }
}

/// A time in milliseconds, rounded up to hours.
struct Hours(u64);

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.div_ceil(3_600_000) {
            1 => f.write_str("1 hour"),
            hours => write!(f, "{hours} hours"),
        }
    }
}
