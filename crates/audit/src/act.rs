//! Who did what to whom.

use std::collections::BTreeMap;
use types::Time;

/// Something that was done and must not be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub time: Time,
    /// Who did it: a service, `operator`, or a device.
    pub actor: String,
    /// What was done, as `thing.done`: `device.revoked`.
    pub action: String,
    /// What it was done to.
    pub subjects: Vec<Subject>,
    /// What else is worth knowing, by name.
    pub details: BTreeMap<String, String>,
}

/// Something that an act was done to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// What sort of thing: `customer`, `device`, `key`.
    pub kind: String,
    /// Its id.
    pub id: String,
}

impl Subject {
    /// The `kind` with this id.
    pub fn new(kind: &str, id: impl ToString) -> Self {
        Self {
            kind: kind.to_owned(),
            id: id.to_string(),
        }
    }
}

impl Act {
    /// `actor` did `action`.
    #[must_use]
    pub fn new(time: Time, actor: &str, action: &str) -> Self {
        Self {
            time,
            actor: actor.to_owned(),
            action: action.to_owned(),
            subjects: Vec::new(),
            details: BTreeMap::new(),
        }
    }

    /// And it was done to `subject`.
    #[must_use]
    pub fn about(mut self, subject: Subject) -> Self {
        self.subjects.push(subject);
        self
    }

    /// And this is worth knowing of it.
    #[must_use]
    pub fn with(mut self, name: &str, detail: impl ToString) -> Self {
        self.details.insert(name.to_owned(), detail.to_string());
        self
    }
}
