//! Sessions of browsers without keys at the plain pages: one a customer at most.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{SessionId, Time};

/// A session at the plain pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlainSessionRow {
    pub(crate) customer: CustomerIndex,
    pub(crate) session: SessionId,
    /// When the password was set that began it.
    pub(crate) password: Time,
    pub(crate) began: Time,
    pub(crate) used: Time,
    /// From where it was last used, sealed.
    pub(crate) place: Option<Vec<u8>>,
    pub(crate) expires: Time,
}

impl PlainSessionRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            customer: row.get("customer_index")?,
            session: row.get("session")?,
            password: row.get("password_ms")?,
            began: row.get("began_ms")?,
            used: row.get("used_ms")?,
            place: row.get("place")?,
            expires: row.get("expires_ms")?,
        })
    }
}

/// Stores a new session in place of the customer's earlier one, and forgets those that expired before `now`.
pub(crate) async fn begin(
    tx: &mut Transaction<'_>,
    row: &PlainSessionRow,
    now: Time,
) -> Result<(), DatabaseError> {
    let forget = "DELETE FROM plain_session WHERE expires_ms < $1 OR customer_index = $2";
    tx.execute(forget, params![now, row.customer]).await?;
    let insert = "INSERT INTO plain_session (customer_index, session, password_ms, began_ms, used_ms, place, expires_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = params![
        row.customer,
        row.session,
        row.password,
        row.began,
        row.used,
        row.place.clone(),
        row.expires,
    ];
    tx.execute(insert, values).await?;
    Ok(())
}

/// The sessions whose customer has the password that began them, and a device.
macro_rules! readable {
    ($which:literal) => {
        concat!(
            "SELECT plain_session.*, customer.customer FROM plain_session
            JOIN customer ON customer.customer_index = plain_session.customer_index
            JOIN password ON password.customer_index = plain_session.customer_index AND password.set_ms = plain_session.password_ms
            WHERE EXISTS (
                SELECT 1 FROM device_of_channel
                WHERE device_of_channel.customer_index = plain_session.customer_index AND device_of_channel.revocation IS NULL)
            AND plain_session.",
            $which,
            " = $1"
        )
    };
}

/// A session that can be read in; with its customer's number, sealed.
pub(crate) async fn readable(
    tx: &mut Transaction<'_>,
    session: SessionId,
) -> Result<Option<(PlainSessionRow, Vec<u8>)>, DatabaseError> {
    let select = readable!("session");
    let row = tx.query_optional(select, params![session]).await?;
    let read = |row: Row| Ok((PlainSessionRow::read(&row)?, row.get("customer")?));
    row.map(read).transpose()
}

/// The session of a customer, if it can be read in.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Option<PlainSessionRow>, DatabaseError> {
    let select = readable!("customer_index");
    let row = tx.query_optional(select, params![customer]).await?;
    row.as_ref().map(PlainSessionRow::read).transpose()
}

/// Stores when and from where the session was used.
pub(crate) async fn mark_used(
    tx: &mut Transaction<'_>,
    session: SessionId,
    (place, now): (Option<Vec<u8>>, Time),
) -> Result<(), DatabaseError> {
    let update = "UPDATE plain_session SET used_ms = $1, place = $2 WHERE session = $3";
    tx.execute(update, params![now, place, session]).await?;
    Ok(())
}

/// Ends a session. Returns whose it was.
pub(crate) async fn end(
    tx: &mut Transaction<'_>,
    session: SessionId,
) -> Result<Option<CustomerIndex>, DatabaseError> {
    let delete = "DELETE FROM plain_session WHERE session = $1 RETURNING customer_index";
    let row = tx.query_optional(delete, params![session]).await?;
    row.map(|row| row.get("customer_index")).transpose()
}

/// Ends the session of a customer, if there is one.
pub(crate) async fn end_of_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM plain_session WHERE customer_index = $1";
    tx.execute(delete, params![customer]).await?;
    Ok(())
}
