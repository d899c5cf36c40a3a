//! A document of another party that is needed again and again: read when it is needed, and kept for a while.

use crate::ports::PortError;
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;
use types::Time;

/// How long a document counts as current. What its owner withdraws is good for this long at most, while they can be reached.
const CURRENT_MS: u64 = 3_600_000;

/// How long a document is kept while its owner cannot be reached.
const KEPT_MS: u64 = 24 * 3_600_000;

/// The least time between two readings that strangers can cause.
const BETWEEN_MS: u64 = 60_000;

/// The document, as far as it is known.
pub(crate) struct Remembered<T> {
    known: Mutex<Option<Known<T>>>,
    /// When the newest reading began. Locked while one is under way.
    asked: tokio::sync::Mutex<Option<Time>>,
}

/// A document as its owner had it.
struct Known<T> {
    document: Arc<T>,
    read: Time,
}

#[derive(Debug, Error)]
#[error("it was asked within the last minute")]
struct TooSoon;

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            asked: tokio::sync::Mutex::default(),
        }
    }
}

impl<T> Remembered<T> {
    /// The document, while it is current.
    pub(crate) fn current(&self, now: Time) -> Option<Arc<T>> {
        self.known_within(CURRENT_MS, now)
    }

    /// Keeps the document as its owner has it now.
    pub(crate) fn keep(&self, document: T, read: Time) -> Arc<T> {
        let document = Arc::new(document);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Known {
            document: Arc::clone(&document),
            read,
        });
        document
    }

    /// A document that `serves`, for a request that anybody can send: it is read once a minute at most, and by one request
    /// while the others wait for it. While its owner cannot be reached, the earlier one stays. The document that is returned
    /// may not serve, after all.
    pub(crate) async fn serving(
        &self,
        now: Time,
        serves: impl Fn(&T) -> bool,
        read: impl AsyncFnOnce() -> Result<T, PortError>,
    ) -> Result<Arc<T>, PortError> {
        let known = || self.current(now).filter(|known| serves(known));
        if let Some(known) = known() {
            return Ok(known);
        }
        let mut asked = self.asked.lock().await;
        if let Some(known) = known() {
            return Ok(known);
        }
        let is_too_soon = asked.is_some_and(|asked| now.ms_since(asked) < BETWEEN_MS);
        let answer = match is_too_soon {
            true => Err(PortError::new("the document's owner", TooSoon)),
            false => {
                *asked = Some(now);
                read().await
            }
        };
        match (answer, self.known_within(KEPT_MS, now)) {
            (Ok(document), _) => Ok(self.keep(document, now)),
            (Err(_), Some(known)) if is_too_soon => Ok(known),
            (Err(error), Some(known)) => {
                tracing::warn!("an earlier document stays: {}", types::error_chain(&error));
                Ok(known)
            }
            (Err(error), None) => Err(error),
        }
    }

    fn known_within(&self, ms: u64, now: Time) -> Option<Arc<T>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref();
        let known = known.filter(|known| now.ms_since(known.read) < ms);
        known.map(|known| Arc::clone(&known.document))
    }
}
