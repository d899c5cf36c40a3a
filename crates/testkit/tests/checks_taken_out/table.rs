//! Checks, and how to take them out.

/// A text in a file, and what replaces it in the copy. `taken_out()` in the new text stands for "this check is taken
/// out". Checks that have an edit in common share its text.
pub(crate) type Edit = (&'static str, &'static str, &'static str);

/// A check, what fails without it, and its edits.
pub(crate) type Check = (&'static str, Caught, &'static [Edit]);

/// The checks of one area.
pub(crate) struct Table {
    /// The directory of the files, in the repository.
    pub(crate) directory: &'static str,
    pub(crate) checks: &'static [Check],
}

/// What fails without a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Caught {
    /// A history of a whole bank: that of this seed, or one soon after it.
    Histories(u64),
    /// A test of that crate, in its library (`lib`) or in that integration binary, whose name contains that.
    Tests(&'static str, &'static str, &'static str),
    /// The same, and one of the tests fails because nothing refused what the check refuses: a later check does not stand
    /// in for it.
    Attacks(&'static str, &'static str, &'static str),
}
