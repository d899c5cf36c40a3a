//! notification turns the core bank's events into sealed, signed, numbered messages.
//!
//! It consumes the events that the core bank's relay publishes. For each holder of an event's subject it runs one
//! transaction on that customer's channel: it takes the next number, seals the entry under the customer's message key,
//! extends the hash chain, signs the head and stores the message. A publisher sends the stored bytes to the broker.
//! notification also grants message keys to devices, rekeys when a device is removed, and states checkpoints and
//! snapshots, which do not need the broker.
//!
//! Invariants:
//! - Every committed event of a subject reaches every enrolled holder's channel once, in the subject's order. The
//!   transaction that numbers an entry also stores the channel's progress in the subject, so that workers, retries and
//!   crashes can only repeat identical bytes.
//! - A message's bytes are made once. They are stored until the broker has acknowledged them and no backup of the
//!   broker can lack them.
//! - A subject whose event cannot be processed stops and raises an alarm; all other subjects go on.
//! - No key signs anything before the root's trust list contains it.
//! - Personal ids are sealed in the tables. Waiting events are stored sealed, as received.
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

/// Intake: opens the core bank's events and delivers them to the channel of each holder, or stores them until that is
/// possible.
mod intake {
    pub(crate) mod catch_up;
    pub(crate) mod holders;
    pub(crate) mod opened;
    pub(crate) mod stopped;
    pub(crate) mod waiting;
    pub(crate) mod worker;
}

/// Numbering: gives a message the next number of its channel; starts a later generation of a channel that lost
/// messages.
mod numbering {
    pub(crate) mod message;
    pub(crate) mod restart;
}

/// Publishing: sends numbered messages to the broker, and reads back messages that only the broker has.
mod publishing {
    pub(crate) mod outbox;
    pub(crate) mod publisher;
    pub(crate) mod read_back;
}

/// Comparing: asks core bank, broker and ciam regularly for what nobody delivered.
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

/// Stating: signs checkpoints, snapshots, histories and vouchers for devices, without the broker; processes devices' reports.
mod stating {
    pub(crate) mod checkpoint;
    pub(crate) mod histories;
    pub(crate) mod report;
    pub(crate) mod snapshot;
    pub(crate) mod snapshot_reading;
    pub(crate) mod vouchers;
}

/// Granting: which devices get a channel's message keys, and which no longer do.
mod granting {
    pub(crate) mod access;
    pub(crate) mod baseline;
    pub(crate) mod erasure;
    pub(crate) mod grant;
    pub(crate) mod of_gateway;
    pub(crate) mod own_entry;
    pub(crate) mod rekey;
}

/// Keys: the message keys of channels, and the keys that sign heads, grants and vouchers.
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
