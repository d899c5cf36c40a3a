//! Decides what happens to a device's entries when it adopts a snapshot.

#[cfg(test)]
mod tests;

use protocol::{Entry, EntryKind};
use types::{Position, Sequence};

/// The state of an entry in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryState {
    /// The entry is in the bank's books, or notification made it.
    Current,
    /// The entry is a booking that the bank's books no longer have. It does not count.
    Withdrawn,
    /// The entry is of former books. It does not count.
    Past,
}

/// The outcome for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The entry is stored; its effect is in the snapshot.
    Contained,
    /// The entry counts on top of the snapshot.
    Projected,
    /// The entry is listed as withdrawn.
    Withdrawn,
    /// The entry is kept as one of former books.
    Past,
    /// Notification made the entry, and snapshots do not contain it.
    Kept,
}

/// An entry that a device has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'e> {
    pub(crate) entry: &'e Entry,
    /// Its position in the channel. `None` if it came in a page.
    pub(crate) at: Option<Position>,
    /// Its state after an earlier snapshot.
    pub(crate) was: EntryState,
}

/// What a snapshot shows about an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SnapshotFacts {
    /// The snapshot's position.
    pub(crate) at: Position,
    /// Whether the snapshot is of the device's books, that is, of the same incarnation.
    pub(crate) same_books: bool,
    /// The sequence of the item that contains the events of the entry's subject. `None` if there is no item.
    pub(crate) sequence: Option<Sequence>,
    /// Whether the entry's id is in the snapshot's pages. Determined with other books only.
    pub(crate) in_pages: bool,
}

/// The items lack an event that the bank sent under the same incarnation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ItemsBehind;

impl ItemsBehind {
    /// A stable word for the check that failed.
    pub(crate) const REASON: &'static str = "items_behind_the_number";
}

/// Judges an entry against a snapshot.
pub(crate) fn judge(held: &Held<'_>, snapshot: &SnapshotFacts) -> Result<Outcome, ItemsBehind> {
    let booked = held.entry.kind == EntryKind::Booked;
    let sequence = held.entry.subject.as_ref().map(|(_, sequence)| *sequence);
    if sequence.is_none() && !booked {
        return Ok(Outcome::Kept);
    }
    let beyond = |of: Sequence| sequence.is_some_and(|sequence| sequence > of);
    let above =
        |at: Position| at.generation == snapshot.at.generation && at.number > snapshot.at.number;
    if held.at.is_some_and(above) {
        return Ok(match beyond(snapshot.sequence.unwrap_or(Sequence::ZERO)) {
            true => Outcome::Projected,
            false => Outcome::Contained,
        });
    }
    if !snapshot.same_books {
        return Ok(match (booked, snapshot.in_pages) {
            (true, true) => Outcome::Contained,
            (true, false) => Outcome::Withdrawn,
            (false, _) => Outcome::Past,
        });
    }
    match (held.was, snapshot.sequence) {
        (EntryState::Withdrawn, _) => Ok(Outcome::Withdrawn),
        (EntryState::Past, _) | (EntryState::Current, None) => Ok(Outcome::Past),
        // An entry of a page is in the books, whatever has arrived since.
        (EntryState::Current, Some(of)) if held.at.is_some() && beyond(of) => Err(ItemsBehind),
        (EntryState::Current, Some(_)) => Ok(Outcome::Contained),
    }
}
