//! The names of the store's records. They are not sealed. They show the number of records of each kind, and the numbers
//! of received messages, but never an account, a month or a customer.

use crate::filed::SortKey;
use crate::keys::StorageKey;
use envelope::Section;
use types::{Hash, IntentId, Position};

/// Sealed under the inbox key.
pub(crate) const DEVICE: &[u8] = b"i.device";
pub(crate) const TOKEN: &[u8] = b"i.token";
pub(crate) const TRUST: &[u8] = b"i.trust";
pub(crate) const RECEIVED: &[u8] = b"i.received";
pub(crate) const MESSAGES: &[u8] = b"i.message.";
pub(crate) const FOUND: &[u8] = b"i.found";

/// Sealed under the storage key.
pub(crate) const HOME: &[u8] = b"s.home";
pub(crate) const GRANTS: &[u8] = b"s.grants";
pub(crate) const KNOWN: &[u8] = b"s.known";
pub(crate) const TAKING: &[u8] = b"s.taking";
pub(crate) const PARTS: &[u8] = b"s.part.";
pub(crate) const BOOKS: &[u8] = b"s.book.";
pub(crate) const ENTRIES: &[u8] = b"s.entry.";
pub(crate) const IDS: &[u8] = b"s.id.";
pub(crate) const ARRANGEMENTS: &[u8] = b"s.arranged.";
pub(crate) const OUTBOX: &[u8] = b"s.order.";
pub(crate) const VOUCHERS: &[u8] = b"s.vouchers";
/// The refresh token of the session.
pub(crate) const SESSION: &[u8] = b"s.session";
pub(crate) const GONE: &[u8] = b"s.gone.";
/// Of an earlier version: entries by month, converted when they are first read.
pub(crate) const PAGES: &[u8] = b"s.page.";
/// Of an earlier version: a snapshot whose history was being fetched.
pub(crate) const SNAPSHOT: &[u8] = b"s.snapshot";
pub(crate) const UNKNOWN: &[u8] = b"s.unknown.";
pub(crate) const UNREADABLE: &[u8] = b"s.unreadable.";

fn at(prefix: &[u8], position: Position) -> Vec<u8> {
    let generation = position.generation.get().to_be_bytes();
    let number = position.number.get().to_be_bytes();
    [prefix, &generation, &number].concat()
}

/// A received message that is not projected yet.
pub(crate) fn message(position: Position) -> Vec<u8> {
    at(MESSAGES, position)
}

/// An entry of a kind that this version does not know.
pub(crate) fn unknown(position: Position) -> Vec<u8> {
    at(UNKNOWN, position)
}

/// A message whose body does not open or is not an entry.
pub(crate) fn unreadable(position: Position) -> Vec<u8> {
    at(UNREADABLE, position)
}

/// The book in `slot`. Slot 0 is for entries that belong to no account.
pub(crate) fn book(slot: u32) -> Vec<u8> {
    [BOOKS, &slot.to_be_bytes()].concat()
}

/// Part `part` of the snapshot in progress.
pub(crate) fn part(part: u64) -> Vec<u8> {
    [PARTS, &part.to_be_bytes()].concat()
}

/// The prefix of the names of all entries of a book.
pub(crate) fn entries(slot: u32) -> Vec<u8> {
    [ENTRIES, &slot.to_be_bytes()].concat()
}

/// An entry of a book.
pub(crate) fn entry(slot: u32, sort_key: SortKey) -> Vec<u8> {
    [
        ENTRIES,
        &slot.to_be_bytes(),
        &sort_key.order.to_be_bytes(),
        &sort_key.minor.to_be_bytes(),
        &sort_key.books.to_be_bytes(),
    ]
    .concat()
}

/// The books in the name of an entry.
pub(crate) fn books_of(entry: &[u8]) -> Option<u32> {
    entry.last_chunk::<4>().copied().map(u32::from_be_bytes)
}

/// The prefix of the names of the ids found in an account's pages.
pub(crate) fn ids(slot: u32) -> Vec<u8> {
    [IDS, &slot.to_be_bytes()].concat()
}

/// An id found in an account's pages, hidden by a hash with the storage key.
pub(crate) fn id(slot: u32, key: &StorageKey, id: &str) -> Vec<u8> {
    let hash = Hash::of(&[key.expose().as_slice(), b"passbook id", id.as_bytes()].concat());
    [IDS, &slot.to_be_bytes(), hash.as_bytes()].concat()
}

/// A payee, standing order or pending order, hidden by a hash with the storage key.
pub(crate) fn arrangement(section: Section, key: &StorageKey, id: &str) -> Vec<u8> {
    let section = section.as_str().as_bytes();
    let hashed = [
        key.expose().as_slice(),
        b"passbook arrangement",
        section,
        b" ",
        id.as_bytes(),
    ];
    [ARRANGEMENTS, Hash::of(&hashed.concat()).as_bytes()].concat()
}

/// An order of the outbox, hidden by a hash with the storage key.
pub(crate) fn outgoing(key: &StorageKey, intent: IntentId) -> Vec<u8> {
    let intent = intent.to_string();
    let hashed = [
        key.expose().as_slice(),
        b"passbook outbox",
        intent.as_bytes(),
    ];
    [OUTBOX, Hash::of(&hashed.concat()).as_bytes()].concat()
}

/// A dropped book whose entries are still to be deleted.
pub(crate) fn gone(slot: u32) -> Vec<u8> {
    [GONE, &slot.to_be_bytes()].concat()
}

/// Of an earlier version: the `ordinal`-th page of a book, in order of creation.
pub(crate) fn page(slot: u32, ordinal: u32) -> Vec<u8> {
    [PAGES, &slot.to_be_bytes(), &ordinal.to_be_bytes()].concat()
}
