//! The bank's limits in the store.

use protocol::ParseError;
use protocol::cbor::{Fields, FromValue, Value};
use protocol::cbor_array;
use protocol::http::{KindLimits, OrderLimits};
use types::Time;

/// The limits, and when the bank stated them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatedLimits {
    pub(crate) limits: OrderLimits,
    pub(crate) at: Time,
}

impl From<&StatedLimits> for Value {
    fn from(stated: &StatedLimits) -> Self {
        let limits = &stated.limits;
        cbor_array![
            stated.at,
            limits.day,
            limits.day_left,
            limits.new_payee,
            limits.new_device_left,
            limits.new_device_until,
            limits.cooling_off_ms,
            Value::Array(limits.kinds.iter().map(kind_value).collect()),
            limits.approve_again_above,
        ]
    }
}

impl FromValue for StatedLimits {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        let mut fields = Fields::new(Vec::from_value(value)?);
        Ok(Self {
            at: fields.take()?,
            limits: OrderLimits {
                day: fields.take()?,
                day_left: fields.take()?,
                new_payee: fields.take()?,
                new_device_left: fields.take()?,
                new_device_until: fields.take()?,
                cooling_off_ms: fields.take()?,
                kinds: kinds(fields.take_added()?.unwrap_or_default())?,
                approve_again_above: fields.take_added()?.flatten(),
            },
        })
    }
}

fn kind_value(limits: &KindLimits) -> Value {
    cbor_array![
        limits.kind.as_str(),
        limits.order,
        limits.day,
        limits.day_left
    ]
}

fn kinds(values: Vec<Value>) -> Result<Vec<KindLimits>, ParseError> {
    let kinds = values.into_iter().map(|value| {
        let mut fields = Fields::new(Vec::from_value(value)?);
        Ok(KindLimits {
            kind: fields.take()?,
            order: fields.take()?,
            day: fields.take()?,
            day_left: fields.take()?,
        })
    });
    kinds.collect()
}
