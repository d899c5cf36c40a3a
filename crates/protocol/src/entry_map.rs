//! Reads and writes the CBOR map of an entry and of an event.

use crate::cbor::{Fields, FromValue, Key, Map, Value, decode, encode};
use crate::{Booking, Entry, EntryKind, Event, ParseError};
use types::{CustomerId, Role, Sequence, SubjectId};

const HOLDERS: u64 = 40;
const INCARNATION: u64 = 41;
const ORDERED_BY: u64 = 42;

/// The remaining values of a map. A reader takes them out by key.
struct Parts(Map);

impl Parts {
    fn optional<T: FromValue>(&mut self, key: u64) -> Result<Option<T>, ParseError> {
        self.0
            .remove(&Key::Unsigned(key))
            .map(T::from_value)
            .transpose()
    }

    fn required<T: FromValue>(&mut self, key: u64) -> Result<T, ParseError> {
        self.optional(key)?
            .ok_or(ParseError::KeyMissing("an entry lacks it"))
    }

    /// Takes a map out. An absent map is an empty one.
    fn map(&mut self, key: u64) -> Result<Map, ParseError> {
        match self.optional::<Map>(key)? {
            Some(map) if map.is_empty() => Err(ParseError::WrongShape(
                "an empty map of arguments must be absent",
            )),
            map => Ok(map.unwrap_or_default()),
        }
    }

    fn has(&self, key: u64) -> bool {
        self.0.contains_key(&Key::Unsigned(key))
    }

    fn subject(&mut self) -> Result<Option<(SubjectId, Sequence)>, ParseError> {
        match (self.required(3)?, self.required(4)?) {
            (Some(subject), Some(sequence)) if sequence > Sequence::ZERO => {
                Ok(Some((subject, sequence)))
            }
            (None, None) => Ok(None),
            _ => Err(ParseError::WrongShape(
                "subject and sequence must come together, and sequences count from 1",
            )),
        }
    }

    /// Takes the transaction out. A `booked` entry must have it; other entries have it if all its keys are present.
    fn booking(&mut self, kind: &EntryKind) -> Result<Option<Booking>, ParseError> {
        if *kind != EntryKind::Booked && !(20..=24).all(|key| self.has(key)) {
            return Ok(None);
        }
        let booking = Booking {
            transaction: self.required(20)?,
            number: self.required(21)?,
            date: self.required(22)?,
            amount: self.required(23)?,
            operation: self.required(24)?,
            purpose: self.optional(25)?,
            counterparty_bank: self.optional(26)?,
            counterparty_account: self.optional(27)?,
            order: self.optional(28)?,
            bank_reference: self.optional(29)?,
        };
        if booking.number == 0 {
            return Err(ParseError::WrongShape(
                "an account's transactions count from 1",
            ));
        }
        Ok(Some(booking))
    }

    fn entry(mut self) -> Result<Entry, ParseError> {
        let kind: EntryKind = self.required(1)?;
        let entry = Entry {
            id: self.required(0)?,
            version: self.required(2)?,
            subject: self.subject()?,
            time: self.required(5)?,
            account: self.optional(6)?,
            balances: self.optional(7)?.unwrap_or_default(),
            code: self.optional(8)?,
            arguments: self.map(9)?,
            fallback: self.optional(10)?,
            language: self.optional(11)?,
            booking: self.booking(&kind)?,
            kind,
            other: self.0,
        };
        if entry.kind == EntryKind::Booked && entry.account.is_none() {
            return Err(ParseError::KeyMissing(
                "a booked entry must name its account",
            ));
        }
        Ok(entry)
    }
}

impl FromValue for EntryKind {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        value
            .as_text()
            .and_then(|text| text.parse().ok())
            .ok_or(ParseError::WrongShape("a kind must be a text"))
    }
}

