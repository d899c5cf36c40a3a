//! Limits of customers' days that the bank has raised.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::Time;

/// ciam's newest call about a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RaisedRow {
    pub(crate) customer: CustomerIndex,
    pub(crate) number: i64,
    /// In minor units.
    pub(crate) day: i64,
    /// Until when it holds.
    pub(crate) until: Time,
}

impl RaisedRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            customer: row.get("customer")?,
            number: row.get("number")?,
            day: row.get("day")?,
            until: row.get("until_ms")?,
        })
    }
}

/// Stores a call, unless it is older than the one that is stored, or the same. Returns whether it is new.
pub(crate) async fn put(tx: &mut Transaction<'_>, row: &RaisedRow) -> Result<bool, DatabaseError> {
    let put = "INSERT INTO raised_limit (customer, number, day, until_ms) VALUES ($1, $2, $3, $4)
        ON CONFLICT (customer) DO UPDATE SET number = excluded.number, day = excluded.day, until_ms = excluded.until_ms
        WHERE raised_limit.number < excluded.number";
    let values = params![row.customer, row.number, row.day, row.until];
    Ok(tx.execute(put, values).await? > 0)
}

/// The newest limit that was raised for a customer. It may be over.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Option<RaisedRow>, DatabaseError> {
    let select = "SELECT * FROM raised_limit WHERE customer = $1";
    let row = tx.query_optional(select, params![customer]).await?;
    row.as_ref().map(RaisedRow::read).transpose()
}
