//! The port to a durable message log per channel: what broker and pub/sub need from an engine, and the suite that every
//! engine must pass.
//!
//! A channel is a sequence of records numbered 1, 2, 3 … by its one writer within a generation. For each channel the
//! engine stores for ever its kind, its generation, and the number and hash of its newest record. It stores the records
//! themselves until retention or an explicit [`ChannelLog::trim`] drops the oldest.
//!
//! Invariants of every engine, checked by the conformance suite:
//!
//! - An append is conditional: only the channel's next number is accepted. A record with equal number and hash is the
//!   same record and gets the stored answer; the first stored bytes stay.
//! - Nothing is acknowledged, and nothing is visible to a reader, before it has the [`Durability`] in the answer.
//! - A read always returns an answer: there are records, or the reader is at the newest position, or the reader is
//!   ahead, trimmed or in another generation.
//! - [`Watch`] is a level, not an edge. Register, read, and read again while the newest position is beyond the
//!   reader's: nothing is missed in between.
//! - An engine that cannot serve a request now returns [`Unavailable`] and has done nothing. An engine that does not
//!   know whether it did something returns [`OutcomeUnknown`], and repeating the request settles it. Only [`Stopped`]
//!   ends the process.
//! - A channel that nobody appends to, reads or watches costs disk only.
//!
//! ```
//! use channel_log::{Append, AppendError, LogChannelKind, ChannelLog, Read, ReadLimit};
//! use types::{ChannelId, Hash, Position};
//!
//! /// Appends one record to an open channel, then reads from the start.
//! async fn one(log: &dyn ChannelLog, channel: ChannelId) -> Result<usize, Box<dyn std::error::Error>> {
//!     let head = log.open(channel, LogChannelKind::Customer).await?;
//!     let answers = log
//!         .append(vec![Append {
//!             channel,
//!             generation: head.position.generation,
//!             number: head.position.number.next(),
//!             hash: Hash::of(b"first"),
//!             bytes: "first".into(),
//!         }])
//!         .await;
//!     for answer in answers {
//!         match answer {
//!             Ok(appended) => println!("{} is safe: {:?}", appended.position, appended.durability),
//!             Err(AppendError::NotNext { newest }) => println!("the log is at {}", newest.position),
//!             Err(AppendError::Unavailable(_) | AppendError::OutcomeUnknown(_)) => println!("append it again"),
//!             Err(other) => return Err(other.into()),
//!         }
//!     }
//!     match log.read(channel, Position::START, ReadLimit::default()).await? {
//!         Read::Records { records, .. } => Ok(records.len()),
//!         _ => Ok(0),
//!     }
//! }
//! ```

mod append;
#[cfg(feature = "conformance")]
pub mod conformance;
mod failing;
mod head;
mod log;
mod read;
mod watch;

pub use append::{Append, AppendError, Appended, Durability, RECORD_BYTES_MAX};
pub use failing::{OutcomeUnknown, Stopped, Unavailable};
pub use head::{ChannelHead, LogChannelKind};
pub use log::{ChannelLog, LogError};
pub use read::{Read, ReadLimit, Record};
pub use watch::{Watch, WatchError};
