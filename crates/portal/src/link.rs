//! The messages between a page and the core, which lives in a worker.
//!
//! A page asks, the core answers each question once, and reports what changed without being asked. Both ends are this
//! crate in one version, so the messages are JSON of its types and no format of the protocol. They never leave the device.

mod ask;
mod news;

pub use ask::{Ask, PersonAsk, Question, Reply};
pub use news::{Ceremony, News, Prompt, Prompted};
