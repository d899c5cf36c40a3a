//! The names of the store's records. They stand in the clear: they tell how many records of a sort there are, and of
//! received messages the number, never an account, a month or a customer.

use types::Position;

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
pub(crate) const SNAPSHOT: &[u8] = b"s.snapshot";
pub(crate) const BOOKS: &[u8] = b"s.book.";
pub(crate) const PAGES: &[u8] = b"s.page.";
pub(crate) const UNKNOWN: &[u8] = b"s.unknown.";
pub(crate) const UNREADABLE: &[u8] = b"s.unreadable.";

fn at(prefix: &[u8], place: Position) -> Vec<u8> {
    let generation = place.generation.get().to_be_bytes();
    let number = place.number.get().to_be_bytes();
    [prefix, &generation, &number].concat()
}

/// A received message that waits to be projected.
pub(crate) fn message(place: Position) -> Vec<u8> {
    at(MESSAGES, place)
}

/// An entry whose kind this version did not know.
pub(crate) fn unknown(place: Position) -> Vec<u8> {
    at(UNKNOWN, place)
}

/// A message whose body did not open or is no entry.
pub(crate) fn unreadable(place: Position) -> Vec<u8> {
    at(UNREADABLE, place)
}

/// What is known of the account in `slot`; slot 0 is for what belongs to no account.
pub(crate) fn book(slot: u32) -> Vec<u8> {
    [BOOKS, &slot.to_be_bytes()].concat()
}

/// The `ordinal`-th page of a book, in the order in which they were begun.
pub(crate) fn page(slot: u32, ordinal: u32) -> Vec<u8> {
    [PAGES, &slot.to_be_bytes(), &ordinal.to_be_bytes()].concat()
}
