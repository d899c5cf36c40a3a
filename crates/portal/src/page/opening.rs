//! From the first paint to the open passbook.

use super::link::{asking, start_core};
use crate::app::{App, Phase};
use crate::core::home;
use crate::link::Ask;
use crate::model::{Failure, Home, Unlocked};
use client::{StorageKey, is_enrolled};
use client_web::{BrowserStore, Database, OpenError, Vault, VaultError, clock};
use leptos::prelude::*;
use order::Locale;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;

pub(crate) use crate::core::DATABASE;

/// Makes the app of this page, and begins it: paints the home page if the passbook is open, and starts the core.
pub(crate) fn begin(language: impl Fn() -> String + 'static) -> App {
    let app = App::new(asking());
    spawn_local(async move {
        match first_paint(app).await {
            Ok(Some(key)) => {
                painted(move || {
                    start_core(app);
                    spawn_local(async move {
                        if let Err(failure) = open(app, key, &language()).await {
                            app.phase.set(Phase::Gone(failure.word));
                        }
                    });
                });
            }
            Ok(None) => start_core(app),
            Err(word) => app.phase.set(Phase::Gone(word.to_owned())),
        }
    });
    app
}

/// Reads what the first paint shows. Returns the storage key if the passbook is open.
async fn first_paint(app: App) -> Result<Option<Unlocked>, &'static str> {
    let database = Database::open(DATABASE)
        .await
        .map_err(|error| match error {
            OpenError::Newer => "app_outdated",
            OpenError::NoStorage => "no_storage",
            OpenError::Browser(_) => "store_failed",
        })?;
    let vault = Vault::new(&database);
    // Whatever was kept and cannot be read is as good as locked.
    if let Ok(Some(key)) = vault.kept(clock()()).await {
        let store = BrowserStore::new(&database);
        let page = client::Home::read(&store, &StorageKey::new(&key)).await;
        if let Ok(Some(page)) = page {
            app.home.set(Some(home(&page, &[], Locale::En)));
            app.phase.set(Phase::Open);
            return Ok(Some(Unlocked(*key)));
        }
    }
    let enrolled = is_enrolled(&BrowserStore::new(&database)).await;
    app.phase.set(match (enrolled, vault.passkey().await) {
        (Ok(true), Ok(credential)) => Phase::Locked {
            by_passkey: credential.is_some(),
        },
        // A lock alone is of an enrolment that did not end well, and is made again.
        (Ok(false), _) => Phase::Welcome,
        (Ok(true), Err(VaultError::Form)) => return Err("app_outdated"),
        _ => return Err("store_failed"),
    });
    Ok(None)
}

/// Opens the passbook with the storage key, in the core.
pub async fn open(app: App, key: Unlocked, language: &str) -> Result<(), Failure> {
    let language = language.to_owned();
    let opened: Home = app.ask(Ask::Open { key, language }).await?;
    app.home.set(Some(opened));
    app.phase.set(Phase::Open);
    Ok(())
}

/// Keeps the passbook open over a reload of the page, for that many milliseconds from now.
pub async fn keep_open(key: &Unlocked, ms: u64) -> Result<(), Failure> {
    let database = Database::open(DATABASE).await;
    let database = database.map_err(|error| Failure::new("store_failed", error))?;
    let until = clock()().plus_ms(ms);
    let kept = Vault::new(&database).keep(&key.0, until).await;
    kept.map_err(|error| Failure::new("store_failed", error))
}

/// Shows the locked passbook, and forgets what this page shows.
pub(super) fn locked(app: App) {
    app.home.set(None);
    app.fresh.set(Vec::new());
    spawn_local(async move {
        let by_passkey = match Database::open(DATABASE).await {
            Ok(database) => {
                let vault = Vault::new(&database);
                // If it cannot be removed, it ends by itself.
                let _forgotten = vault.forget().await;
                matches!(vault.passkey().await, Ok(Some(_)))
            }
            Err(_) => false,
        };
        app.phase.set(Phase::Locked { by_passkey });
    });
}

/// Removes everything that this browser stores of the customer. Nothing is lost at the bank.
pub async fn remove_everything() -> Result<(), Failure> {
    let removed = Database::remove(DATABASE).await;
    removed.map_err(|error| Failure::new("store_failed", error))
}

/// Calls back once the browser has painted what is shown now.
fn painted(then: impl FnOnce() + 'static) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let after = window.clone();
    let frame = Closure::once_into_js(move || {
        // A frame's callbacks run before its paint; a task that follows runs after it.
        let then = Closure::once_into_js(then);
        let _set = after.set_timeout_with_callback(then.unchecked_ref());
    });
    let _requested = window.request_animation_frame(frame.unchecked_ref());
}
