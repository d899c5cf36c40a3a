//! Moments between which intervals are measured.

use protocol::ParseError;
use protocol::cbor::{Fields, FromValue, Value};
use protocol::cbor_array;

/// A moment on a clock that only goes forwards and that nobody sets. It says nothing about the time of day, and moments
/// of two clocks say nothing about each other: a device that was started anew counts from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    clock: u64,
    ms: u64,
}

impl Instant {
    /// Before everything: a moment of no clock.
    pub(crate) const UNKNOWN: Self = Self { clock: 0, ms: 0 };

    /// So many milliseconds after `clock` began, a number other than 0 that names one run of it.
    #[must_use]
    pub const fn new(clock: u64, ms: u64) -> Self {
        Self { clock, ms }
    }

    pub(crate) const fn plus_ms(self, ms: u64) -> Self {
        Self {
            ms: self.ms.saturating_add(ms),
            ..self
        }
    }

    /// Milliseconds since `earlier`: more than any interval where that is of another clock.
    pub(crate) const fn ms_since(self, earlier: Self) -> u64 {
        if self.clock == earlier.clock {
            self.ms.saturating_sub(earlier.ms)
        } else {
            u64::MAX
        }
    }

    /// Milliseconds until `later`; 0 where that has passed, or is of another clock.
    pub(crate) const fn ms_until(self, later: Self) -> u64 {
        if self.clock == later.clock {
            later.ms.saturating_sub(self.ms)
        } else {
            0
        }
    }
}

impl From<Instant> for Value {
    fn from(instant: Instant) -> Self {
        cbor_array![instant.clock, instant.ms]
    }
}

impl FromValue for Instant {
    /// Earlier versions kept the time of the device's clock here, from which nothing follows.
    fn from_value(value: Value) -> Result<Self, ParseError> {
        let Value::Array(values) = value else {
            return u64::from_value(value).map(|_| Self::UNKNOWN);
        };
        let mut fields = Fields::new(values);
        Ok(Self::new(fields.take()?, fields.take()?))
    }
}
