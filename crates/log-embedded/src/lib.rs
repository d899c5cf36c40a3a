//! The embedded channel log: a write-ahead log and sorted segments.
//!
//! Appends wait in a bounded queue. One thread drains the queue into a *group*, writes the group to the write-ahead log
//! with one fdatasync, makes it visible, and answers all its callers at once. The groups of one log file form a *table
//! in memory*. When the file is full, the table becomes an immutable *segment*, sorted by channel and number, and the
//! file is reused. Segments are merged in the background. `docs/decisions/` explains this design.
//!
//! Invariants:
//!
//! - Nothing is acknowledged or visible to a reader before it is on the disk.
//! - After a crash at any instant, everything acknowledged is there, in order, once. A torn tail, which was never
//!   acknowledged, is cut. Any other damage makes opening fail, or stops the engine when it is read; the error names
//!   the file and the offset.
//! - A failed write or fsync, damage, or a panic of a thread stops the engine for good: [`EmbeddedLog::stopped`].
//! - [`Config`] bounds the memory, which does not grow with the number of unused channels.
//! - Only one engine at a time opens the directory.
//!
//! ```
//! use channel_log::{Append, LogChannelKind, ChannelLog};
//! use log_embedded::{Config, EmbeddedLog};
//! use std::sync::Arc;
//! use types::{ChannelId, Hash, Time};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let directory = tempfile::tempdir()?;
//! let log = EmbeddedLog::open(Config::new(directory.path(), Arc::new(|| Time::from_ms(0))))?;
//! let channel = ChannelId::new([7; 16]);
//! let head = log.open(channel, LogChannelKind::Customer).await?;
//! let first = Append {
//!     channel,
//!     generation: head.position.generation,
//!     number: head.position.number.next(),
//!     hash: Hash::of(b"first"),
//!     bytes: "first".into(),
//! };
//! for answer in log.append(vec![first]).await {
//!     println!("{} is on the disk", answer?.position);
//! }
//! log.close().await;
//! # Ok(())
//! # }
//! ```

mod appending;
mod channel_map;
mod check;
mod checker;
mod codec;
mod committer;
mod config;
mod copying;
mod covered;
mod disk;
mod dispatcher;
mod engine;
mod entry;
mod error;
mod flusher;
mod group;
mod heads;
mod locks;
mod log_file;
mod manifest;
mod memtable;
mod merger;
mod metrics;
mod opening;
mod pipeline;
mod queue;
mod reading;
mod recovery;
mod segment;
mod shared;
mod stop;
mod tiers;
mod view;
mod watches;

pub use check::{Checked, check, check_on, is_begun};
pub use config::{Config, Retention};
pub use disk::{Disk, DiskFile, SystemDisk};
pub use engine::EmbeddedLog;
pub use error::{Damage, OpenError};
pub use metrics::{Histogram, Metrics};
