//! The messages between a page and the core, which lives in a worker.
//!
//! A page asks, the core answers each question once, and reports what changed without being asked. Both ends are this
//! crate in one version, so the messages are JSON of its types and no format of the protocol. They never leave the device.

mod ask;
mod news;

pub use ask::{Ask, PersonAsk, Question, Reply};
pub use news::{Ceremony, News, Prompt, Prompted};

use crate::model::Failure;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The most new entries that are reported by name: a page marks no more.
pub(crate) const FRESH_MAX: usize = 20;

/// The text of an answer.
pub(crate) fn json(answer: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(answer).map_err(|error| Failure::new("answer", error))
}

/// Reads what [`json`] wrote. It is the reader of the bank's answers, so that the module has each type's reader once.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    protocol::json::from_slice(text.as_bytes()).map_err(|error| Failure::new("answer", error))
}

/// What a page sends.
#[derive(Serialize, Deserialize)]
pub enum ToCore {
    /// A question.
    Question(Question),
    /// The outcome of the ceremony with that number.
    Prompted(u32, Prompted),
}

/// What the core sends.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToPage {
    /// The core is ready for questions.
    Ready,
    /// An answer.
    Reply(Reply),
    /// What changed.
    News(News),
    /// A ceremony is needed.
    Prompt(Prompt),
}
