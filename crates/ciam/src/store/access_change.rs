//! Changes of who has access that notification has to be told.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use protocol::{AccessChange, EntryKind};
use types::{ChannelId, Time};

/// A change that notification has not been told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangeRow {
    /// With the kind, unlike that of every other change.
    pub(crate) cause: String,
    pub(crate) channel: ChannelId,
    pub(crate) changed: Time,
    pub(crate) change: AccessChange,
}

impl ChangeRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let kind: String = row.get("kind")?;
        Ok(Self {
            cause: row.get("cause")?,
            channel: row.get("channel")?,
            changed: row.get("changed_ms")?,
            change: AccessChange {
                kind: kind.parse().unwrap_or(EntryKind::Other(kind)),
                passkey: row.get("passkey")?,
                device: row.get("device")?,
                client: row.get("client")?,
                name: row.get("name")?,
                scopes: row.get("scopes")?,
                reasons: row.get("reasons")?,
            },
        })
    }
}

/// Stores a change to be told.
pub(crate) async fn insert(tx: &mut Transaction<'_>, row: &ChangeRow) -> Result<(), DatabaseError> {
    let change = &row.change;
    tx.execute(
        "INSERT INTO access_change (cause, kind, channel, changed_ms, passkey, device, client, name, scopes, reasons)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            &row.cause,
            change.kind.as_str(),
            row.channel,
            row.changed,
            change.passkey,
            change.device,
            change.client.clone(),
            change.name.clone(),
            change.scopes.clone(),
            change.reasons.clone(),
        ],
    )
    .await?;
    Ok(())
}

/// The first `limit` changes after `last`, in order.
pub(crate) async fn after(
    tx: &mut Transaction<'_>,
    last: Option<&ChangeRow>,
    limit: u32,
) -> Result<Vec<ChangeRow>, DatabaseError> {
    let changed = last.map_or(Time::from_ms(0), |last| last.changed);
    let cause = last.map_or("", |last| last.cause.as_str());
    let kind = last.map_or("", |last| last.change.kind.as_str());
    let rows = tx
        .query(
            "SELECT * FROM access_change
             WHERE changed_ms > $1 OR (changed_ms = $2 AND (cause > $3 OR (cause = $4 AND kind > $5)))
             ORDER BY changed_ms, cause, kind LIMIT $6",
            params![changed, changed, cause, cause, kind, limit],
        )
        .await?;
    rows.iter().map(ChangeRow::read).collect()
}

/// Forgets a change that notification was told.
pub(crate) async fn delete(tx: &mut Transaction<'_>, row: &ChangeRow) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM access_change WHERE cause = $1 AND kind = $2",
        params![&row.cause, row.change.kind.as_str()],
    )
    .await?;
    Ok(())
}

/// Forgets the changes that are to be told to a customer's devices.
pub(crate) async fn delete_all(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM access_change
         WHERE channel = (SELECT channel FROM customer WHERE customer_index = $1)",
        params![customer],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::MIGRATIONS;
    use database::{Database, Location};
    use types::{DeviceId, PasskeyId};

    /// What an earlier version left to be told is told.
    async fn earlier_changes_of_passkeys_stay(location: Location) {
        let (passkey, time) = (PasskeyId::of(b"credential"), Time::from_ms(5));
        let (device, channel) = (DeviceId::at(time, [1; 10]), ChannelId::new([7; 16]));
        let earlier = Database::open(location.clone(), &MIGRATIONS[..8]).unwrap();
        let insert = async move |tx: &mut Transaction<'_>| {
            for added in [false, true] {
                tx.execute(
                    "INSERT INTO passkey_change (cause, added, channel, passkey, device, changed_ms)
                     VALUES ('a/1', $1, $2, $3, $4, $5)",
                    params![added, channel, passkey, device, time],
                )
                .await?;
            }
            Ok::<_, DatabaseError>(())
        };
        earlier.write(insert).await.unwrap();
        earlier.close().await;
        let database = Database::open(location, MIGRATIONS).unwrap();
        let read = async move |tx: &mut Transaction<'_>| after(tx, None, 10).await;
        let rows = database.read(read).await.unwrap();
        let expected = [EntryKind::PasskeyAdded, EntryKind::PasskeyRemoved].map(|kind| ChangeRow {
            cause: "a/1".to_owned(),
            channel,
            changed: time,
            change: AccessChange {
                passkey: Some(passkey),
                device: Some(device),
                ..AccessChange::new(kind)
            },
        });
        assert_eq!(rows, expected);
        database.close().await;
    }

    #[tokio::test]
    async fn earlier_changes_of_passkeys_stay_on_sqlite() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ciam.sqlite");
        earlier_changes_of_passkeys_stay(file.into()).await;
    }

    #[tokio::test]
    async fn earlier_changes_of_passkeys_stay_on_postgresql() {
        let server = testkit::postgres::PostgresServer::shared();
        let schema = testkit::postgres::unused_schema();
        let location = Location::schema(&server.url().parse().unwrap(), &schema);
        earlier_changes_of_passkeys_stay(location).await;
    }
}
