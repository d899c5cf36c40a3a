//! Conversions between CBOR values and Rust types.

use super::value::{Map, Value};
use crate::ParseError;
use bytes::Bytes;
use types::{
    AccountId, BusinessDate, ChallengeId, ChannelId, CustomerId, DeviceForm, DeviceId, EventId,
    Generation, Hash, Incarnation, IntentId, KeyEpoch, Kid, Nonce, Number, PayeeId, PublicKey,
    Role, Sequence, SessionId, SnapshotId, StandingOrderId, SubjectId, Thumbprint, Time,
    TransactionId, VoucherId,
};

/// A type that can be read from a CBOR value.
pub trait FromValue: Sized {
    /// Converts the value. The error names the expected shape.
    fn from_value(value: Value) -> Result<Self, ParseError>;
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

macro_rules! plain {
    ($($type:ty, $variant:ident, $what:literal;)*) => {$(
        impl FromValue for $type {
            fn from_value(value: Value) -> Result<Self, ParseError> {
                match value {
                    Value::$variant(value) => Ok(value),
                    _ => Err(ParseError::WrongShape($what)),
                }
            }
        }
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

plain! {
    u64, Unsigned, "an integer from 0 is needed";
    Vec<u8>, Bytes, "a byte string is needed";
    String, Text, "a text is needed";
    Vec<Value>, Array, "an array is needed";
    Map, Map, "a map is needed";
    bool, Bool, "false or true is needed";
}

impl From<i32> for Value {
    /// For literals in the code, mainly versions.
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        match u64::try_from(value) {
            Ok(value) => Self::Unsigned(value),
            Err(_) => Self::Negative(value.unsigned_abs() - 1),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        value
            .as_i64()
            .ok_or(ParseError::WrongShape("a signed 64-bit integer is needed"))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<&Bytes> for Value {
    fn from(bytes: &Bytes) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl FromValue for Bytes {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        Vec::from_value(value).map(Self::from)
    }
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        Ok(value)
    }
}

macro_rules! fixed_bytes {
    ($($type:ty, $what:literal;)*) => {$(
        impl FromValue for $type {
            fn from_value(value: Value) -> Result<Self, ParseError> {
                value
                    .as_bytes()
                    .and_then(|bytes| Self::try_from(bytes).ok())
                    .ok_or(ParseError::WrongShape($what))
            }
        }
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Bytes(value.as_bytes().to_vec())
            }
        }
    )*};
}

fixed_bytes! {
    ChannelId, "a channel id has 16 bytes";
    Hash, "a hash has 32 bytes";
    Incarnation, "an incarnation has 16 bytes";
    PublicKey, "a public key has 65 bytes";
    Thumbprint, "a thumbprint has 32 bytes";
    Kid, "a key identifier has 8 bytes";
    Nonce, "a nonce has 16 bytes";
    SessionId, "a session id has 16 bytes";
    SnapshotId, "a snapshot id has 16 bytes";
    VoucherId, "a voucher's number has 16 bytes";
    ChallengeId, "a challenge has 16 bytes";
}

macro_rules! counter {
    ($($type:ty, $what:literal;)*) => {$(
        impl FromValue for $type {
            fn from_value(value: Value) -> Result<Self, ParseError> {
                value
                    .as_u64()
                    .and_then(|value| Self::new(value).ok())
                    .ok_or(ParseError::WrongShape($what))
            }
        }
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Unsigned(value.get())
            }
        }
    )*};
}

counter! {
    Generation, "a generation counts from 1";
    Number, "a number counts from 0";
    KeyEpoch, "a key epoch counts from 1";
    Sequence, "a sequence counts from 0";
}

macro_rules! text {
    ($($type:ty, $what:literal;)*) => {$(
        impl FromValue for $type {
            fn from_value(value: Value) -> Result<Self, ParseError> {
                value
                    .as_text()
                    .and_then(|text| text.parse().ok())
                    .ok_or(ParseError::WrongShape($what))
            }
        }
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Text(value.to_string())
            }
        }
        impl From<&$type> for Value {
            fn from(value: &$type) -> Self {
                Self::Text(value.to_string())
            }
        }
    )*};
}

text! {
    AccountId, "an account id is needed";
    CustomerId, "a customer id is needed";
    DeviceId, "a device id is needed";
    EventId, "an event id is needed";
    IntentId, "an intent's id, a UUIDv7, is needed";
    PayeeId, "a payee id is needed";
    StandingOrderId, "a standing order's id is needed";
    SubjectId, "a subject id is needed";
    TransactionId, "a transaction id is needed";
    BusinessDate, "a date, YYYY-MM-DD, is needed";
    Role, "a role is needed";
}

impl FromValue for DeviceForm {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        let word = value.as_text();
        word.ok_or(ParseError::WrongShape(
            "the form of a device must be a text",
        ))?
        .parse()
        .map_err(|_| ParseError::UnknownForm)
    }
}

impl From<DeviceForm> for Value {
    fn from(form: DeviceForm) -> Self {
        form.as_str().into()
    }
}

impl FromValue for Time {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        match u64::from_value(value)? {
            ms if ms <= i64::MAX.unsigned_abs() => Ok(Time::from_ms(ms)),
            _ => Err(ParseError::WrongShape(
                "a time must be below 2^63 milliseconds",
            )),
        }
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Unsigned(time.ms())
    }
}
