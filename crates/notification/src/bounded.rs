//! A bounded cache that drops entries that were not used lately.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// A map of bounded size. It keeps two halves. When the younger half is full, it becomes the older half, and the
/// content of the former older half is dropped. A lookup that hits the older half moves the entry to the younger half.
pub(crate) struct Bounded<K, V> {
    half: usize,
    halves: Mutex<Halves<K, V>>,
}

struct Halves<K, V> {
    younger: HashMap<K, V>,
    older: HashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Bounded<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            half: capacity.div_ceil(2).max(1),
            halves: Mutex::new(Halves {
                younger: HashMap::new(),
                older: HashMap::new(),
            }),
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = halves.younger.get(key) {
            return Some(value.clone());
        }
        let (key, value) = halves.older.remove_entry(key)?;
        halves.put(self.half, key, value.clone());
        Some(value)
    }

    pub(crate) fn forget(&self, key: &K) {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.younger.remove(key);
        halves.older.remove(key);
    }

    pub(crate) fn put(&self, key: K, value: V) {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.older.remove(&key);
        halves.put(self.half, key, value);
    }
}

impl<K: Eq + Hash, V> Halves<K, V> {
    fn put(&mut self, half: usize, key: K, value: V) {
        if self.younger.len() >= half {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::Bounded;

    #[test]
    fn keeps_used_entries_within_its_capacity() {
        let cache = Bounded::new(4);
        for key in 0..100 {
            cache.put(key, key);
            assert_eq!(cache.get(&0), Some(0), "used all along");
        }
        let kept = (0..100).filter(|key| cache.get(key).is_some()).count();
        assert!((1..=4).contains(&kept), "{kept}");
    }
}
