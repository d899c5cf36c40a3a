//! Taking apart the pages by month in which an earlier version kept entries: each entry becomes a record of its own.

use crate::book::Book;
use crate::error::SyncError;
use crate::filed::{Filed, Place};
use crate::keys::StorageKey;
use crate::names;
use crate::seal::SealedError;
use crate::sealed::Records;
use crate::store::{Batch, Durability, Store};
use protocol::cbor::Reader;
use protocol::{Entry, EntryKind};

/// Takes apart the pages that `book` still has, the last first, each in a commit of its own.
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
            let place = match (sequence, &entry.booking) {
                (0, Some(booking)) if entry.kind == EntryKind::Booked => {
                    Place::of_booking(booking.number, 0)
                }
                (0, _) if book.account.is_some() => {
                    Place::without_sequence_before(order, ordinal, index)
                }
                (0, _) => Place::of_sequence(order, 0),
                (sequence, _) => Place::of_sequence(sequence, 0),
            };
            let filed = Filed::current(None, bytes).encode();
            let name = names::entry(book.slot, place);
            records.put(&mut batch, key.expose(), name, &filed)?;
            index += 1;
        }
        book.old_pages.pop();
        batch.delete(name);
        let name = names::book(book.slot);
        records.put(&mut batch, key.expose(), name, &book.encode())?;
        records.store.commit(batch, Durability::Durable).await?;
    }
    Ok(())
}
