//! The passbook in this browser: opening it, keeping it open over a reload, locking and removing it.

use super::stored_settings::remember_enrolled;
use crate::app::{App, Phase};
use crate::browser::spawn;
use crate::core::{DATABASE, of_open, of_vault};
use crate::link::Ask;
use crate::model::{Failure, Home, Unlocked};
use client_web::{Database, Vault, VaultError, clock};
use leptos::prelude::*;

/// Opens the passbook with the storage key, in the core.
pub(super) async fn open(app: App, key: Unlocked, language: &str) -> Result<(), Failure> {
    let language = language.to_owned();
    let opened: Home = app.ask(Ask::Open { key, language }).await?;
    remember_enrolled(true);
    app.home.set(Some(opened));
    app.phase.set(Phase::Open);
    Ok(())
}

/// Keeps the passbook open over a reload of the page, for that many milliseconds from now.
pub(super) async fn keep_open(key: &Unlocked, ms: u64) -> Result<(), Failure> {
    let until = clock()().plus_ms(ms);
    let kept = Vault::new(&database().await?).keep(&key.0, until).await;
    kept.map_err(|error| of_vault(&error))
}

/// Forgets what is kept over a reload.
pub(super) async fn forget() -> Result<(), Failure> {
    let forgotten = Vault::new(&database().await?).forget().await;
    forgotten.map_err(|error| of_vault(&error))
}

/// Fails if the person has not chosen a lock.
pub(super) async fn has_lock() -> Result<(), Failure> {
    let passkey = Vault::new(&database().await?).passkey().await;
    passkey.map(|_| ()).map_err(|error| of_vault(&error))
}

/// The device's database.
pub(super) async fn database() -> Result<Database, Failure> {
    let database = Database::open(DATABASE).await;
    database.map_err(|error| of_open(&error))
}

/// Forgets what this page shows.
pub(super) fn forget_shown(app: App) {
    app.home.set(None);
    app.more_accounts.set(Vec::new());
    app.fresh.set(Vec::new());
}

/// Shows the locked passbook, and forgets what this page shows.
pub(super) fn locked(app: App) {
    forget_shown(app);
    spawn(async move {
        let passkey = match database().await {
            Ok(database) => Vault::new(&database).passkey().await,
            Err(_) => Err(VaultError::NoLock),
        };
        let by_passkey = matches!(passkey, Ok(Some(_)));
        app.phase.set(Phase::Locked { by_passkey });
    });
}

/// Removes everything that this browser stores of the customer. Nothing is lost at the bank.
pub(super) async fn remove_everything() -> Result<(), Failure> {
    let removed = Database::remove(DATABASE).await;
    removed.map_err(|error| Failure::new("store_failed", error))?;
    remember_enrolled(false);
    Ok(())
}
