//! Money in CBOR: `[minor units, currency]`.

use crate::ParseError;
use crate::cbor::{Fields, FromValue, Map, Value};
use types::{BalanceType, Balances, Money};

impl FromValue for Money {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        let mut fields = Fields::new(Vec::from_value(value)?);
        let minor_units = match fields.take::<Value>()? {
            value @ (Value::Unsigned(_) | Value::Negative(_)) => {
                value.as_i64().ok_or(ParseError::MoneyOutOfRange)?
            }
            _ => return Err(ParseError::WrongShape("minor units must be an integer")),
        };
        let currency = fields
            .take::<String>()?
            .parse()
            .map_err(|_| ParseError::WrongShape("a currency must have three capital letters"))?;
        fields.end()?;
        Ok(Money::new(minor_units, currency))
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        crate::cbor_array![money.minor_units(), money.currency().as_str()]
    }
}

impl FromValue for Balances {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        let map = Map::from_value(value)?;
        if map.is_empty() {
            return Err(ParseError::WrongShape(
                "an empty map of balances must be absent",
            ));
        }
        map.into_iter()
            .map(|(key, value)| {
                let balance = match key {
                    crate::cbor::Key::Text(text) => text.parse::<BalanceType>().ok(),
                    _ => None,
                };
                let balance =
                    balance.ok_or(ParseError::WrongShape("a balance must have a type"))?;
                Ok((balance, Money::from_value(value)?))
            })
            .collect()
    }
}

impl From<&Balances> for Value {
    fn from(balances: &Balances) -> Self {
        let money = balances
            .iter()
            .map(|(balance, money)| (balance.as_str().into(), (*money).into()));
        Value::Map(money.collect())
    }
}
