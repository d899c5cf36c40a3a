//! The limits in the store.

use order::Brake;
use protocol::ParseError;
use protocol::cbor::{Fields, FromValue, Value};
use protocol::cbor_array;
use protocol::http::{KindLimits, OrderLimits, OwnBrake};
use types::{IntentId, Money, Time};

/// The limits, and when the bank stated them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatedLimits {
    pub(crate) limits: OrderLimits,
    pub(crate) at: Time,
    /// The orders that the bank had not answered when it was asked. It may have counted them or not.
    pub(crate) unanswered: Vec<IntentId>,
}

impl StatedLimits {
    /// The limits at `now`, when some of the customer's brakes may have loosened.
    pub(crate) fn loosened(&self, now: Time) -> Self {
        let mut loosened = self.clone();
        let limits = &mut loosened.limits;
        let is_loose = |own: &OwnBrake| own.loosens.is_some_and(|loosens| loosens <= now);
        for own in self.limits.brakes.iter().filter(|own| is_loose(own)) {
            let raised = own.then.into_iter().chain(own.banks);
            let raised = raised.min_by_key(Money::minor_units);
            match own.brake.parse() {
                Ok(Brake::Day) => {
                    let (Some(day), left) = (raised, limits.day_left) else {
                        continue;
                    };
                    limits.day_left = rest(day, limits.day, left);
                    limits.day = day;
                }
                Ok(Brake::KindOrder(kind)) => {
                    if let Some(of_kind) = of_kind(limits, kind.as_str()) {
                        of_kind.order = raised;
                    }
                }
                Ok(Brake::KindDay(kind)) => {
                    let Some(of_kind) = of_kind(limits, kind.as_str()) else {
                        continue;
                    };
                    let known = of_kind.day.zip(of_kind.day_left).zip(raised);
                    of_kind.day_left = known.map(|((day, left), raised)| rest(raised, day, left));
                    of_kind.day = raised;
                }
                _ => {}
            }
        }
        limits
            .brakes
            .retain(|own| !is_loose(own) || own.then.is_some());
        for own in limits.brakes.iter_mut().filter(|own| is_loose(own)) {
            own.limit = own.then.take();
            own.loosens = None;
        }
        loosened
    }
}

fn of_kind<'a>(limits: &'a mut OrderLimits, kind: &str) -> Option<&'a mut KindLimits> {
    limits.kinds.iter_mut().find(|one| one.kind == kind)
}

/// What is left of a limit that was raised, if `left` was left of `limit`. How much more than `limit` was used, nobody knows
/// here: it counts as used up.
fn rest(raised: Money, limit: Money, left: Money) -> Money {
    let used = limit.minor_units().saturating_sub(left.minor_units());
    let rest = raised.minor_units().saturating_sub(used).max(0);
    Money::new(rest, raised.currency())
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
            Value::Array(limits.brakes.iter().map(brake_value).collect()),
            limits.login_above,
            Value::Array(
                stated
                    .unanswered
                    .iter()
                    .map(|id| Value::from(*id))
                    .collect()
            ),
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
                brakes: brakes(fields.take_added()?.unwrap_or_default())?,
                login_above: fields.take_added()?.flatten(),
            },
            unanswered: intents(fields.take_added()?.unwrap_or_default())?,
        })
    }
}

fn intents(values: Vec<Value>) -> Result<Vec<IntentId>, ParseError> {
    values.into_iter().map(IntentId::from_value).collect()
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

fn brake_value(own: &OwnBrake) -> Value {
    cbor_array![
        own.brake.as_str(),
        own.limit,
        own.banks,
        own.since,
        own.loosens,
        own.then
    ]
}

fn brakes(values: Vec<Value>) -> Result<Vec<OwnBrake>, ParseError> {
    let brakes = values.into_iter().map(|value| {
        let mut fields = Fields::new(Vec::from_value(value)?);
        Ok(OwnBrake {
            brake: fields.take()?,
            limit: fields.take()?,
            banks: fields.take()?,
            since: fields.take()?,
            loosens: fields.take()?,
            then: fields.take()?,
        })
    });
    brakes.collect()
}
