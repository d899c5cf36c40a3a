//! Reads the values of an array in order.

use super::convert::FromValue;
use super::reader::decode;
use super::value::Value;
use crate::ParseError;

/// The values of an array. A reader takes them one by one and then checks that none is left.
#[derive(Debug)]
pub struct Fields {
    rest: std::vec::IntoIter<Value>,
}

impl Fields {
    /// Starts with the values of an array.
    #[must_use]
    pub fn new(values: Vec<Value>) -> Self {
        Self {
            rest: values.into_iter(),
        }
    }

    /// Starts with the values of a CBOR statement: an array whose first two values are `purpose` and `version`.
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

    /// The next value, or `None` at the end of an array of an older version, which did not have the field.
    pub fn take_added<T: FromValue>(&mut self) -> Result<Option<T>, ParseError> {
        self.rest.next().map(T::from_value).transpose()
    }

    /// The values that are left. A reader that keeps the fields of newer versions stores them.
    #[must_use]
    pub fn rest(self) -> Vec<Value> {
        self.rest.collect()
    }

    /// Checks that no value is left.
    pub fn end(mut self) -> Result<(), ParseError> {
        match self.rest.next() {
            None => Ok(()),
            Some(_) => Err(ParseError::WrongShape(
                "the array has fields that this version does not know",
            )),
        }
    }
}
