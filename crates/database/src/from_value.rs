//! Conversion of columns to the project's types.

use crate::Value;
use types::{
    AccountId, AccountKind, BalanceType, BusinessDate, ChallengeId, ChannelId, ClientId, Currency,
    CustomerId, DeviceForm, DeviceId, EventId, Generation, GrantId, Hash, Incarnation, IntentId,
    KeyEpoch, Kid, Nonce, Number, PasskeyId, PayeeId, ProposalId, PublicKey, Role, Sequence,
    SessionId, Signature, StaffId, StandingOrderId, SubjectId, Thumbprint, Time, TransactionId,
    VoucherId,
};

/// A type to which a column can be converted.
pub trait FromValue: Sized {
    /// The expected value in words, for the error.
    const WANTED: &'static str;

    /// Converts the value. `None` if it is not of this type.
    fn from_value(value: &Value) -> Option<Self>;
}

impl<T: FromValue> FromValue for Option<T> {
    const WANTED: &'static str = T::WANTED;

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(value) => Some(*value),
        _ => None,
    }
}

fn unsigned(value: &Value) -> Option<u64> {
    integer(value).and_then(|value| u64::try_from(value).ok())
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn blob(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Blob(bytes) => Some(bytes),
        _ => None,
    }
}

macro_rules! from_value {
    ($($type:ty, $wanted:literal, $value:ident => $read:expr;)*) => {$(
        impl FromValue for $type {
            const WANTED: &'static str = $wanted;

            fn from_value($value: &Value) -> Option<Self> {
                $read
            }
        }
    )*};
}

from_value! {
    i64, "an integer", value => integer(value);
    i32, "a 32-bit integer", value => integer(value)?.try_into().ok();
    u64, "an integer from 0", value => unsigned(value);
    u32, "a 32-bit integer from 0", value => integer(value)?.try_into().ok();
    u16, "a 16-bit integer from 0", value => integer(value)?.try_into().ok();
    u8, "an 8-bit integer from 0", value => integer(value)?.try_into().ok();
    usize, "a number of things", value => integer(value)?.try_into().ok();
    bool, "0 or 1", value => match integer(value)? { 0 => Some(false), 1 => Some(true), _ => None };
    String, "a text", value => text(value).map(str::to_owned);
    Vec<u8>, "bytes", value => blob(value).map(<[u8]>::to_vec);
    Time, "a time", value => unsigned(value).map(Time::from_ms);
    Generation, "a generation", value => Self::new(unsigned(value)?).ok();
    KeyEpoch, "a key epoch", value => Self::new(unsigned(value)?).ok();
    Number, "a number", value => Self::new(unsigned(value)?).ok();
    Sequence, "a sequence", value => Self::new(unsigned(value)?).ok();
    AccountId, "an account id", value => text(value)?.parse().ok();
    AccountKind, "an account kind", value => text(value)?.parse().ok();
    BalanceType, "a balance type", value => text(value)?.parse().ok();
    BusinessDate, "a date", value => text(value)?.parse().ok();
    ClientId, "a client's id", value => text(value)?.parse().ok();
    Currency, "a currency", value => text(value)?.parse().ok();
    CustomerId, "a customer id", value => text(value)?.parse().ok();
    DeviceForm, "a device's form", value => text(value)?.parse().ok();
    DeviceId, "a device id", value => text(value)?.parse().ok();
    EventId, "an event id", value => text(value)?.parse().ok();
    IntentId, "an intent's id", value => text(value)?.parse().ok();
    PayeeId, "a payee id", value => text(value)?.parse().ok();
    Role, "a role", value => text(value)?.parse().ok();
    StandingOrderId, "a standing order's id", value => text(value)?.parse().ok();
    SubjectId, "a subject id", value => text(value)?.parse().ok();
    TransactionId, "a transaction id", value => text(value)?.parse().ok();
    ChallengeId, "a challenge", value => blob(value)?.try_into().ok();
    ChannelId, "a channel id", value => blob(value)?.try_into().ok();
    GrantId, "a grant's id", value => blob(value)?.try_into().ok();
    Hash, "a hash", value => blob(value)?.try_into().ok();
    Incarnation, "an incarnation", value => blob(value)?.try_into().ok();
    Kid, "a key identifier", value => blob(value)?.try_into().ok();
    Nonce, "a nonce", value => blob(value)?.try_into().ok();
    PasskeyId, "a passkey's id", value => blob(value)?.try_into().ok();
    ProposalId, "a proposal's id", value => blob(value)?.try_into().ok();
    PublicKey, "a public key", value => blob(value)?.try_into().ok();
    SessionId, "a session's id", value => blob(value)?.try_into().ok();
    Signature, "a signature", value => blob(value)?.try_into().ok();
    StaffId, "a staff member's id", value => blob(value)?.try_into().ok();
    Thumbprint, "a thumbprint", value => blob(value)?.try_into().ok();
    VoucherId, "a voucher's number", value => blob(value)?.try_into().ok();
}

impl<const LENGTH: usize> FromValue for [u8; LENGTH] {
    const WANTED: &'static str = "bytes of that length";

    fn from_value(value: &Value) -> Option<Self> {
        blob(value)?.try_into().ok()
    }
}
