//! The bank's lists of customers, addresses and countries.

use database::{DatabaseError, Transaction, params};
use types::Time;

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListRow {
    pub(crate) list: String,
    pub(crate) entry: String,
    pub(crate) risk: Option<u8>,
    pub(crate) until: Option<Time>,
    pub(crate) person: String,
    pub(crate) since: Time,
}

pub(crate) async fn put(tx: &mut Transaction<'_>, row: &ListRow) -> Result<(), DatabaseError> {
    let put = "INSERT INTO list (list, entry, risk, until_ms, person, since_ms) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (list, entry) DO UPDATE SET risk = excluded.risk, until_ms = excluded.until_ms,
            person = excluded.person, since_ms = excluded.since_ms";
    let values = params![
        &row.list,
        &row.entry,
        row.risk,
        row.until,
        &row.person,
        row.since
    ];
    tx.execute(put, values).await?;
    Ok(())
}

/// Removes an entry. Returns whether it was there.
pub(crate) async fn remove(
    tx: &mut Transaction<'_>,
    (list, entry): (&str, &str),
) -> Result<bool, DatabaseError> {
    let delete = "DELETE FROM list WHERE list = $1 AND entry = $2";
    Ok(tx.execute(delete, params![list, entry]).await? > 0)
}

/// All entries but those of one list.
pub(crate) async fn all_but(
    tx: &mut Transaction<'_>,
    list: &str,
) -> Result<Vec<ListRow>, DatabaseError> {
    let select = "SELECT * FROM list WHERE list <> $1 ORDER BY list, entry";
    let rows = tx.query(select, params![list]).await?;
    let read = |row: &database::Row| {
        Ok(ListRow {
            list: row.get("list")?,
            entry: row.get("entry")?,
            risk: row.get("risk")?,
            until: row.get("until_ms")?,
            person: row.get("person")?,
            since: row.get("since_ms")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Whether a list has an entry that counts at `now`.
pub(crate) async fn has(
    tx: &mut Transaction<'_>,
    (list, entry): (&str, &str),
    now: Time,
) -> Result<bool, DatabaseError> {
    let select =
        "SELECT 1 FROM list WHERE list = $1 AND entry = $2 AND (until_ms IS NULL OR until_ms > $3)";
    let row = tx.query_optional(select, params![list, entry, now]).await?;
    Ok(row.is_some())
}
