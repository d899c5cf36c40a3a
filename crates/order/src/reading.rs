//! Reads the fields of a map with integer keys.

use crate::{Field, OrderError};
use protocol::ParseError;
use protocol::cbor::{FromValue, Key, Map, Value};
use std::str::FromStr;
use types::{BusinessDate, Money};

/// The fields of a map that were not taken yet.
pub(crate) struct MapFields(Map);

impl MapFields {
    pub(crate) fn of(value: Value) -> Result<Self, OrderError> {
        Ok(Self(Map::from_value(value)?))
    }

    pub(crate) fn optional<T>(
        &mut self,
        field: Field,
        read: impl FnOnce(Value) -> Result<T, OrderError>,
    ) -> Result<Option<T>, OrderError> {
        self.0
            .remove(&Key::Unsigned(field.key()))
            .map(read)
            .transpose()
    }

    pub(crate) fn required<T>(
        &mut self,
        field: Field,
        read: impl FnOnce(Value) -> Result<T, OrderError>,
    ) -> Result<T, OrderError> {
        self.optional(field, read)?
            .ok_or(OrderError::FieldMissing(field))
    }

    pub(crate) fn end(self) -> Result<(), OrderError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(OrderError::UnknownField)
        }
    }
}

pub(crate) fn text(value: Value) -> Result<String, OrderError> {
    Ok(String::from_value(value)?)
}

pub(crate) fn word<T: FromStr<Err = OrderError>>(value: Value) -> Result<T, OrderError> {
    text(value)?.parse()
}

pub(crate) fn date(field: Field) -> impl FnOnce(Value) -> Result<BusinessDate, OrderError> {
    move |value| {
        let date = text(value)?.parse();
        date.map_err(|_| OrderError::NotADate(field))
    }
}

/// Reads an amount in a currency to which ISO 4217 gives decimals.
pub(crate) fn money(value: Value) -> Result<Money, OrderError> {
    let values = Vec::<Value>::from_value(value)?;
    let [minor_units, currency] = <[Value; 2]>::try_from(values)
        .map_err(|_| ParseError::WrongShape("an amount is `[minor units, currency]`"))?;
    let minor_units = match minor_units {
        Value::Unsigned(_) | Value::Negative(_) => {
            minor_units.as_i64().ok_or(ParseError::MoneyOutOfRange)?
        }
        _ => return Err(ParseError::WrongShape("minor units must be an integer").into()),
    };
    let currency = text(currency)?.parse();
    let money = Money::new(
        minor_units,
        currency.map_err(|_| OrderError::UnknownCurrency)?,
    );
    check_currency(money)
}

pub(crate) fn check_currency(money: Money) -> Result<Money, OrderError> {
    match money.currency().decimals() {
        Some(_) => Ok(money),
        None => Err(OrderError::UnknownCurrency),
    }
}

/// Makes a map of the fields that have a value.
pub(crate) fn map_of(fields: impl IntoIterator<Item = (Field, Option<Value>)>) -> Value {
    let present = fields
        .into_iter()
        .filter_map(|(field, value)| Some((Key::Unsigned(field.key()), value?)));
    Value::Map(present.collect())
}
