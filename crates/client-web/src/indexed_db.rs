//! Requests and transactions of IndexedDB as futures.
//!
//! A transaction is active while the handlers of its requests run, and in the tasks that continue from them at once. It
//! ends by itself when something else is awaited. Dropping a future neither undoes nor repeats what was requested.

use crate::browser_error::{BrowserError, object, settled};
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{IdbDatabase, IdbRequest, IdbTransaction};

/// A transaction's access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads.
    Read,
    /// Reads and writes. The browser may complete it before the disk has it.
    Relaxed,
    /// The same, and it completes only once the disk has it.
    Durable,
}

/// Begins a transaction over `stores`.
pub(crate) fn begin(
    database: &IdbDatabase,
    stores: &[&str],
    access: Access,
) -> Result<IdbTransaction, BrowserError> {
    let names: js_sys::Array = stores.iter().copied().map(JsValue::from_str).collect();
    let (mode, durability) = match access {
        Access::Read => ("readonly", "default"),
        Access::Relaxed => ("readwrite", "relaxed"),
        Access::Durable => ("readwrite", "strict"),
    };
    // The bindings have the durability as an unstable interface only; browsers have had it since 2021.
    let options = object([("durability", durability.into())])?;
    let begin = Reflect::get(database, &"transaction".into())?;
    let begin: &Function = begin.unchecked_ref();
    let begun = begin.call3(database, &names, &mode.into(), &options)?;
    Ok(begun.unchecked_into())
}

/// The result of a request.
pub(crate) async fn result(request: &IdbRequest) -> Result<JsValue, BrowserError> {
    let answered = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match settled(answered).await {
        Ok(_) => Ok(request.result()?),
        Err(_) => Err(failure(request)),
    }
}

/// Commits a transaction whose requests were all made, and waits until it is complete.
pub(crate) async fn complete(transaction: &IdbTransaction) -> Result<(), BrowserError> {
    let ended = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    #[allow(
        deprecated,
        reason = "the bindings call the standard's commit an experiment"
    )]
    transaction.commit()?;
    match settled(ended).await {
        Ok(_) => Ok(()),
        Err(_) => Err(match transaction.error() {
            Some(error) => BrowserError::new(&error.name(), &error.message()),
            None => BrowserError::new("AbortError", "the transaction was aborted"),
        }),
    }
}

fn failure(request: &IdbRequest) -> BrowserError {
    match request.error() {
        Ok(Some(error)) => BrowserError::new(&error.name(), &error.message()),
        _ => BrowserError::new("Error", "a request of IndexedDB failed"),
    }
}
