//! The app's core: a device's private, complete, proven copy of the bank's data about its customer.
//!
//! An app uses a [`Device`]. It receives the broker's messages, trusts only what the bank signed, stores everything
//! sealed, and shows it without a network. Discrepancies are named ([`Discrepancy`]), reported to the bank, and
//! repaired with a snapshot that does not need the broker.
//!
//! Invariants: Store, keys, network, timers, clock and randomness are passed in ([`Platform`]). This crate uses neither
//! tokio nor the system's clock, and no future needs to be `Send`. Trust is anchored in the bank's root. Messages and
//! position are committed together, and with them the projection if the passbook is unlocked. Memory changes after the
//! store. Any operation may be cancelled. The store contains ciphertext only.
//!
//! ```
//! use client::{Discrepancy, SyncError};
//! // A typed code is parsed, or refused before anything is sent.
//! let code = "7K3M-9QX2-VB5T-ZD1H".parse::<client::ActivationCode>();
//! assert!(matches!(code, Err(SyncError::NotACode)), "the fingerprint is missing");
//! assert_eq!(Discrepancy::Withheld.as_str(), "withheld");
//! ```

#[cfg(test)]
#[allow(dead_code, reason = "the crates of the formats run the other vectors")]
#[path = "../../protocol/tests/it/accept.rs"]
mod accept;
mod accounts;
mod adopt;
mod advance;
mod approved;
mod arrangements;
mod arranging;
mod bank;
mod book;
mod change;
mod change_sender;
mod checkpoint;
mod command;
mod desk;
mod device;
mod discrepancy;
mod enrol;
mod errand;
mod error;
mod event_stream;
mod filed;
mod frames;
mod funds;
mod handle;
mod history;
mod home;
mod instant;
mod judge;
mod keyring;
mod keys;
mod known;
mod list;
mod login;
mod login_provider;
mod mend;
mod moment;
mod names;
mod outbox;
mod own_token;
mod owner;
mod pass;
mod passkeys;
mod past;
mod platform;
mod project;
#[cfg(feature = "projection")]
mod projection;
mod pull;
mod random;
mod receive;
mod reception;
mod records;
mod renew;
mod seal;
mod sealed;
mod session;
mod shown;
mod snapshot;
mod stage;
mod state;
pub mod store;
mod transport;
mod under_way;
mod upgrade;

pub use change::{Change, Update};
pub use change_sender::Changes;
pub use device::Device;
pub use discrepancy::{Discrepancy, Found};
pub use enrol::{ActivationCode, RootFingerprint, is_enrolled};
pub use envelope::Judgement;
pub use errand::Errand;
pub use error::{Ended, Refused, SyncError};
pub use event_stream::EventStream;
pub use filed::{Cursor, LISTED_MAX, Listed, Listing};
pub use funds::Funds;
pub use handle::Handle;
pub use home::{Account, HOME_BYTES_MAX, HOME_ENTRIES_MAX, Home};
pub use instant::Instant;
pub use judge::EntryState;
pub use keys::{Attester, DeviceKey, InboxKey, KeyError, Keys, SoftwareKeys, StorageKey};
pub use login_provider::ProviderVisit;
pub use outbox::{
    Allowance, Arranged, Challenge, Objection, OrderState, Refusal, Review, ShownOrder, fee_text,
};
pub use owner::{Owner, owner};
pub use platform::{Platform, Ports};
#[cfg(feature = "projection")]
pub use projection::Projection;
pub use reception::Reception;
pub use seal::SealedError;
pub use shown::Shown;
pub use transport::{
    BODY_BYTES_MAX, FrameError, Method, Opened, Request, Response, Timer, Transport,
    TransportError, backoff_ceiling_ms, backoff_ms,
};
