//! Reads a list of entries from the store, page by page.

use crate::error::SyncError;
use crate::filed::{Cursor, Filed, LISTED_MAX, Listed, Listing};
use crate::keys::StorageKey;
use crate::names;
use crate::seal;
use crate::store::Store;

/// A list of entries in the store.
pub(crate) struct List {
    key: StorageKey,
    /// `None` if the account does not exist.
    slot: Option<u32>,
}

impl List {
    pub(crate) const fn new(key: StorageKey, slot: Option<u32>) -> Self {
        Self { key, slot }
    }

    /// At most [`LISTED_MAX`] entries, after `after` if given.
    pub(crate) async fn read(
        &self,
        store: &impl Store,
        after: Option<&Cursor>,
    ) -> Result<Listing, SyncError> {
        let mut listing = Listing {
            entries: Vec::new(),
            next: None,
        };
        let Some(slot) = self.slot else {
            return Ok(listing);
        };
        let after = after.map(|cursor| cursor.0.as_slice());
        let rows = store.scan(&names::entries(slot), after, LISTED_MAX).await?;
        for (name, value) in &rows {
            let filed = Filed::decode(&seal::open(self.key.expose(), name, value)?)?;
            listing.entries.push(Listed {
                entry: filed.parse()?,
                state: filed.state,
            });
        }
        if rows.len() == LISTED_MAX {
            listing.next = rows.into_iter().last().map(|(name, _)| Cursor(name));
        }
        Ok(listing)
    }
}
