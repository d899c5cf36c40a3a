//! Which clients do not answer when they are told something.

use crate::ports::Clients;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use types::{ClientId, Time};

/// The longest time until a client that does not answer is told again.
const AWAY_MS_MAX: u64 = 5 * 60_000;

/// The clients, and which of them do not answer now.
pub(crate) struct Hearing {
    pub(super) clients: Arc<dyn Clients>,
    away: Mutex<BTreeMap<ClientId, Away>>,
}

/// A client that did not answer.
#[derive(Debug, Clone, Copy)]
struct Away {
    /// How long it was left alone last.
    wait_ms: u64,
    /// When it is told again.
    until: Time,
}

impl Hearing {
    pub(crate) fn new(clients: Arc<dyn Clients>) -> Self {
        Self {
            clients,
            away: Mutex::default(),
        }
    }

    pub(super) fn is_left_alone(&self, client: &ClientId, now: Time) -> bool {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.get(client).is_some_and(|away| now < away.until)
    }

    /// Leaves a client alone, each time twice as long as before. Returns whether it answered the last time.
    pub(super) fn leave_alone(&self, client: &ClientId, (first_ms, now): (u64, Time)) -> bool {
        let mut all = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(client).copied();
        let wait_ms = before.map_or(first_ms, |away| away.wait_ms.saturating_mul(2));
        let wait_ms = wait_ms.min(AWAY_MS_MAX);
        let until = now.plus_ms(wait_ms);
        all.insert(client.clone(), Away { wait_ms, until });
        before.is_none()
    }

    pub(super) fn has_answered(&self, client: &ClientId) {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.remove(client);
    }
}
