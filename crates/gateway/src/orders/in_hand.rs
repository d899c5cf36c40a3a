//! The orders that this node hands to the core bank: each once at a time, and so many at once.

use crate::store::CustomerIndex;
use crate::store::intent::IntentRow;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;
use types::IntentId;

/// Maximum number of orders that the core bank has at once.
const PLACING_MAX: usize = 256;

/// Maximum number of orders in hand. Further ones wait in the database.
const IN_HAND_MAX: usize = 4_096;

/// Maximum bytes of what an order in hand was signed with. Longer ones, which somebody padded, wait in the database.
const SIGNED_BYTES_MAX: usize = 16 * 1024;

type Key = (CustomerIndex, IntentId);

/// The orders in hand.
pub(crate) struct InHand {
    orders: Mutex<HashSet<Key>>,
    turns: Semaphore,
}

/// An order in hand. It is let go when this is dropped.
pub(super) struct Held {
    in_hand: Arc<InHand>,
    order: Key,
}

impl Default for InHand {
    fn default() -> Self {
        Self {
            orders: Mutex::default(),
            turns: Semaphore::new(PLACING_MAX),
        }
    }
}

impl InHand {
    /// Takes an order in hand to wait for its turn. `None` if it is too long, is in hand already, or if there are too many.
    pub(super) fn take_waiting(self: &Arc<Self>, row: &IntentRow) -> Option<Held> {
        if row.signed.len() > SIGNED_BYTES_MAX {
            return None;
        }
        self.take((row.customer, row.intent))
    }

    /// Takes an order in hand. `None` if it is in hand already, or if there are too many.
    pub(super) fn take(self: &Arc<Self>, order: Key) -> Option<Held> {
        let mut orders = self.orders();
        let taken = orders.len() < IN_HAND_MAX && orders.insert(order);
        taken.then(|| Held {
            in_hand: self.clone(),
            order,
        })
    }

    fn orders(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Runs `place` when it is the order's turn.
    pub(super) async fn in_turn<T>(&self, place: impl Future<Output = T>) -> T {
        // The semaphore is never closed.
        let _turn = self.in_hand.turns.acquire().await;
        place.await
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.in_hand.orders().remove(&self.order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Time;

    #[test]
    fn an_order_is_in_hand_once_and_not_too_many_are() {
        let in_hand = Arc::new(InHand::default());
        let order = |number: usize| {
            let millisecond = Time::from_ms(u64::try_from(number).unwrap());
            ([7; 32], IntentId::at(millisecond, [0; 10]))
        };
        let mut held: Vec<_> = (0..IN_HAND_MAX)
            .map(|number| in_hand.take(order(number)).unwrap())
            .collect();
        assert!(in_hand.take(order(IN_HAND_MAX)).is_none());
        held.pop();
        assert!(in_hand.take(order(0)).is_none());
        assert!(in_hand.take(order(IN_HAND_MAX)).is_some());
    }
}
