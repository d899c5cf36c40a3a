//! Reading an array's values in order.

use super::convert::FromValue;
use super::reader::decode;
use super::value::Value;
use crate::ParseError;

/// The values of an array, taken one by one; none may be left over.
#[derive(Debug)]
pub struct Fields {
    rest: std::vec::IntoIter<Value>,
}

impl Fields {
    /// Of an array.
    #[must_use]
    pub fn new(values: Vec<Value>) -> Self {
        Self {
            rest: values.into_iter(),
        }
    }

    /// Of a statement in CBOR: an array that begins with `purpose` and `version`.
    pub fn of_statement(bytes: &[u8], purpose: &str, version: u64) -> Result<Self, ParseError> {
        let mut fields = Self::new(Vec::from_value(decode(bytes)?)?);
        if fields.take::<String>()? != purpose {
            return Err(ParseError::AnotherPurpose);
        }
        if fields.take::<Value>()? != Value::Unsigned(version) {
            return Err(ParseError::UnknownVersion);
        }
        Ok(fields)
    }

    /// The next value.
    pub fn take<T: FromValue>(&mut self) -> Result<T, ParseError> {
        let value = self
            .rest
            .next()
            .ok_or(ParseError::WrongShape("a field is missing"))?;
        T::from_value(value)
    }

    /// Those that are left over, for who keeps what a newer version has added.
    #[must_use]
    pub fn rest(self) -> Vec<Value> {
        self.rest.collect()
    }

    /// Checks that none is left over.
    pub fn end(mut self) -> Result<(), ParseError> {
        match self.rest.next() {
            None => Ok(()),
            Some(_) => Err(ParseError::WrongShape("there are more fields than known")),
        }
    }
}
