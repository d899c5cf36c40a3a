//! What a new projection takes from the past: snapshots, and pages of history.

use crate::error::SyncError;
use crate::page::Item;
use crate::stage::{Stage, Which, month, ordinals};
use crate::store::Store;
use envelope::SnapshotAccount;
use protocol::{Booking, Entry};
use types::AccountId;

impl<S: Store> Stage<'_, S> {
    /// Keeps an entry of an account's past, unless it is there: it changes no balance. Answers whether it was not.
    pub(crate) async fn keep(
        &mut self,
        account: &AccountId,
        entry: &Entry,
        bytes: &[u8],
    ) -> Result<bool, SyncError> {
        let sequence = entry
            .subject
            .as_ref()
            .map_or(0, |(_, sequence)| sequence.get());
        let month = month(entry);
        let book = self.book(account);
        if let Some(Booking { number, .. }) = entry.booking {
            book.has_booked(number);
        }
        let slot = book.slot;
        let of_month: Vec<u32> = ordinals(book)
            .filter(|(_, page)| page.month == month)
            .map(|(ordinal, _)| ordinal)
            .collect();
        for ordinal in of_month {
            if self.page(slot, ordinal).await?.has_sequence(sequence)? {
                return Ok(false);
            }
        }
        let item = Item {
            order: sequence,
            sequence,
            entry: bytes.to_vec(),
        };
        self.append(&Which::Account(account.clone()), &month, &item)
            .await?;
        Ok(true)
    }

    /// Takes over what a snapshot says of an account. What later entries said of its balances stays.
    pub(crate) fn adopt(&mut self, row: SnapshotAccount) {
        let pages = u64::try_from(row.pages.len()).unwrap_or(u64::MAX);
        let book = self.book(&row.account);
        let nothing_missed = book.state.is_some()
            && row.sequence <= book.sequence
            && !book.gap
            && book.history.is_none();
        let mut state = row.state;
        if row.sequence < book.sequence {
            state.balances.extend(book.balances_shown().clone());
        }
        book.state = Some(state);
        book.balances.clear();
        book.sequence = book.sequence.max(row.sequence);
        book.gap = false;
        if !nothing_missed {
            book.history = (pages > 0).then_some(pages);
        }
    }

    /// Keeps a page of an account's history, the `page`-th. What is older is there already where it ends what was known
    /// from the first transaction on.
    pub(crate) async fn history(
        &mut self,
        account: &AccountId,
        page: u64,
        entries: &[Entry],
    ) -> Result<(), SyncError> {
        let known = self.book(account).booked_through;
        for entry in entries {
            let bytes = entry.encode();
            if self.keep(account, entry, &bytes).await? {
                self.books.home.insert(entry, &bytes);
            }
        }
        let numbers = entries.iter().filter_map(|entry| entry.booking.as_ref());
        let oldest = numbers.map(|booking| booking.number).min();
        let book = self.book(account);
        if page <= 1 || oldest.is_none_or(|oldest| oldest <= known.saturating_add(1)) {
            book.history_is_whole();
        } else {
            book.history = Some(page - 1);
        }
        Ok(())
    }
}
