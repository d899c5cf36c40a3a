//! Converts the pages by month in which an earlier version stored entries: each entry becomes a record of its own.

use crate::book::Book;
use crate::error::SyncError;
use crate::filed::{Filed, SortKey};
use crate::keys::StorageKey;
use crate::names;
use crate::seal::SealedError;
use crate::sealed::Records;
use crate::store::{Batch, CommitDurability, Store};
use protocol::cbor::Reader;
use protocol::{Entry, EntryKind};

/// Converts the pages that `book` still has, the last first, each in a commit of its own.
pub(crate) async fn take_apart<S: Store>(
    records: &Records<S>,
    key: &StorageKey,
    book: &mut Book,
) -> Result<(), SyncError> {
    while !book.old_pages.is_empty() {
        let ordinal = u32::try_from(book.old_pages.len() - 1).map_err(|_| SealedError::Shape)?;
        let name = names::page(book.slot, ordinal);
        let mut batch = Batch::default();
        let page = records.read(key.expose(), &name).await?;
        let page = page.ok_or(SealedError::Shape)?;
        let mut reader = Reader::new(&page);
        let mut index = 0;
        while reader.end().is_err() {
            if reader.array().map_err(SealedError::from)? != 3 {
                return Err(SealedError::Shape.into());
            }
            let order = reader.unsigned().map_err(SealedError::from)?;
            let sequence = reader.unsigned().map_err(SealedError::from)?;
            let bytes = reader.bytes().map_err(SealedError::from)?;
            let entry = Entry::parse(bytes).map_err(SealedError::from)?;
            let sort_key = match (sequence, &entry.booking) {
                (0, Some(booking)) if entry.kind == EntryKind::Booked => {
                    SortKey::of_booking(booking.number, 0)
                }
                (0, _) if book.account.is_some() => {
                    SortKey::without_sequence_before(order, ordinal, index)
                }
                (0, _) => SortKey::of_sequence(order, 0),
                (sequence, _) => SortKey::of_sequence(sequence, 0),
            };
            let filed = Filed::current(None, bytes).encode();
            let name = names::entry(book.slot, sort_key);
            records.put(&mut batch, key.expose(), name, &filed)?;
            index += 1;
        }
        book.old_pages.pop();
        batch.delete(name);
        let name = names::book(book.slot);
        records.put(&mut batch, key.expose(), name, &book.encode())?;
        records.commit(batch, CommitDurability::Durable).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::InboxKey;
    use crate::random::Random;
    use crate::seal;
    use crate::store::MemoryStore;
    use futures_util::FutureExt as _;
    use protocol::Booking;
    use protocol::cbor::{Value, Writer};
    use rand::SeedableRng as _;
    use std::rc::Rc;
    use types::{Balances, Money, Sequence, Time};

    fn booked(number: u64) -> Entry {
        let money = Money::new(5, "CZK".parse().unwrap());
        let booking = Booking {
            transaction: number.to_string().parse().unwrap(),
            number,
            date: "1993-01-11".parse().unwrap(),
            amount: money,
            operation: "test".to_owned(),
            purpose: None,
            counterparty_bank: None,
            counterparty_account: None,
            order: None,
            bank_reference: None,
        };
        Entry::booked(
            format!("entry {number}").parse().unwrap(),
            "576".parse().unwrap(),
            Sequence::new(number).unwrap(),
            Time::from_ms(number),
            booking,
            Balances::new(),
        )
    }

    /// A page of an earlier version: `[order, sequence, entry]` one after the other.
    fn page(numbers: std::ops::Range<u64>) -> Vec<u8> {
        let items = numbers.flat_map(|number| {
            let mut writer = Writer::with_capacity(0);
            writer.array(3).unsigned(number).unsigned(number);
            writer.bytes(&booked(number).encode());
            writer.finish()
        });
        items.collect()
    }

    #[test]
    fn pages_of_an_earlier_version_become_entries() {
        let (key, store) = (StorageKey::new(&[12; 32]), MemoryStore::default());
        let lease = store.try_lease().now_or_never().unwrap().unwrap();
        let random = Random::new(rand::rngs::StdRng::seed_from_u64(1));
        let inbox_key = InboxKey::new(&[11; 32]);
        let records = Records::own(Rc::new(store), lease, inbox_key, random).now_or_never();
        let records = records.unwrap().unwrap();
        let mut book = Book::new(3, Some("576".parse().unwrap()));
        // The months came out of order, as history does.
        let pages = [page(4..6), page(1..4)];
        let mut batch = Batch::default();
        for (ordinal, page) in (0..).zip(&pages) {
            let name = names::page(3, ordinal);
            records.put(&mut batch, key.expose(), name, page).unwrap();
            book.old_pages.push(Value::Null);
        }
        let committed = records.commit(batch, CommitDurability::Durable);
        committed.now_or_never().unwrap().unwrap();
        let done = take_apart(&records, &key, &mut book).now_or_never();
        done.unwrap().unwrap();
        assert!(book.old_pages.is_empty());
        let rows = records.store.rows();
        assert!(!rows.iter().any(|(name, _)| name.starts_with(names::PAGES)));
        let entries: Vec<Entry> = rows
            .iter()
            .filter(|(name, _)| name.starts_with(&names::entries(3)))
            .map(|(name, value)| {
                let bytes = seal::open(key.expose(), name, value).unwrap();
                Filed::decode(&bytes).unwrap().parse().unwrap()
            })
            .collect();
        assert_eq!(entries, (1..6).map(booked).collect::<Vec<_>>());
        let kept = records.read(key.expose(), &names::book(3)).now_or_never();
        let kept = kept.unwrap().unwrap().unwrap();
        assert_eq!(Book::decode(&kept), Ok(book));
    }
}
