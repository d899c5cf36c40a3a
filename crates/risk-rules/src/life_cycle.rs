//! The life of a version of a rule set: draft, tested, active, retired; by whom.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a version is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Somebody wrote it.
    Draft,
    /// A back-test over stored decisions was made of it.
    Tested,
    /// It decides.
    Active,
    /// It decided before. It may again.
    Retired,
}

impl Stage {
    /// All stages.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Tested, Self::Active, Self::Retired];

    /// The word as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Tested => "tested",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

/// Who did what with a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifeCycle {
    /// Where it is.
    pub stage: Stage,
    /// Who wrote it.
    pub author: String,
    /// Who had it tested.
    pub tested_by: Option<String>,
    /// Who activated it.
    pub activated_by: Option<String>,
}

/// Why a step is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LifeCycleError {
    /// The version is not tested.
    #[error("the version must be tested before it decides")]
    NotTested,
    /// The version decides already.
    #[error("the version is active")]
    IsActive,
    /// The version never decided, so there is nothing to return to.
    #[error("the version never decided: it can be activated, but not rolled back to")]
    NeverActive,
    /// The author may not do it.
    #[error("another person than the author must do it")]
    SamePerson,
    /// A person has no name.
    #[error("a person's name is 1 to 100 characters of one line")]
    NoName,
}

/// Maximum characters of a name.
const NAME_CHARS_MAX: usize = 100;

fn check_name(person: &str) -> Result<(), LifeCycleError> {
    let length = person.chars().count();
    let is_name = (1..=NAME_CHARS_MAX).contains(&length)
        && !person.contains(char::is_control)
        && person.trim() == person;
    is_name.then_some(()).ok_or(LifeCycleError::NoName)
}

/// Names of one person in other letters are still one person's.
fn is_same(person: &str, other: &str) -> bool {
    let folded = |name: &str| name.to_lowercase();
    folded(person) == folded(other)
}

impl LifeCycle {
    /// A draft of that person.
    pub fn draft(author: &str) -> Result<Self, LifeCycleError> {
        check_name(author)?;
        Ok(Self {
            stage: Stage::Draft,
            author: author.to_owned(),
            tested_by: None,
            activated_by: None,
        })
    }

    /// The author or anybody has tested it. A version that decides or decided stays what it is.
    pub fn tested(self, person: &str) -> Result<Self, LifeCycleError> {
        check_name(person)?;
        Ok(match self.stage {
            Stage::Draft | Stage::Tested => Self {
                stage: Stage::Tested,
                tested_by: Some(person.to_owned()),
                ..self
            },
            Stage::Active | Stage::Retired => self,
        })
    }

    /// Another person than the author has it decide from now on.
    pub fn activated(self, person: &str) -> Result<Self, LifeCycleError> {
        match self.stage {
            Stage::Draft => Err(LifeCycleError::NotTested),
            Stage::Active => Err(LifeCycleError::IsActive),
            Stage::Tested | Stage::Retired => self.decides_by(person),
        }
    }

    /// Another person than the author has it decide again, which it did before.
    pub fn rolled_back_to(self, person: &str) -> Result<Self, LifeCycleError> {
        match self.stage {
            Stage::Draft | Stage::Tested => Err(LifeCycleError::NeverActive),
            Stage::Active => Err(LifeCycleError::IsActive),
            Stage::Retired => self.decides_by(person),
        }
    }

    /// Another version decides from now on.
    #[must_use]
    pub fn retired(self) -> Self {
        Self {
            stage: Stage::Retired,
            ..self
        }
    }

    fn decides_by(self, person: &str) -> Result<Self, LifeCycleError> {
        check_name(person)?;
        if is_same(&self.author, person) {
            return Err(LifeCycleError::SamePerson);
        }
        Ok(Self {
            stage: Stage::Active,
            activated_by: Some(person.to_owned()),
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_eyes_take_a_draft_to_where_it_decides() {
        let draft = LifeCycle::draft("Ann").unwrap();
        assert_eq!(
            draft.clone().activated("Ben"),
            Err(LifeCycleError::NotTested)
        );
        assert_eq!(
            draft.clone().rolled_back_to("Ben"),
            Err(LifeCycleError::NeverActive)
        );
        let tested = draft.tested("Ann").unwrap();
        assert_eq!(tested.stage, Stage::Tested);
        assert_eq!(
            tested.clone().activated("Ann"),
            Err(LifeCycleError::SamePerson)
        );
        assert_eq!(
            tested.clone().activated("ANN"),
            Err(LifeCycleError::SamePerson)
        );
        assert_eq!(
            tested.clone().rolled_back_to("Ben"),
            Err(LifeCycleError::NeverActive)
        );
        let active = tested.activated("Ben").unwrap();
        assert_eq!(active.stage, Stage::Active);
        assert_eq!(
            active.clone().activated("Ben"),
            Err(LifeCycleError::IsActive)
        );
        assert_eq!(active.clone().tested("Cid").unwrap(), active);
        let retired = active.retired();
        assert_eq!(
            retired.clone().rolled_back_to("Ann"),
            Err(LifeCycleError::SamePerson)
        );
        let again = retired.rolled_back_to("Cid").unwrap();
        assert_eq!(again.stage, Stage::Active);
        assert_eq!(again.activated_by.as_deref(), Some("Cid"));
    }

    #[test]
    fn people_have_names() {
        for name in ["", " ", " Ann", "Ann\n", &"x".repeat(101)] {
            assert_eq!(LifeCycle::draft(name), Err(LifeCycleError::NoName));
        }
    }
}
