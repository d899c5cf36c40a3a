//! Failures in stable words.

use crate::model::Failure;
use client::store::StoreError;
use client::{KeyError, SyncError};
use client_web::{BrowserError, OpenError, VaultError};
use std::error::Error;

/// The failure of an operation of the client.
pub(crate) fn of_sync(error: &SyncError) -> Failure {
    let word = match error {
        SyncError::Store(error) => of_store(error),
        SyncError::Keys(KeyError(cause)) => of_cause(cause.as_ref()).unwrap_or("passkey_failed"),
        SyncError::Transport(_) => "offline",
        SyncError::Refused(refused) => match refused.code() {
            Some(code) => code.slug(),
            None if refused.status >= 500 => "offline",
            None => "refused",
        },
        SyncError::StreamEnded(_) => "ended",
        SyncError::Discrepancy(_) => "discrepancy",
        SyncError::NotEnrolled => "not_enrolled",
        SyncError::AlreadyEnrolled => "already_enrolled",
        SyncError::NotACode => "not_a_code",
        SyncError::EnrolmentAwaited(number) => {
            return Failure::new("enrolment_awaited", number);
        }
        SyncError::AnotherBank => "another_bank",
        SyncError::AnotherUrl(_) => "another_url",
        SyncError::Locked => "locked",
        SyncError::NotLoggedIn => "not_logged_in",
        SyncError::Objected(_) => "objected",
        SyncError::Order(_) => "not_an_order",
        _ => "failed",
    };
    Failure::new(word, error)
}

fn of_store(error: &StoreError) -> &'static str {
    match error {
        StoreError::InUse => "store_in_use",
        StoreError::Stale => "store_stale",
        StoreError::Failed(cause) => of_cause(cause.as_ref()).unwrap_or("store_failed"),
    }
}

/// The word for an exception of the browser that a person can do something about.
fn of_cause(cause: &(dyn Error + 'static)) -> Option<&'static str> {
    let thrown = cause.downcast_ref::<BrowserError>()?;
    Some(match thrown.name.as_str() {
        "QuotaExceededError" => "storage_full",
        "NotAllowedError" | "AbortError" | "TimeoutError" => "passkey_refused",
        "InvalidStateError" => "passkey_exists",
        "NotSupportedError" | "SecurityError" => "passkey_unsupported",
        _ => return None,
    })
}

/// The failure of opening the database.
pub(crate) fn of_open(error: &OpenError) -> Failure {
    let word = match error {
        OpenError::Newer => "app_outdated",
        OpenError::NoStorage => "no_storage",
        OpenError::Browser(thrown) => of_cause(thrown).unwrap_or("store_failed"),
    };
    Failure::new(word, error)
}

/// The failure of unlocking.
pub(crate) fn of_vault(error: &VaultError) -> Failure {
    let word = match error {
        VaultError::Wrong => "wrong_lock",
        VaultError::NoLock => "not_enrolled",
        VaultError::Form => "app_outdated",
        VaultError::Browser(thrown) => of_cause(thrown).unwrap_or("store_failed"),
    };
    Failure::new(word, error)
}

/// The failure of a ceremony.
pub(crate) fn of_browser(error: &BrowserError) -> Failure {
    Failure::new(of_cause(error).unwrap_or("passkey_failed"), error)
}
