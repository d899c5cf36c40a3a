//! The pages of an account's history: its booked entries, oldest first. Each page has as many entries as its limits
//! allow.

use crate::content::{open_content, seal_content};
use crate::encrypt0::Iv;
use crate::filler::{CONTENT_BYTES_MAX, Filler};
use crate::merkle::verify_inclusion;
use crate::{ContentError, History, OpenError, Snapshot};
use protocol::cbor::{FromValue, Value};
use protocol::{Entry, EntryKind, ParseError, cbor, cbor_array};
use types::{ChannelId, Hash, KeyEpoch, MessageKey, Position};

/// Maximum number of entries in a page.
pub const PAGE_ENTRIES_MAX: usize = 200;

/// The leaf hash of a page.
#[must_use]
pub fn page_hash(page: &[u8]) -> Hash {
    Hash::of(&cbor::encode(&cbor_array!["passbook page", 1, page]))
}

fn aad(channel: ChannelId, at: Position, account: &str, page: u64) -> Vec<u8> {
    cbor::encode(&cbor_array![
        "passbook page",
        2,
        channel,
        at.generation,
        at.number,
        account,
        page
    ])
}

/// Seals a page with the proof of its leaf, for the snapshot of `channel` `at` a position, under that snapshot's key
/// epoch. Pages count from 1.
pub fn seal_page(
    (key, epoch): (&MessageKey, KeyEpoch),
    (channel, at): (ChannelId, Position),
    (account, page): (&str, u64),
    iv: &Iv,
    content: &[u8],
    proof: &[Hash],
) -> Result<Vec<u8>, OpenError> {
    seal_content(
        (key, epoch),
        &aad(channel, at, account, page),
        iv,
        content,
        proof,
    )
}

/// Opens page `page` of `account`, verifies that it is under the root of `history` (from an item of `snapshot`), and
/// parses its entries. `before` is the number (key 21) of the previous page's last entry, and 0 before the first page.
/// If `before` is `None`, the device does not have the previous page, and nothing is compared.
pub fn open_page(
    snapshot: &Snapshot,
    key: &MessageKey,
    (account, history): (&str, &History),
    page: u64,
    before: Option<u64>,
    sealed: &[u8],
) -> Result<Vec<Entry>, ContentError> {
    let index = page
        .checked_sub(1)
        .filter(|index| *index < history.pages)
        .ok_or(ContentError::NoSuchPage)?;
    let aad = aad(snapshot.channel, snapshot.position(), account, page);
    let (content, proof) = open_content(key, snapshot.epoch, &aad, sealed)?;
    let leaf = page_hash(&content);
    verify_inclusion(&leaf, (index, history.pages), &proof, &history.root)?;
    // The first page must begin with the first entry, whatever the device has.
    let before = if page == 1 { Some(0) } else { before };
    read_page(account, before, &content)
}

/// Parses the entries of a page of `account`. `before` is as in [`open_page`].
pub fn read_page(
    account: &str,
    before: Option<u64>,
    content: &[u8],
) -> Result<Vec<Entry>, ContentError> {
    if content.len() > CONTENT_BYTES_MAX {
        return Err(ParseError::TooLong.into());
    }
    let values = Vec::<Value>::from_value(cbor::decode(content)?)?;
    match values.len() {
        0 => return Err(ContentError::EmptyPage),
        1..=PAGE_ENTRIES_MAX => {}
        _ => return Err(ContentError::TooManyEntries),
    }
    let entries = values
        .into_iter()
        .map(Entry::from_value)
        .collect::<Result<Vec<_>, _>>()?;
    let numbers = entries
        .iter()
        .map(|entry| number_of(account, entry))
        .collect::<Result<Vec<_>, _>>()?;
    let mut pairs = numbers.iter().zip(numbers.iter().skip(1));
    if !pairs.all(|(before, number)| before.checked_add(1) == Some(*number)) {
        return Err(ContentError::EntriesOutOfOrder);
    }
    let first = numbers.first().copied();
    if before.is_some_and(|before| before.checked_add(1) != first) {
        return Err(ContentError::PageBeginsElsewhere);
    }
    Ok(entries)
}

/// The number (key 21) of a booked entry of `account`. Refuses an entry that a page must not contain.
fn number_of(account: &str, entry: &Entry) -> Result<u64, ContentError> {
    let booking = match &entry.booking {
        Some(booking) if entry.kind == EntryKind::Booked => booking,
        _ => return Err(ContentError::EntryNotBooked),
    };
    let of_account = entry
        .account
        .as_ref()
        .is_some_and(|of| of.as_str() == account);
    let of_subject = entry
        .subject
        .as_ref()
        .is_none_or(|(subject, _)| subject.as_str().strip_prefix("account:") == Some(account));
    if !(of_account && of_subject) {
        return Err(ContentError::EntryOfAnotherAccount);
    }
    if booking.order.is_some() {
        return Err(ContentError::OrderInAPage);
    }
    Ok(booking.number)
}

/// Fills pages with an account's booked entries, oldest first.
#[derive(Debug)]
pub struct PageFiller {
    filler: Filler,
}

impl PageFiller {
    /// Starts before the first entry.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            filler: Filler::new(PAGE_ENTRIES_MAX),
        }
    }

    /// Adds the next entry. If the current page has no room for it, returns that page and starts a new one. Refuses an
    /// entry that is too long for any page.
    pub fn push(&mut self, entry: &Entry) -> Result<Option<Vec<u8>>, ContentError> {
        let bytes = entry.encode();
        let full = (!self.filler.is_empty() && !self.filler.fits(&[], &bytes))
            .then(|| self.filler.take(&[]));
        self.filler.push(&[], &bytes)?;
        Ok(full)
    }

    /// The last page, which may not be full. `None` if no entry was added.
    #[must_use]
    pub fn end(mut self) -> Option<Vec<u8>> {
        (!self.filler.is_empty()).then(|| self.filler.take(&[]))
    }
}

impl Default for PageFiller {
    fn default() -> Self {
        Self::new()
    }
}