impl FromValue for Entry {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        let parts = Parts(Map::from_value(value)?);
        if [HOLDERS, INCARNATION, ORDERED_BY]
            .iter()
            .any(|key| parts.has(*key))
        {
            return Err(ParseError::WrongShape(
                "only events have holders, an incarnation and who ordered",
            ));
        }
        parts.entry()
    }
}

impl From<&Entry> for Value {
    fn from(entry: &Entry) -> Self {
        Value::Map(map_of(entry))
    }
}

fn map_of(entry: &Entry) -> Map {
    let mut map = entry.other.clone();
    let mut put = |key: u64, value: Value| {
        map.insert(Key::Unsigned(key), value);
    };
    put(0, Value::from(&entry.id));
    put(1, entry.kind.as_str().into());
    put(2, entry.version.into());
    put(
        3,
        entry
            .subject
            .as_ref()
            .map(|(subject, _)| Value::from(subject))
            .into(),
    );
    put(
        4,
        entry.subject.as_ref().map(|(_, sequence)| *sequence).into(),
    );
    put(5, entry.time.into());
    let mut put_some = |key: u64, value: Option<Value>| {
        if let Some(value) = value {
            put(key, value);
        }
    };
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    put_some(6, entry.account.as_ref().map(Value::from));
    put_some(
        7,
        (!entry.balances.is_empty()).then(|| Value::from(&entry.balances)),
    );
    put_some(8, text(&entry.code));
    put_some(
        9,
        (!entry.arguments.is_empty()).then(|| Value::Map(entry.arguments.clone())),
    );
    put_some(10, text(&entry.fallback));
    put_some(11, text(&entry.language));
    if let Some(booking) = &entry.booking {
        put_some(20, Some(Value::from(&booking.transaction)));
        put_some(21, Some(booking.number.into()));
        put_some(22, Some(booking.date.into()));
        put_some(23, Some(booking.amount.into()));
        put_some(24, Some(booking.operation.as_str().into()));
        put_some(25, text(&booking.purpose));
        put_some(26, text(&booking.counterparty_bank));
        put_some(27, text(&booking.counterparty_account));
        put_some(28, text(&booking.order));
        put_some(29, text(&booking.bank_reference));
    }
    map
}

impl Entry {
    /// Parses an entry's map.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Self::from_value(decode(bytes)?)
    }

    /// Writes the entry's map in CBOR.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(&Value::from(self))
    }
}

impl Event {
    /// Parses an event's map: the keys of an entry, always with a subject, and the holders.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut parts = Parts(Map::from_value(decode(bytes)?)?);
        let holders = parts.required::<Vec<Value>>(HOLDERS)?;
        let holders = holders.into_iter().map(holder).collect::<Result<_, _>>()?;
        let event = Self {
            incarnation: parts.optional(INCARNATION)?,
            ordered_by: parts.optional(ORDERED_BY)?,
            entry: parts.entry()?,
            holders,
        };
        event.subject()?;
        let order = event
            .entry
            .booking
            .as_ref()
            .and_then(|booking| booking.order.as_ref());
        if order.is_some() != event.ordered_by.is_some() {
            return Err(ParseError::WrongShape(
                "an event names an order together with the customer who ordered",
            ));
        }
        Ok(event)
    }

    /// Writes the event's map in CBOR.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let holders = self
            .holders
            .iter()
            .map(|(customer, role)| crate::cbor_array![customer, role]);
        let mut map = map_of(&self.entry);
        map.insert(Key::Unsigned(HOLDERS), Value::Array(holders.collect()));
        if let Some(incarnation) = self.incarnation {
            map.insert(Key::Unsigned(INCARNATION), incarnation.into());
        }
        if let Some(customer) = &self.ordered_by {
            map.insert(Key::Unsigned(ORDERED_BY), customer.into());
        }
        encode(&Value::Map(map))
    }
}

fn holder(value: Value) -> Result<(CustomerId, Role), ParseError> {
    let mut fields = Fields::new(Vec::from_value(value)?);
    let holder = (fields.take()?, fields.take()?);
    fields.end()?;
    Ok(holder)
}
