//! Why the parts of a snapshot or the pages of a history are refused, or cannot be made.

use crate::OpenError;
use crate::merkle::ProofError;
use protocol::ParseError;
use protocol::cbor::CborError;
use thiserror::Error;

/// Why a part, a page, or what is in it, is refused, or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ContentError {
    /// It does not open, or is not of the form it must have.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is not under the root that the bank signed.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The snapshot has no part of that number.
    #[error("the snapshot has no such part")]
    NoSuchPart,
    /// The history has no page of that number.
    #[error("the history has no such page")]
    NoSuchPage,
    /// Not all parts were read.
    #[error("a part is missing")]
    PartMissing,
    /// Not all pages were read.
    #[error("a page is missing")]
    PageMissing,
    /// A part without items.
    #[error("a part without items")]
    EmptyPart,
    /// A page without entries.
    #[error("a page without entries")]
    EmptyPage,
    /// More items than a part has.
    #[error("more items than a part has")]
    TooManyItems,
    /// More entries than a page has.
    #[error("more entries than a page has")]
    TooManyEntries,
    /// An item larger than 8 KiB.
    #[error("an item larger than 8 KiB")]
    ItemTooLong,
    /// A section that this version does not know.
    #[error("unknown section")]
    UnknownSection,
    /// An item comes before one that it must follow.
    #[error("the items are out of order")]
    ItemsOutOfOrder,
    /// The same item again.
    #[error("the same item twice")]
    ItemTwice,
    /// An account's state lacks one of its keys.
    #[error("an account's state lacks a key")]
    StateKeyMissing,
    /// Pages or a history root of something that is no account.
    #[error("only accounts have a history")]
    HistoryOfAnotherSection,
    /// An account without a history root.
    #[error("an account has a history root")]
    HistoryRootMissing,
    /// The root of nothing with pages, or another root without.
    #[error("the history root is of another number of pages")]
    RootOfAnotherCount,
    /// The customer's item is not the first.
    #[error("the customer's item is missing")]
    CustomerMissing,
    /// A second customer's item.
    #[error("a second customer's item")]
    CustomerTwice,
    /// The customer's item is of somebody else.
    #[error("the items of another customer")]
    AnotherCustomer,
    /// An item's sequence is not that of the customer's item, as all but accounts have it.
    #[error("another sequence than the customer's")]
    AnotherSequence,
    /// An entry of another kind in a page.
    #[error("an entry that is not booked")]
    EntryNotBooked,
    /// An entry of another account or subject.
    #[error("an entry of another account")]
    EntryOfAnotherAccount,
    /// A page's entry names the order that made it, which only the customer who ordered may see.
    #[error("an entry of a page names its order")]
    OrderInAPage,
    /// The numbers of a page's entries do not rise by one.
    #[error("the entries are out of order")]
    EntriesOutOfOrder,
    /// A page does not begin where the one before ended.
    #[error("the page begins elsewhere than the one before ended")]
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
