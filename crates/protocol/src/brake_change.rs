//! A change of a customer's own brake, as an entry tells the customer's devices of it.

use crate::cbor::{FromValue, Key, Map, Value};
use types::{DeviceId, Money, Time};

/// What became of a brake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrakeStep {
    /// It was set, and is in force.
    Set,
    /// It was asked to loosen, and will.
    Loosens,
    /// What was to loosen it was withdrawn.
    Kept,
}

const STEPS: [(BrakeStep, &str); 3] = [
    (BrakeStep::Set, "set"),
    (BrakeStep::Loosens, "loosens"),
    (BrakeStep::Kept, "kept"),
];

/// A change of a brake: the arguments of a `brake.changed` entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrakeChange {
    /// What the brake is on.
    pub brake: String,
    /// What became of it.
    pub step: BrakeStep,
    /// The customer's limit, now or once it is loose. `None` of a freeze, and if the brake ends.
    pub limit: Option<Money>,
    /// When it loosens.
    pub from: Option<Time>,
    /// The device by which the customer did it.
    pub device: DeviceId,
}

impl BrakeChange {
    /// The arguments of the entry.
    #[must_use]
    pub fn arguments(&self) -> Map {
        let step = STEPS.iter().find(|(step, _)| *step == self.step);
        let step = step.map_or("set", |(_, word)| word);
        let always = [
            ("brake", Value::from(self.brake.as_str())),
            ("change", Value::from(step)),
            ("device", Value::from(self.device.to_string().as_str())),
        ];
        let limit = self.limit.map(|limit| ("limit", Value::from(limit)));
        let from = self.from.map(|from| ("from", Value::from(from)));
        let all = always.into_iter().chain(limit).chain(from);
        all.map(|(name, value)| (Key::from(name), value)).collect()
    }

    /// Reads the arguments of an entry. `None` if a later version wrote them in another way.
    #[must_use]
    pub fn of_arguments(arguments: &Map) -> Option<Self> {
        let value = |name: &str| arguments.get(&Key::from(name));
        let text = |name: &str| value(name).and_then(Value::as_text);
        let word = text("change")?;
        let (step, _) = STEPS.iter().find(|(_, step)| *step == word)?;
        Some(Self {
            brake: text("brake")?.to_owned(),
            step: *step,
            limit: optional(value("limit"))?,
            from: optional(value("from"))?,
            device: text("device")?.parse().ok()?,
        })
    }
}

/// `None` if the value is there and not read.
fn optional<T: FromValue>(value: Option<&Value>) -> Option<Option<T>> {
    match value {
        Some(value) => T::from_value(value.clone()).ok().map(Some),
        None => Some(None),
    }
}
