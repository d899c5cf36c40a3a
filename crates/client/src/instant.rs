//! Instants for measuring intervals.

use protocol::ParseError;
use protocol::cbor::{Fields, FromValue, Value};
use protocol::cbor_array;

/// An instant on a monotonic clock. It is unrelated to the time of day, and instants of two clocks cannot be compared:
/// a restarted device counts from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    clock: u64,
    ms: u64,
}

impl Instant {
    /// Before every other instant: an instant of no clock.
    pub(crate) const UNKNOWN: Self = Self { clock: 0, ms: 0 };

    /// The instant `ms` milliseconds after the start of `clock`, a non-zero number that identifies one run of the
    /// clock.
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

    /// Milliseconds since `earlier`. If `earlier` is of another clock, longer than any interval.
    pub(crate) const fn ms_since(self, earlier: Self) -> u64 {
        if self.clock == earlier.clock {
            self.ms.saturating_sub(earlier.ms)
        } else {
            u64::MAX
        }
    }

    /// Milliseconds until `later`. 0 if that has passed, or is of another clock.
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
    /// Earlier versions stored the time of the device's clock here, which cannot be used.
    fn from_value(value: Value) -> Result<Self, ParseError> {
        let Value::Array(values) = value else {
            return u64::from_value(value).map(|_| Self::UNKNOWN);
        };
        let mut fields = Fields::new(values);
        Ok(Self::new(fields.take()?, fields.take()?))
    }
}
