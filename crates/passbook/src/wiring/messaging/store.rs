//! The tables of messages: those that wait or ended, and how customers are reached.

use database::{
    Database, DatabaseError, Location, Migration, Row, SealError, SealedColumns, Transaction,
    params,
};
use messaging::{Contact, End, Letter, MessageId, QueuedMessage, Way};
use std::sync::Arc;
use thiserror::Error;
use types::{CustomerId, Time};

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "messages",
    sql: include_str!("messages.sql"),
    postgres: Some(include_str!("messages.postgres.sql")),
}];

const LETTER: &str = "messages.message.letter";
const CUSTOMER: &str = "messages.contact.customer";
const CONTACT: &str = "messages.contact.contact";

/// Why the tables were not read or written.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("a sealed column does not have what was put into it")]
    Malformed(#[from] serde_json::Error),
    #[error("a column has no such value")]
    Value,
}

/// The messages' database. Clones are handles to the same.
#[derive(Clone)]
pub(crate) struct MessageStore {
    database: Arc<Database>,
    columns: Arc<SealedColumns>,
}

impl MessageStore {
    pub(super) fn open(location: Location, key: &[u8; 32]) -> Result<Self, DatabaseError> {
        Ok(Self {
            database: Arc::new(Database::open(location, MIGRATIONS)?),
            columns: Arc::new(SealedColumns::new(key)),
        })
    }

    pub(in crate::wiring) fn database(&self) -> &Database {
        &self.database
    }

