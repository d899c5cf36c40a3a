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

/// Intake: the core bank's events are opened and given to the channel of each holder, or kept until that is possible.
mod intake {
    pub(crate) mod catch_up;
    pub(crate) mod holders;
    pub(crate) mod opened;
    pub(crate) mod stopped;
    pub(crate) mod waiting;
    pub(crate) mod worker;
}

/// Numbering: a message gets the next number of its channel, and a channel that lost messages gets a later generation.
mod numbering {
    pub(crate) mod message;
    pub(crate) mod restart;
}

/// Publishing: numbered messages go to the broker, and what only the broker has is read back.
mod publishing {
    pub(crate) mod outbox;
    pub(crate) mod publisher;
    pub(crate) mod read_back;
}

/// Comparing: core bank, broker and ciam are asked regularly for what nobody delivered.
mod comparing {
    pub(crate) mod books;
    pub(crate) mod broker;
    pub(crate) mod ciam;
    pub(crate) mod core_bank;
    pub(crate) mod forgetting;
    pub(crate) mod round;
    pub(crate) mod schedule;
    pub(crate) mod step;
}

/// Stating: checkpoints, snapshots and histories for devices, signed and without the broker; and what devices report.
mod stating {
    pub(crate) mod checkpoint;
    pub(crate) mod histories;
    pub(crate) mod report;
    pub(crate) mod snapshot;
    pub(crate) mod snapshot_reading;
}

/// Granting: who gets a channel's message keys, and who no longer does.
mod granting {
    pub(crate) mod baseline;
    pub(crate) mod erasure;
    pub(crate) mod grant;
    pub(crate) mod rekey;
}

/// Keys: the message keys of channels, and the keys that sign heads and grants.
mod keys {
    pub(crate) mod epoch_key;
    pub(crate) mod key_set;
    pub(crate) mod message;
    pub(crate) mod rewrapping;
    pub(crate) mod signing;
}

mod backoff;
mod bounded;
mod counters;
mod error;
mod failure;
mod figures;
pub mod ports;
mod running;
mod service;
mod settings;
mod store;

pub use counters::Counters;
pub use error::{GrantRefused, StatementRefused, TrustRefused};
pub use failure::Failure;
pub use figures::Figures;
pub use granting::grant::Granted;
pub use intake::stopped::StoppedSubject;
pub(crate) use service::ACTOR;
pub use service::{Neighbours, Notification};
pub use settings::Settings;
pub use stating::snapshot::FirstSnapshot;
pub use store::channel::Contradicted;
