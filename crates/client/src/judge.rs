//! What becomes of what a device holds when it takes a snapshot.

#[cfg(test)]
mod tests;

use protocol::{Entry, EntryKind};
use types::{Position, Sequence};

/// How an entry in the list counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryState {
    /// It is in the bank's books, or notification made it.
    Current,
    /// A booking that the bank's books no longer have. It counts for nothing.
    Withdrawn,
    /// It told of former books. It counts for nothing.
    Past,
}

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is stored; its effect is in the snapshot.
    Contained,
    /// It counts on top of the snapshot.
    Projected,
    /// It is listed as withdrawn.
    Withdrawn,
    /// It is kept, of former books.
    Past,
    /// Notification made it: no snapshot speaks of it.
    Kept,
}

/// An entry that a device holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'e> {
    pub(crate) entry: &'e Entry,
    /// Where it came in the channel; none where it came in a page.
    pub(crate) at: Option<Position>,
    /// What an earlier snapshot made of it.
    pub(crate) was: EntryState,
}

/// What a snapshot says of an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    /// As of where the snapshot is.
    pub(crate) at: Position,
    /// Whether it is of the books that the device has: of the same incarnation.
    pub(crate) same_books: bool,
    /// The sequence of the item that contains the events of the entry's subject; none where there is no item.
    pub(crate) sequence: Option<Sequence>,
    /// Whether the entry's id is in the snapshot's pages. It is asked for in other books only.
    pub(crate) in_pages: bool,
}

/// The items lack an event that the bank has told under the same incarnation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ItemsBehind;

impl ItemsBehind {
    /// A stable word for the check that failed.
    pub(crate) const REASON: &'static str = "items_behind_the_number";
}

/// Judges an entry by what a snapshot says.
pub(crate) fn judge(held: &Held<'_>, said: &Said) -> Result<Outcome, ItemsBehind> {
    let booked = held.entry.kind == EntryKind::Booked;
    let sequence = held.entry.subject.as_ref().map(|(_, sequence)| *sequence);
    if sequence.is_none() && !booked {
        return Ok(Outcome::Kept);
    }
    let beyond = |of: Sequence| sequence.is_some_and(|sequence| sequence > of);
    let above = |at: Position| at.generation == said.at.generation && at.number > said.at.number;
    if held.at.is_some_and(above) {
        return Ok(match beyond(said.sequence.unwrap_or(Sequence::ZERO)) {
            true => Outcome::Projected,
            false => Outcome::Contained,
        });
    }
    if !said.same_books {
        return Ok(match (booked, said.in_pages) {
            (true, true) => Outcome::Contained,
            (true, false) => Outcome::Withdrawn,
            (false, _) => Outcome::Past,
        });
    }
    match (held.was, said.sequence) {
        (EntryState::Withdrawn, _) => Ok(Outcome::Withdrawn),
        (EntryState::Past, _) | (EntryState::Current, None) => Ok(Outcome::Past),
        // What came in a page is in the books, whatever has come since.
        (EntryState::Current, Some(of)) if held.at.is_some() && beyond(of) => Err(ItemsBehind),
        (EntryState::Current, Some(_)) => Ok(Outcome::Contained),
    }
}
