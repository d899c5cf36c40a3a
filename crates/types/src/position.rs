//! Counters: positions in a channel, sequences of a subject's events, epochs of a channel's keys.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The value is outside the counter's range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{name} must be at least {from} and within its range")]
pub struct CounterError {
    name: &'static str,
    from: u64,
}

macro_rules! counter {
    ($(#[doc = $doc:literal])+ $name:ident, $repr:ty, $from:literal) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "u64", into = "u64")]
        pub struct $name($repr);

        impl $name {
            /// The first value that is assigned.
            pub const FIRST: $name = $name(1);

            /// Makes the counter from a plain number.
            pub fn new(value: u64) -> Result<Self, CounterError> {
                let counts = ($from..=i64::MAX.unsigned_abs()).contains(&value);
                match <$repr>::try_from(value) {
                    Ok(value) if counts => Ok(Self(value)),
                    _ => Err(CounterError { name: stringify!($name), from: $from }),
                }
            }

            /// The counter as a plain number.
            #[must_use]
            pub fn get(self) -> u64 {
                u64::from(self.0)
            }

            /// The next value. Saturates at the maximum, which no channel reaches.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl TryFrom<u64> for $name {
            type Error = CounterError;
            fn try_from(value: u64) -> Result<Self, CounterError> {
                Self::new(value)
            }
        }

        impl From<$name> for u64 {
            fn from(counter: $name) -> u64 {
                counter.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        #[cfg(feature = "openapi")]
        crate::schema::described!(
            $name,
            concat!($($doc),+),
            crate::schema::whole($from, i64::try_from(<$repr>::MAX).unwrap_or(i64::MAX))
        );
    };
}

counter!(
    /// A channel's generation, from 1. It grows only when the channel had to be restarted after a loss.
    Generation, u64, 1
);
counter!(
    /// A message's number within its channel and generation. Messages count from 1; 0 is the position before the first
    /// message.
    Number, u64, 0
);
counter!(
    /// The version of a customer's message key, from 1. It has 4 bytes on the wire.
    KeyEpoch, u32, 1
);
counter!(
    /// An event's number among the events of its subject. Events count from 1; 0 means that there is no event yet.
    Sequence, u64, 0
);

impl KeyEpoch {
    /// The four big-endian bytes that COSE uses as key id.
    #[must_use]
    pub const fn to_be_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

impl Number {
    /// Before the first message.
    pub const ZERO: Number = Number(0);

    /// The number before this one. `None` for 0.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }
}

impl Sequence {
    /// There is no event yet.
    pub const ZERO: Sequence = Sequence(0);
}

/// A position in a channel. Positions are ordered by generation, then by number. The text form is `generation.number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// The channel's generation.
    pub generation: Generation,
    /// The number of the newest message up to this position; 0 before the first message.
    pub number: Number,
}

impl Position {
    /// Before the first message of the first generation.
    pub const START: Position = Position {
        generation: Generation::FIRST,
        number: Number::ZERO,
    };

    /// Makes a position.
    #[must_use]
    pub const fn new(generation: Generation, number: Number) -> Self {
        Self { generation, number }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.generation, self.number)
    }
}

/// The text is not a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a position must be `generation.number`, in decimals without leading zeros")]
pub struct PositionError;

impl FromStr for Position {
    type Err = PositionError;
    fn from_str(text: &str) -> Result<Self, PositionError> {
        let decimal = |digits: &str| {
            let canonical = digits == "0"
                || (!digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
            if canonical {
                digits.parse::<u64>().map_err(|_| PositionError)
            } else {
                Err(PositionError)
            }
        };
        let (generation, number) = text.split_once('.').ok_or(PositionError)?;
        Ok(Self {
            generation: Generation::new(decimal(generation)?).map_err(|_| PositionError)?,
            number: Number::new(decimal(number)?).map_err(|_| PositionError)?,
        })
    }
}
