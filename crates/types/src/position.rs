//! Where one is in a channel, in a subject's events, and in a channel's keys.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A counter that would leave its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{name} counts from {from}")]
pub struct CounterError {
    name: &'static str,
    from: u64,
}

macro_rules! counter {
    ($(#[$meta:meta])* $name:ident, $repr:ty, $from:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "u64", into = "u64")]
        pub struct $name($repr);

        impl $name {
            /// The first to be given out.
            pub const FIRST: $name = $name(1);

            /// From a plain number.
            pub fn new(value: u64) -> Result<Self, CounterError> {
                let counts = ($from..=i64::MAX.unsigned_abs()).contains(&value);
                match <$repr>::try_from(value) {
                    Ok(value) if counts => Ok(Self(value)),
                    _ => Err(CounterError { name: stringify!($name), from: $from }),
                }
            }

            /// As a plain number.
            #[must_use]
            pub fn get(self) -> u64 {
                u64::from(self.0)
            }

            /// The one after. Saturates where no channel will ever be.
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
    };
}

counter!(
    /// Which life of a channel this is; grows only when it had to be restarted after a loss. Counts from 1.
    Generation, u64, 1
);
counter!(
    /// A message's number in its channel and generation. Messages count from 1; 0 is the position before the first.
    Number, u64, 0
);
counter!(
    /// The version of a customer's message key. Counts from 1; 4 bytes on the wire.
    KeyEpoch, u32, 1
);
counter!(
    /// An event's place among the events of its subject. Events count from 1; 0 means none yet.
    Sequence, u64, 0
);

impl KeyEpoch {
    /// The four big-endian bytes of the COSE key id.
    #[must_use]
    pub const fn to_be_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

impl Number {
    /// Before the first message.
    pub const ZERO: Number = Number(0);

    /// The one before; none before 0.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }
}

impl Sequence {
    /// No event yet.
    pub const ZERO: Sequence = Sequence(0);
}

/// A place in a channel. Ordered by generation, then number. In text `generation.number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The channel's generation.
    pub generation: Generation,
    /// The number of the newest message at or before this place; 0 before the first.
    pub number: Number,
}

impl Position {
    /// Before the first message of the first generation.
    pub const START: Position = Position {
        generation: Generation::FIRST,
        number: Number::ZERO,
    };

    /// A position.
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

/// A text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a position is `generation.number`, decimals without leading zeros")]
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
