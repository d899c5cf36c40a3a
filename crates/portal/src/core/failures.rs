//! Failures in stable words.

use crate::model::Failure;
use client::store::StoreError;
use client::{Ended, KeyError, SyncError};
use client_web::{BrowserError, OpenError, VaultError};
use types::ErrorCode;

/// The failure of an operation of the client.
pub(crate) fn of_sync(error: &SyncError) -> Failure {
    let word = match error {
        SyncError::Store(error) => of_store(error),
        SyncError::Keys(KeyError(cause)) => of_ceremony(cause.downcast_ref()),
        SyncError::Transport(_) => "offline",
        SyncError::Refused(refused) => match refused.code() {
            Some(code) => code.slug(),
            None if refused.status >= 500 => "offline",
            None => "refused",
        },
        SyncError::StreamEnded(ended) => of_ended(*ended),
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

/// The word for why the bank ended a stream: that of the refusal for the same reason.
const fn of_ended(ended: Ended) -> &'static str {
    match ended {
        Ended::TokenExpired => ErrorCode::TokenExpired.slug(),
        Ended::TokenInvalid => ErrorCode::TokenInvalid.slug(),
        Ended::DeviceRevoked => ErrorCode::DeviceRevoked.slug(),
        Ended::CustomerStopped => ErrorCode::CustomerStopped.slug(),
        Ended::Replaced => "replaced",
    }
}

fn of_store(error: &StoreError) -> &'static str {
    match error {
        StoreError::InUse => "store_in_use",
        StoreError::Stale => "store_stale",
        StoreError::Failed(cause) => of_storage(cause.downcast_ref()),
    }
}

/// The word for what IndexedDB threw.
fn of_storage(thrown: Option<&BrowserError>) -> &'static str {
    match thrown.map(|thrown| thrown.name.as_str()) {
        Some("QuotaExceededError") => "storage_full",
        // The browser has closed the database, because somebody removed it.
        Some("InvalidStateError") => "removed",
        _ => "store_failed",
    }
}

/// The word for what a ceremony of a passkey threw.
fn of_ceremony(thrown: Option<&BrowserError>) -> &'static str {
    match thrown.map(|thrown| thrown.name.as_str()) {
        Some("NotAllowedError" | "AbortError" | "TimeoutError") => "passkey_refused",
        Some("InvalidStateError") => "passkey_exists",
        Some("NotSupportedError" | "SecurityError") => "passkey_unsupported",
        _ => "passkey_failed",
    }
}

/// The failure of opening the database.
pub(crate) fn of_open(error: &OpenError) -> Failure {
    let word = match error {
        OpenError::Newer => "app_outdated",
        OpenError::NoStorage => "no_storage",
        OpenError::Browser(thrown) => of_storage(Some(thrown)),
    };
    Failure::new(word, error)
}

/// The failure of unlocking.
pub(crate) fn of_vault(error: &VaultError) -> Failure {
    let word = match error {
        VaultError::Wrong => "wrong_lock",
        VaultError::NoLock => "not_enrolled",
        VaultError::Form => "app_outdated",
        VaultError::Browser(thrown) => of_storage(Some(thrown)),
    };
    Failure::new(word, error)
}

/// The failure of a ceremony.
pub(crate) fn of_browser(error: &BrowserError) -> Failure {
    Failure::new(of_ceremony(Some(error)), error)
}
