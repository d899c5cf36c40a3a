//! Values of columns and placeholders.

use types::{
    AccountId, AccountKind, BalanceType, BusinessDate, ChallengeId, ChannelId, ClientId, Currency,
    CustomerId, DeviceForm, DeviceId, EventId, Generation, GrantId, Hash, Incarnation, IntentId,
    KeyEpoch, Kid, Nonce, Number, PasskeyId, PayeeId, ProposalId, PublicKey, Role, Sequence,
    SessionId, Signature, StaffId, StandingOrderId, SubjectId, Thumbprint, Time, TransactionId,
    VoucherId,
};

/// A value of one of the four types that both engines support.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A signed 64-bit integer; booleans are 0 and 1, times milliseconds since 1970.
    Integer(i64),
    /// Text: ids, dates, words.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl std::fmt::Debug for Value {
    /// Shows only type and size: values may be personal or secret, and errors are logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Integer(_) => f.write_str("Integer"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Blob(bytes) => write!(f, "Blob({} bytes)", bytes.len()),
        }
    }
}

/// The values of a statement's placeholders, in order: anything that is `Into<Value>`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::Value::from($value)),*]
    };
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! integer {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Integer(i64::from(value))
            }
        }
    )*};
}
integer!(i64, i32, u32, u16, u8, bool);

macro_rules! counter {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(counter: $type) -> Self {
                match i64::try_from(counter.get()) {
                    Ok(number) => Self::Integer(number),
                    Err(_) => unreachable!("counters stay below 2^63"),
                }
            }
        }
    )*};
}
counter!(Generation, KeyEpoch, Number, Sequence);

impl From<Time> for Value {
    /// Milliseconds since 1970. Times after the year 292,000,000 are all stored as the same value.
    fn from(time: Time) -> Self {
        Self::Integer(i64::try_from(time.ms()).unwrap_or(i64::MAX))
    }
}

macro_rules! text {
    ($($type:ty),*) => {$(
        impl From<&$type> for Value {
            fn from(text: &$type) -> Self {
                Self::Text(text.to_string())
            }
        }
        impl From<$type> for Value {
            fn from(text: $type) -> Self {
                Self::Text(text.to_string())
            }
        }
    )*};
}
text!(
    AccountId,
    AccountKind,
    BalanceType,
    BusinessDate,
    ClientId,
    Currency,
    CustomerId,
    DeviceForm,
    DeviceId,
    EventId,
    IntentId,
    PayeeId,
    Role,
    StandingOrderId,
    SubjectId,
    TransactionId
);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

macro_rules! fixed_bytes {
    ($($type:ty),*) => {$(
        impl From<&$type> for Value {
            fn from(bytes: &$type) -> Self {
                Self::Blob(bytes.as_bytes().to_vec())
            }
        }
        impl From<$type> for Value {
            fn from(bytes: $type) -> Self {
                Self::Blob(bytes.as_bytes().to_vec())
            }
        }
    )*};
}
fixed_bytes!(
    ChallengeId,
    ChannelId,
    GrantId,
    Hash,
    Incarnation,
    Kid,
    Nonce,
    PasskeyId,
    ProposalId,
    PublicKey,
    SessionId,
    Signature,
    StaffId,
    Thumbprint,
    VoucherId
);

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl From<&Vec<u8>> for Value {
    fn from(bytes: &Vec<u8>) -> Self {
        Self::Blob(bytes.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<const LENGTH: usize> From<&[u8; LENGTH]> for Value {
    fn from(bytes: &[u8; LENGTH]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<const LENGTH: usize> From<[u8; LENGTH]> for Value {
    fn from(bytes: [u8; LENGTH]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}
