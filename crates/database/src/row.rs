//! One row of an answer.

use crate::{DatabaseError, FromValue, Value};
use std::sync::Arc;

/// A row, apart from the connection that it came from.
#[derive(Debug, Clone)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

/// By what a column is named: its index from 0, or its name in the statement.
pub trait Column {
    /// Its index in the row.
    fn index(&self, names: &[String]) -> Option<usize>;

    /// As an error names it.
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

    /// The column's value as `T`; an error that names the column where it is missing or holds something else.
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
