//! One row of a result.

use crate::{DatabaseError, FromValue, Value};
use std::sync::Arc;

/// A row, independent of its connection.
#[derive(Debug, Clone)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

/// Identifies a column: its index from 0, or its name in the statement.
pub trait Column {
    /// Its index in the row.
    fn index(&self, names: &[String]) -> Option<usize>;

    /// Its description in an error.
    fn describe(&self) -> String;
}

impl Column for usize {
    fn index(&self, _names: &[String]) -> Option<usize> {
        Some(*self)
    }

    fn describe(&self) -> String {
        self.to_string()
    }
}

impl Column for &str {
    fn index(&self, names: &[String]) -> Option<usize> {
        names.iter().position(|name| name == self)
    }

    fn describe(&self) -> String {
        (*self).to_owned()
    }
}

impl Row {
    pub(crate) fn new(names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    /// The column's value as `T`. The error names the column if it is missing or has another type.
    pub fn get<T: FromValue>(&self, column: impl Column) -> Result<T, DatabaseError> {
        column
            .index(&self.names)
            .and_then(|index| self.values.get(index))
            .and_then(T::from_value)
            .ok_or_else(|| DatabaseError::Column {
                column: column.describe(),
                wanted: T::WANTED,
            })
    }
}
