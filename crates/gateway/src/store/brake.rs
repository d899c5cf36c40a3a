//! The customers' own brakes.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::Time;

/// The blind index of what a brake is on.
pub(crate) type BrakeIndex = [u8; 32];

/// A brake of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrakeRow {
    pub(crate) customer: CustomerIndex,
    pub(crate) brake: BrakeIndex,
    /// What it is on, sealed.
    pub(crate) sealed: Vec<u8>,
    /// The most that may leave, in minor units of the limits' currency; 0 of a freeze.
    pub(crate) minor_units: i64,
    pub(crate) since: Time,
    pub(crate) loosening: Option<Loosening>,
}

/// What becomes of a brake when the cooling-off time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Loosening {
    pub(crate) at: Time,
    /// The limit from then on. `None` if the brake ends.
    pub(crate) minor_units: Option<i64>,
}

impl BrakeRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let loosens: Option<Time> = row.get("loosens_ms")?;
        let minor_units = row.get("then_minor_units")?;
        Ok(Self {
            customer: row.get("customer")?,
            brake: row.get("brake")?,
            sealed: row.get("sealed")?,
            minor_units: row.get("minor_units")?,
            since: row.get("since_ms")?,
            loosening: loosens.map(|at| Loosening { at, minor_units }),
        })
    }

    /// The brake as it is at `now`. `None` if it has ended.
    fn at(self, now: Time) -> Option<Self> {
        match self.loosening {
            Some(loosening) if loosening.at <= now => Some(Self {
                minor_units: loosening.minor_units?,
                since: loosening.at,
                loosening: None,
                ..self
            }),
            _ => Some(self),
        }
    }
}

/// The customer's brakes that are in force at `now`, the oldest first.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    now: Time,
) -> Result<Vec<BrakeRow>, DatabaseError> {
    let select = "SELECT * FROM brake WHERE customer = $1 ORDER BY since_ms, brake";
    let rows = tx.query(select, params![customer]).await?;
    let rows: Result<Vec<_>, _> = rows.iter().map(BrakeRow::read).collect();
    Ok(rows?.into_iter().filter_map(|row| row.at(now)).collect())
}

/// Stores a brake in place of an earlier one on the same.
pub(crate) async fn put(tx: &mut Transaction<'_>, row: &BrakeRow) -> Result<(), DatabaseError> {
    let put = "INSERT INTO brake (customer, brake, sealed, minor_units, since_ms, loosens_ms, then_minor_units)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (customer, brake) DO UPDATE SET sealed = excluded.sealed, minor_units = excluded.minor_units,
            since_ms = excluded.since_ms, loosens_ms = excluded.loosens_ms, then_minor_units = excluded.then_minor_units";
    let values = params![
        row.customer,
        row.brake,
        &row.sealed,
        row.minor_units,
        row.since,
        row.loosening.map(|loosening| loosening.at),
        row.loosening.and_then(|loosening| loosening.minor_units),
    ];
    tx.execute(put, values).await?;
    Ok(())
}

/// Keeps the customer's brakes as they are at `now`: what would loosen later does not. Returns how many did.
pub(crate) async fn keep_all(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    now: Time,
) -> Result<usize, DatabaseError> {
    let update = "UPDATE brake SET loosens_ms = NULL, then_minor_units = NULL WHERE customer = $1 AND loosens_ms > $2";
    tx.execute(update, params![customer, now]).await
}

/// Deletes the brakes that ended before `time`.
pub(crate) async fn forget(tx: &mut Transaction<'_>, time: Time) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM brake WHERE loosens_ms < $1 AND then_minor_units IS NULL";
    tx.execute(delete, params![time]).await?;
    Ok(())
}
