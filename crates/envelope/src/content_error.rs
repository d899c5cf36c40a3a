//! Why a part of a snapshot or a page of a history is refused or cannot be made.

use crate::OpenError;
use crate::merkle::ProofError;
use protocol::ParseError;
use protocol::cbor::CborError;
use thiserror::Error;

/// Why a part, a page, or its content is refused or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ContentError {
    /// It does not open or has the wrong form.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its hash is not under the root that the bank signed.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The snapshot has no part with this number.
    #[error("the snapshot has no such part")]
    NoSuchPart,
    /// The history has no page with this number.
    #[error("the history has no such page")]
    NoSuchPage,
    /// Not all parts were read.
    #[error("a part is missing")]
    PartMissing,
    /// Not all pages were read.
    #[error("a page is missing")]
    PageMissing,
    /// The part has no items.
    #[error("a part without items")]
    EmptyPart,
    /// The page has no entries.
    #[error("a page without entries")]
    EmptyPage,
    /// The part has too many items.
    #[error("too many items in a part")]
    TooManyItems,
    /// The page has too many entries.
    #[error("too many entries in a page")]
    TooManyEntries,
    /// The item is larger than 8 KiB.
    #[error("an item larger than 8 KiB")]
    ItemTooLong,
    /// This version does not know the section.
    #[error("unknown section")]
    UnknownSection,
    /// An item is out of order.
    #[error("the items are out of order")]
    ItemsOutOfOrder,
    /// The same item appears again.
    #[error("the same item twice")]
    ItemTwice,
    /// The state of an account lacks a required key.
    #[error("an account's state lacks a key")]
    StateKeyMissing,
    /// An item that is not an account has pages or a history root.
    #[error("only accounts have a history")]
    HistoryOfAnotherSection,
    /// An account's item has no history root.
    #[error("an account's history root is missing")]
    HistoryRootMissing,
    /// The history root does not fit the number of pages: no pages need the empty root, and pages need another root.
    #[error("the history root does not fit the number of pages")]
    RootOfAnotherCount,
    /// The first item is not the customer's.
    #[error("the customer's item is missing")]
    CustomerMissing,
    /// There is a second customer's item.
    #[error("a second customer's item")]
    CustomerTwice,
    /// The customer's item belongs to another customer.
    #[error("the items of another customer")]
    AnotherCustomer,
    /// An item has another sequence than the customer's item. Only accounts have their own sequences.
    #[error("a sequence other than the customer's")]
    AnotherSequence,
    /// A page has an entry of a kind other than `booked`.
    #[error("an entry that is not a booking")]
    EntryNotBooked,
    /// An entry belongs to another account or subject.
    #[error("an entry of another account")]
    EntryOfAnotherAccount,
    /// An entry of a page names the order that caused it. Only the customer who gave the order may see that.
    #[error("an entry of a page names an order")]
    OrderInAPage,
    /// The numbers of a page's entries do not increase by one.
    #[error("the entries are out of order")]
    EntriesOutOfOrder,
    /// The page does not begin where the previous page ended.
    #[error("the page does not begin where the previous one ended")]
    PageBeginsElsewhere,
}

impl ContentError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Open(cause) => cause.reason(),
            Self::Proof(cause) => cause.reason(),
            Self::NoSuchPart => "no_such_part",
            Self::NoSuchPage => "no_such_page",
            Self::PartMissing => "part_missing",
            Self::PageMissing => "page_missing",
            Self::EmptyPart => "empty_part",
            Self::EmptyPage => "empty_page",
            Self::TooManyItems => "too_many_items",
            Self::TooManyEntries => "too_many_entries",
            Self::ItemTooLong => "item_too_long",
            Self::UnknownSection => "unknown_section",
            Self::ItemsOutOfOrder => "items_out_of_order",
            Self::ItemTwice => "item_twice",
            Self::StateKeyMissing => "state_key_missing",
            Self::HistoryOfAnotherSection => "history_of_another_section",
            Self::HistoryRootMissing => "history_root_missing",
            Self::RootOfAnotherCount => "root_of_another_count",
            Self::CustomerMissing => "customer_missing",
            Self::CustomerTwice => "customer_twice",
            Self::AnotherCustomer => "another_customer",
            Self::AnotherSequence => "another_sequence",
            Self::EntryNotBooked => "entry_not_booked",
            Self::EntryOfAnotherAccount => "entry_of_another_account",
            Self::OrderInAPage => "order_in_a_page",
            Self::EntriesOutOfOrder => "entries_out_of_order",
            Self::PageBeginsElsewhere => "page_begins_elsewhere",
        }
    }
}

impl From<ParseError> for ContentError {
    fn from(error: ParseError) -> Self {
        Self::Open(error.into())
    }
}

impl From<CborError> for ContentError {
    fn from(error: CborError) -> Self {
        Self::Open(error.into())
    }
}
