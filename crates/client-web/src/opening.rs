//! The device's database in IndexedDB.

use crate::browser_error::{BrowserError, member};
use crate::indexed_db::{Access, begin, complete, result};
use std::ops::Deref;
use std::rc::Rc;
use thiserror::Error;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Event, IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbTransaction};

/// The version of the database's object stores.
const VERSION: u32 = 1;
/// The client's records, and its newest revision.
pub(crate) const RECORDS: &str = "records";
/// The revision of the newest commit.
pub(crate) const REVISION: &str = "revision";
/// Keys of the browser, and keys that they or the person's lock seal.
pub(crate) const KEYS: &str = "keys";

/// Why the database does not open.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// A newer version of the app has written it.
    #[error("a newer version of the app has written this device's store")]
    Newer,
    /// The browser keeps no data here, as in some private windows.
    #[error("this browser keeps no data for this site")]
    NoStorage,
    /// The browser refused.
    #[error(transparent)]
    Browser(#[from] BrowserError),
}

/// The database of one device. Its connection is closed with the last copy of this value.
#[derive(Debug, Clone)]
pub struct Database {
    pub(crate) connection: Rc<Connection>,
    pub(crate) name: String,
}

/// A connection, which ends when the transactions under way have.
#[derive(Debug)]
pub(crate) struct Connection(IdbDatabase);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Deref for Connection {
    type Target = IdbDatabase;

    fn deref(&self) -> &IdbDatabase {
        &self.0
    }
}

impl Database {
    /// Opens the database `name`, or makes it. While it is open, another tab that wants to remove it, or to make a newer
    /// version of it, closes it here first.
    pub async fn open(name: &str) -> Result<Self, OpenError> {
        let opening = factory()?.open_with_u32(name, VERSION);
        let opening = opening.map_err(BrowserError::from)?;
        // It is called at most once, before the result is known.
        let upgrade = Closure::once_into_js(upgrade);
        opening.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
        let opened = result(&opening).await;
        let opened = opened.map_err(|error| match error.name.as_str() {
            "VersionError" => OpenError::Newer,
            "InvalidStateError" | "SecurityError" => OpenError::NoStorage,
            _ => OpenError::Browser(error),
        })?;
        let connection: IdbDatabase = opened.unchecked_into();
        let closing = connection.clone();
        let close = Closure::<dyn FnMut()>::new(move || closing.close());
        connection.set_onversionchange(Some(close.into_js_value().unchecked_ref()));
        Ok(Self {
            connection: Rc::new(Connection(connection)),
            name: name.to_owned(),
        })
    }

    /// Closes the database, for all copies of this value: what is asked of it from then on fails.
    pub fn close(&self) {
        self.connection.close();
    }

    /// Removes the database `name` with everything in it: this browser knows nothing of the customer any more.
    pub async fn remove(name: &str) -> Result<(), BrowserError> {
        let removing = factory()
            .map_err(|error| BrowserError::new("Error", &error.to_string()))?
            .delete_database(name)?;
        result(&removing).await.map(|_| ())
    }
}

/// What the store of keys has under these names: `None` unless it has all of them.
async fn found<const N: usize>(
    transaction: &IdbTransaction,
    names: [&str; N],
) -> Result<Option<[JsValue; N]>, BrowserError> {
    let keys = transaction.object_store(KEYS)?;
    let mut found = [const { JsValue::UNDEFINED }; N];
    for (found, name) in found.iter_mut().zip(names) {
        *found = result(&keys.get(&name.into())?).await?;
    }
    Ok(found.iter().all(JsValue::is_object).then_some(found))
}

impl Database {
    /// The browser's keys under these names. If they are not all there, those that `make` makes; they are stored when this
    /// returns. Another tab may have been first: then its keys.
    pub(crate) async fn keys<const N: usize>(
        &self,
        names: [&str; N],
        make: impl AsyncFnOnce() -> Result<[JsValue; N], BrowserError>,
    ) -> Result<[JsValue; N], BrowserError> {
        let stored = begin(&self.connection, &[KEYS], Access::Read)?;
        if let Some(stored) = found(&stored, names).await? {
            return Ok(stored);
        }
        let made = make().await?;
        let storing = begin(&self.connection, &[KEYS], Access::Durable)?;
        if let Some(stored) = found(&storing, names).await? {
            return Ok(stored);
        }
        let keys = storing.object_store(KEYS)?;
        for (name, made) in names.into_iter().zip(&made) {
            keys.put_with_key(made, &name.into())?;
        }
        complete(&storing).await?;
        Ok(made)
    }
}

fn factory() -> Result<IdbFactory, OpenError> {
    let factory = member(&js_sys::global(), "indexedDB")?;
    match factory.is_object() {
        true => Ok(factory.unchecked_into()),
        false => Err(OpenError::NoStorage),
    }
}

fn upgrade(event: Event) {
    let Some(opening) = event.target() else {
        return;
    };
    let opening: IdbOpenDbRequest = opening.unchecked_into();
    let Ok(database) = opening.result() else {
        return;
    };
    let database: IdbDatabase = database.unchecked_into();
    for store in [RECORDS, REVISION, KEYS] {
        // If one cannot be made, the opening fails with the transaction.
        let _made: Result<_, JsValue> = database.create_object_store(store);
    }
}