    /// Stores a message, unless as many wait as may. Returns whether it did.
    pub(super) async fn put(
        &self,
        message: &QueuedMessage,
        waiting_max: u64,
    ) -> Result<bool, StoreError> {
        let letter = self
            .columns
            .seal(LETTER, &serde_json::to_vec(&message.letter)?)?;
        let message = message.clone();
        let work = async move |tx: &mut Transaction<'_>| -> Result<bool, StoreError> {
            let count = "SELECT COUNT(*) FROM message WHERE ended_ms IS NULL";
            let waiting: u64 = tx.query_one(count, params![]).await?.get(0)?;
            if waiting >= waiting_max {
                return Ok(false);
            }
            let insert = "INSERT INTO message (id, way, kind, letter, quiet_hours, tries, due_ms, expires_ms)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
            let values = params![
                message.id.as_bytes().to_vec(),
                message.letter.to.way().as_str().to_owned(),
                message.kind.clone(),
                letter.clone(),
                message.quiet_hours.map(String::from),
                message.tries,
                message.due,
                message.expires
            ];
            tx.execute(insert, values).await?;
            Ok(true)
        };
        self.database.write(work).await
    }

    /// Takes messages until a time: those of a way that are due, and expire first.
    pub(super) async fn take(
        &self,
        way: Way,
        (now, until): (Time, Time),
        limit: u32,
    ) -> Result<Vec<QueuedMessage>, StoreError> {
        let columns = self.columns.clone();
        let work = async move |tx: &mut Transaction<'_>| -> Result<Vec<QueuedMessage>, StoreError> {
            let select =
                "SELECT * FROM message WHERE way = $1 AND ended_ms IS NULL AND due_ms <= $2
                ORDER BY expires_ms, id LIMIT $3";
            let rows = tx
                .query(select, params![way.as_str().to_owned(), now, limit])
                .await?;
            let mut taken = Vec::with_capacity(rows.len());
            for row in &rows {
                let mut message = read(row, &columns)?;
                message.tries += 1;
                message.due = until;
                let update = "UPDATE message SET tries = $1, due_ms = $2 WHERE id = $3";
                let id = message.id.as_bytes().to_vec();
                tx.execute(update, params![message.tries, until, id])
                    .await?;
                taken.push(message);
            }
            Ok(taken)
        };
        self.database.write(work).await
    }

    /// When the next message of a way is due.
    pub(super) async fn next_due(&self, way: Way) -> Result<Option<Time>, StoreError> {
        let work = async move |tx: &mut Transaction<'_>| -> Result<Option<Time>, StoreError> {
            let select = "SELECT MIN(due_ms) FROM message WHERE way = $1 AND ended_ms IS NULL";
            let row = tx
                .query_one(select, params![way.as_str().to_owned()])
                .await?;
            Ok(row.get(0)?)
        };
        self.database.read(work).await
    }

    /// Makes a message due at a time.
    pub(super) async fn postpone(&self, message: MessageId, due: Time) -> Result<(), StoreError> {
        let update = "UPDATE message SET due_ms = $1 WHERE id = $2 AND ended_ms IS NULL";
        let work = async move |tx: &mut Transaction<'_>| -> Result<(), StoreError> {
            tx.execute(update, params![due, message.as_bytes().to_vec()])
                .await?;
            Ok(())
        };
        self.database.write(work).await
    }

    /// Stores how a message ended, without its letter.
    pub(super) async fn end(
        &self,
        message: MessageId,
        end: &End,
        now: Time,
    ) -> Result<(), StoreError> {
        let end = end.clone();
        let work = async move |tx: &mut Transaction<'_>| -> Result<(), StoreError> {
            let reference = match &end {
                End::Handed(reference) => reference.clone(),
                End::Refused | End::Expired => None,
            };
            let update =
                "UPDATE message SET ended = $1, ended_ms = $2, reference = $3, letter = NULL
                WHERE id = $4 AND ended_ms IS NULL";
            let id = message.as_bytes().to_vec();
            tx.execute(update, params![end.as_str().to_owned(), now, reference, id])
                .await?;
            Ok(())
        };
        self.database.write(work).await
    }

    /// Stores whether a message was delivered. Returns whether it is known.
    pub(super) async fn report(
        &self,
        reference: &str,
        delivered: bool,
    ) -> Result<bool, StoreError> {
        let reference = reference.to_owned();
        let work = async move |tx: &mut Transaction<'_>| -> Result<bool, StoreError> {
            let update = "UPDATE message SET delivered = $1 WHERE reference = $2";
            Ok(tx
                .execute(update, params![delivered, reference.clone()])
                .await?
                > 0)
        };
        self.database.write(work).await
    }

    /// Forgets what ended before a time.
    pub(super) async fn forget(&self, time: Time) -> Result<(), StoreError> {
        let any = "SELECT id FROM message WHERE ended_ms < $1 LIMIT 1";
        let is_any = async move |tx: &mut Transaction<'_>| -> Result<bool, StoreError> {
            Ok(tx.query_optional(any, params![time]).await?.is_some())
        };
        if !self.database.read(is_any).await? {
            return Ok(());
        }
        let work = async move |tx: &mut Transaction<'_>| -> Result<(), StoreError> {
            tx.execute("DELETE FROM message WHERE ended_ms < $1", params![time])
                .await?;
            Ok(())
        };
        self.database.write(work).await
    }

    /// How a customer is reached.
    pub(super) async fn contact(
        &self,
        customer: &CustomerId,
    ) -> Result<Option<Contact>, StoreError> {
        let index = self.index(customer);
        let work = async move |tx: &mut Transaction<'_>| -> Result<Option<Vec<u8>>, StoreError> {
            let select = "SELECT contact FROM contact WHERE customer_index = $1";
            let row = tx.query_optional(select, params![index.clone()]).await?;
            Ok(row.map(|row| row.get("contact")).transpose()?)
        };
        let Some(sealed) = self.database.read(work).await? else {
            return Ok(None);
        };
        let contact = self.columns.open(CONTACT, &sealed)?;
        Ok(Some(serde_json::from_slice(&contact)?))
    }

    /// Stores how a customer is reached, or forgets it.
    pub(in crate::wiring) async fn put_contact(
        &self,
        customer: &CustomerId,
        contact: Option<&Contact>,
    ) -> Result<(), StoreError> {
        let index = self.index(customer);
        let seal = |contact| -> Result<Vec<u8>, StoreError> {
            Ok(self.columns.seal(CONTACT, &serde_json::to_vec(contact)?)?)
        };
        let sealed = contact.map(seal).transpose()?;
        let work = async move |tx: &mut Transaction<'_>| -> Result<(), StoreError> {
            let delete = "DELETE FROM contact WHERE customer_index = $1";
            tx.execute(delete, params![index.clone()]).await?;
            if let Some(sealed) = &sealed {
                let insert = "INSERT INTO contact (customer_index, contact) VALUES ($1, $2)";
                tx.execute(insert, params![index.clone(), sealed.clone()])
                    .await?;
            }
            Ok(())
        };
        self.database.write(work).await
    }

    fn index(&self, customer: &CustomerId) -> Vec<u8> {
        let id = customer.as_str().as_bytes();
        self.columns.blind_index(CUSTOMER, id).to_vec()
    }
}

fn read(row: &Row, columns: &SealedColumns) -> Result<QueuedMessage, StoreError> {
    let id: Vec<u8> = row.get("id")?;
    let sealed: Vec<u8> = row.get("letter")?;
    let letter: Letter = serde_json::from_slice(&columns.open(LETTER, &sealed)?)?;
    let hours: Option<String> = row.get("quiet_hours")?;
    let hours = hours.map(|hours| hours.parse()).transpose();
    Ok(QueuedMessage {
        id: MessageId::new(id.try_into().map_err(|_| StoreError::Value)?),
        kind: row.get("kind")?,
        letter,
        quiet_hours: hours.map_err(|_| StoreError::Value)?,
        tries: row.get("tries")?,
        due: row.get("due_ms")?,
        expires: row.get("expires_ms")?,
    })
}
