//! The device's store in IndexedDB.

use crate::browser_error::BrowserError;
use crate::indexed_db::{Access, begin, complete, result};
use crate::opening::{Database, RECORDS, REVISION};
use crate::web_lock::WebLock;
use client::store::{
    Batch, Change, CommitDurability, Revision, Row, Store, StoreError, end_of_prefix,
};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{IdbKeyRange, IdbObjectStore, IdbTransaction};

/// The only key in the store of the revision.
const NEWEST: &str = "newest";

/// The records of one device. Keys are binary, which IndexedDB orders by their bytes.
#[derive(Debug, Clone)]
pub struct BrowserStore(Database);

impl BrowserStore {
    /// The store in `database`.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.clone())
    }

    fn begin(&self, access: Access) -> Result<IdbTransaction, BrowserError> {
        begin(&self.0.connection, &[RECORDS, REVISION], access)
    }

    fn records(&self) -> Result<IdbObjectStore, BrowserError> {
        Ok(self.begin(Access::Read)?.object_store(RECORDS)?)
    }

    fn lock(&self) -> String {
        format!("{} store", self.0.name)
    }
}

impl Store for BrowserStore {
    /// Excludes other tabs and workers of the same origin.
    type Lease = WebLock;

    async fn try_lease(&self) -> Result<WebLock, StoreError> {
        let lock = WebLock::if_available(&self.lock()).await;
        lock.map_err(failed)?.ok_or(StoreError::InUse)
    }

    async fn lease(&self) -> Result<WebLock, StoreError> {
        WebLock::when_free(&self.lock()).await.map_err(failed)
    }

    /// A transaction begins after those that were begun before it and write to the same stores.
    async fn revision(&self) -> Result<Revision, StoreError> {
        let transaction = self.begin(Access::Read).map_err(failed)?;
        newest(&transaction).await
    }

    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let asked = self.records().map_err(failed)?.get(&bytes(key));
        let value = result(&asked.map_err(thrown)?).await.map_err(failed)?;
        Ok((!value.is_undefined()).then(|| Uint8Array::new(&value).to_vec()))
    }

    async fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        // A limit of 0 is none at all for IndexedDB.
        let limit = match u32::try_from(limit) {
            Ok(0) => return Ok(Vec::new()),
            limit => limit.unwrap_or(u32::MAX),
        };
        let Some(range) = range(prefix, after).map_err(thrown)? else {
            return Ok(Vec::new());
        };
        let records = self.records().map_err(failed)?;
        let keys = records.get_all_keys_with_key_and_limit(&range, limit);
        let values = records.get_all_with_key_and_limit(&range, limit);
        let (keys, values) = (keys.map_err(thrown)?, values.map_err(thrown)?);
        let values = result(&values).await.map_err(failed)?;
        // It was answered before.
        let keys: Array = keys.result().map_err(thrown)?.unchecked_into();
        let values: Array = values.unchecked_into();
        let row = |(key, value)| {
            (
                Uint8Array::new(&key).to_vec(),
                Uint8Array::new(&value).to_vec(),
            )
        };
        Ok(keys.iter().zip(values.iter()).map(row).collect())
    }

    async fn commit(
        &self,
        (newest_before, next): (Revision, Revision),
        batch: Batch,
        durability: CommitDurability,
    ) -> Result<(), StoreError> {
        let access = match durability {
            CommitDurability::Durable => Access::Durable,
            CommitDurability::Relaxed => Access::Relaxed,
        };
        let transaction = self.begin(access).map_err(failed)?;
        if newest(&transaction).await? != newest_before {
            return Err(StoreError::Stale);
        }
        // From here to the commit nothing is awaited: a call that is dropped has made all of it or nothing.
        if let Err(error) = write(&transaction, batch, next) {
            // It may have ended by itself, with the error.
            let _ended = transaction.abort();
            return Err(failed(error));
        }
        complete(&transaction).await.map_err(failed)
    }
}

fn write(transaction: &IdbTransaction, batch: Batch, next: Revision) -> Result<(), BrowserError> {
    let records = transaction.object_store(RECORDS)?;
    for change in batch.into_changes() {
        match change {
            Change::Put(key, value) => records.put_with_key(&bytes(&value), &bytes(&key))?,
            Change::Delete(key) => records.delete(&bytes(&key))?,
        };
    }
    let revision = transaction.object_store(REVISION)?;
    revision.put_with_key(&bytes(&next.to_bytes()), &NEWEST.into())?;
    Ok(())
}

async fn newest(transaction: &IdbTransaction) -> Result<Revision, StoreError> {
    let revision = transaction.object_store(REVISION).map_err(thrown)?;
    let asked = revision.get(&NEWEST.into()).map_err(thrown)?;
    let value = result(&asked).await.map_err(failed)?;
    if value.is_undefined() {
        return Ok(Revision::START);
    }
    let revision = Revision::from_bytes(&Uint8Array::new(&value).to_vec());
    revision.ok_or_else(|| StoreError::new("the store's revision has another length"))
}

/// The keys with the prefix, after `after`. `None` if there can be none.
fn range(prefix: &[u8], after: Option<&[u8]>) -> Result<Option<IdbKeyRange>, JsValue> {
    let after = after.filter(|after| *after >= prefix);
    let (lower, open) = (after.unwrap_or(prefix), after.is_some());
    let range = match end_of_prefix(prefix) {
        None => IdbKeyRange::lower_bound_with_open(&bytes(lower), open)?,
        // A range whose bounds are the wrong way round is an error for IndexedDB.
        Some(end) if lower >= end.as_slice() => return Ok(None),
        Some(end) => IdbKeyRange::bound_with_lower_open_and_upper_open(
            &bytes(lower),
            &bytes(&end),
            open,
            true,
        )?,
    };
    Ok(Some(range))
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

fn failed(error: BrowserError) -> StoreError {
    StoreError::new(error)
}

fn thrown(error: JsValue) -> StoreError {
    failed(error.into())
}
