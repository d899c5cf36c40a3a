//! From the core bank's events to sealed, signed, numbered messages.
//!
//! notification consumes the events that the core bank's relay publishes. For each holder of an event's subject, in one
//! transaction on that customer's channel, it takes the next number, seals the entry under the customer's message key,
//! extends the hash chain, signs the head and keeps the message; a publisher sends the kept bytes to the broker. It
//! grants message keys to devices, rekeys when one is removed, and states checkpoints and snapshots, which need no
//! broker.
//!
//! Invariants:
//! - Every committed event of a subject reaches every enrolled holder's channel once, in the subject's order. How far a
//!   channel is in a subject is written in the transaction that numbers, so that workers, retries and crashes can only
//!   repeat identical bytes.
//! - A message's bytes are made once, and kept until the broker has acknowledged them and a backup of it can no longer
//!   lack them.
//! - A subject whose event cannot be processed stops, loudly; all others go on.
//! - Nothing is signed by a key that the root's trust list does not list.
//! - Personal ids are sealed in the tables; events that wait are kept as sealed as they came.
//!
//! ```
//! # use notification::{Failure, Neighbours, Notification, Settings, ports::EventSource};
//! # use std::{path::Path, sync::Arc};
//! async fn serve(path: &Path, neighbours: Neighbours, events: Arc<dyn EventSource>) -> Result<(), Failure> {
//!     let notification = Notification::open(path, Settings::default(), neighbours).await?;
//!     // The root lists `notification.signing_keys()`; `notification.install_trust(…)` takes the list.
//!     notification.run(events, std::future::pending()).await;
//!     Ok(())
//! }
//! ```

mod baseline;
mod books;
mod bounded;
mod broker_comparison;
mod catch_up;
mod checkpoint;
mod comparison;
mod device_sync;
mod erasure;
mod error;
mod failure;
mod grant;
mod histories;
mod intake;
mod message_keys;
mod numbering;
mod opened;
mod outbox;
pub mod ports;
mod publisher;
mod read_back;
mod rekey;
mod report;
mod restart;
mod service;
mod settings;
mod signing_keys;
mod snapshot;
mod snapshot_reading;
mod stopped;
mod store;
mod waiting;
mod workers;

pub use error::{GrantRefused, StatementRefused, TrustRefused};
pub use failure::Failure;
pub use grant::Granted;
pub use service::{Counters, Neighbours};
pub use settings::Settings;
pub use stopped::StoppedSubject;
pub use store::channel::Contradicted;

use std::ops::Deref;
use std::sync::Arc;

/// Who acts, in audit records.
pub(crate) const ACTOR: &str = "notification";

/// The service. Cheap to clone; all clones are the same service.
#[derive(Clone)]
pub struct Notification(Arc<service::Shared>);

impl std::fmt::Debug for Notification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notification").finish_non_exhaustive()
    }
}

impl Deref for Notification {
    type Target = service::Shared;
    fn deref(&self) -> &service::Shared {
        &self.0
    }
}
