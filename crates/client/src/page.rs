//! A page of a book: some entries of one month.

use crate::seal::SealedError;
use protocol::Entry;
use protocol::cbor::{Reader, Writer};

/// How many entries a page takes before the next is begun: what a live entry costs to seal again.
pub(crate) const PAGE_ENTRIES_MAX: u32 = 48;
/// And how many bytes.
pub(crate) const PAGE_BYTES_MAX: usize = 48 * 1024;

/// An entry in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// Where it stands among the book's entries.
    pub(crate) order: u64,
    /// Its sequence among the book's own events; 0 where it is none of them.
    pub(crate) sequence: u64,
    /// The entry's map in CBOR.
    pub(crate) entry: Vec<u8>,
}

impl Item {
    pub(crate) fn parse(&self) -> Result<Entry, SealedError> {
        Ok(Entry::parse(&self.entry)?)
    }
}

/// A page as it is sealed: `[order, sequence, entry]` one after the other, so that adding one is appending its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    bytes: Vec<u8>,
}

impl Page {
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn push(&mut self, item: &Item) {
        let mut writer = Writer::with_capacity(item.entry.len() + 24);
        writer
            .array(3)
            .unsigned(item.order)
            .unsigned(item.sequence)
            .bytes(&item.entry);
        self.bytes.extend_from_slice(&writer.finish());
    }

    pub(crate) fn items(&self) -> Result<Vec<Item>, SealedError> {
        let mut items = Vec::new();
        self.each(|order, sequence, entry| {
            items.push(Item {
                order,
                sequence,
                entry: entry.to_vec(),
            });
        })?;
        Ok(items)
    }

    pub(crate) fn has_sequence(&self, wanted: u64) -> Result<bool, SealedError> {
        let mut has = false;
        self.each(|_, sequence, _| has |= sequence == wanted)?;
        Ok(has)
    }

    fn each(&self, mut visit: impl FnMut(u64, u64, &[u8])) -> Result<(), SealedError> {
        let mut reader = Reader::new(&self.bytes);
        while reader.end().is_err() {
            let fields = reader.array()?;
            let (order, sequence) = (reader.unsigned()?, reader.unsigned()?);
            visit(order, sequence, reader.bytes()?);
            // What a newer version added stays in the page's bytes.
            for _ in 3..fields {
                reader.value()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_back_in_the_order_of_pushing() {
        let items: Vec<_> = (1..=5)
            .map(|order| Item {
                order,
                sequence: order * 100,
                entry: vec![7; 300],
            })
            .collect();
        let mut page = Page::default();
        items.iter().for_each(|item| page.push(item));
        let page = Page::from_bytes(page.as_bytes().to_vec());
        assert_eq!(page.items(), Ok(items));
        assert_eq!(page.has_sequence(300), Ok(true));
        assert_eq!(page.has_sequence(301), Ok(false));
        let cut = Page::from_bytes(page.as_bytes()[..page.as_bytes().len() - 1].to_vec());
        assert_eq!(cut.items(), Err(SealedError::Shape));
    }
}
