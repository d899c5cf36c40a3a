//! An act: who did what to whom.

use std::collections::BTreeMap;
use types::Time;

/// A security-relevant act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When it was done.
    pub time: Time,
    /// Who did it: the name of a service, `operator`, a device id, or `staff:` or `client:` and an id.
    pub actor: String,
    /// What was done, as `thing.done`, for example `device.revoked`.
    pub action: String,
    /// The things it was done to.
    pub subjects: Vec<Subject>,
    /// Further details, by name.
    pub details: BTreeMap<String, String>,
}

/// A thing that an act was done to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The kind of thing: `customer`, `device`, `key`.
    pub kind: String,
    /// Its id.
    pub id: String,
}

impl Subject {
    /// Makes a subject of this `kind` and id.
    pub fn new(kind: &str, id: impl ToString) -> Self {
        Self {
            kind: kind.to_owned(),
            id: id.to_string(),
        }
    }
}

impl Act {
    /// An act by `actor`, without subjects and details.
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

    /// Adds a subject.
    #[must_use]
    pub fn about(mut self, subject: Subject) -> Self {
        self.subjects.push(subject);
        self
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &str, detail: impl ToString) -> Self {
        self.details.insert(name.to_owned(), detail.to_string());
        self
    }
}
