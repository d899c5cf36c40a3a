//! What a request makes of a brake.

use crate::store::brake::{BrakeRow, Loosening};
use types::Time;

/// What a request makes of a brake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It is as it was asked for, or loosens already as was asked for.
    Nothing,
    /// It is this tight from now on, in minor units.
    Set(i64),
    /// It loosens later.
    Loosens(Loosening),
    /// It does not loosen any more.
    Kept,
}

impl Change {
    /// What `wanted`, in minor units, makes of a brake that is in force; `None` for no brake.
    pub(super) fn of(
        known: Option<&BrakeRow>,
        wanted: Option<i64>,
        (cooling_off_ms, now): (u64, Time),
    ) -> Self {
        let in_force = known.map(|brake| brake.minor_units);
        let loosening = known.and_then(|brake| brake.loosening);
        let looseness = |minor_units: Option<i64>| minor_units.unwrap_or(i64::MAX);
        if looseness(wanted) > looseness(in_force) {
            if loosening.is_some_and(|loosening| loosening.minor_units == wanted) {
                return Self::Nothing;
            }
            return Self::Loosens(Loosening {
                at: now.plus_ms(cooling_off_ms),
                minor_units: wanted,
            });
        }
        match wanted {
            Some(minor_units) if wanted != in_force => Self::Set(minor_units),
            _ if loosening.is_some() => Self::Kept,
            _ => Self::Nothing,
        }
    }

    /// The limit that it sets, now or later, in minor units.
    pub(super) const fn limit(self) -> Option<i64> {
        match self {
            Self::Set(minor_units) => Some(minor_units),
            Self::Loosens(loosening) => loosening.minor_units,
            Self::Nothing | Self::Kept => None,
        }
    }

    /// The brake after it. `new` is one that begins now.
    pub(super) fn applied(self, known: Option<&BrakeRow>, new: BrakeRow) -> BrakeRow {
        let known = known.cloned();
        let loosening = match self {
            Self::Set(minor_units) => return BrakeRow { minor_units, ..new },
            Self::Loosens(loosening) => Some(loosening),
            Self::Nothing | Self::Kept => None,
        };
        BrakeRow {
            loosening,
            ..known.unwrap_or(new)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_ms(1_000);
    const COOLING_OFF_MS: u64 = 500;

    fn brake(minor_units: i64, then: Option<Option<i64>>) -> BrakeRow {
        BrakeRow {
            customer: [1; 32],
            brake: [2; 32],
            sealed: Vec::new(),
            minor_units,
            since: Time::from_ms(7),
            loosening: then.map(|minor_units| Loosening {
                at: Time::from_ms(1_200),
                minor_units,
            }),
        }
    }

    #[test]
    fn tightening_is_at_once_and_loosening_waits() {
        let check = |known: Option<&BrakeRow>, wanted, expected: Change| {
            let change = Change::of(known, wanted, (COOLING_OFF_MS, NOW));
            assert_eq!(change, expected, "{known:?} {wanted:?}");
        };
        let loosens = |minor_units| {
            Change::Loosens(Loosening {
                at: Time::from_ms(1_500),
                minor_units,
            })
        };
        let (plain, raised, ending) = (
            brake(100, None),
            brake(100, Some(Some(200))),
            brake(100, Some(None)),
        );
        check(None, None, Change::Nothing);
        check(None, Some(100), Change::Set(100));
        check(None, Some(0), Change::Set(0));
        check(Some(&plain), Some(100), Change::Nothing);
        check(Some(&plain), Some(99), Change::Set(99));
        check(Some(&plain), Some(101), loosens(Some(101)));
        check(Some(&plain), None, loosens(None));
        // A repetition does not begin the time anew; anything else does.
        check(Some(&raised), Some(200), Change::Nothing);
        check(Some(&ending), None, Change::Nothing);
        check(Some(&raised), Some(201), loosens(Some(201)));
        check(Some(&raised), Some(150), loosens(Some(150)));
        check(Some(&raised), None, loosens(None));
        check(Some(&ending), Some(200), loosens(Some(200)));
        check(Some(&raised), Some(100), Change::Kept);
        check(Some(&ending), Some(100), Change::Kept);
        check(Some(&raised), Some(50), Change::Set(50));
    }

    #[test]
    fn what_tightens_ends_a_loosening_and_what_loosens_changes_nothing_yet() {
        let known = brake(100, Some(None));
        let new = BrakeRow {
            since: NOW,
            ..brake(0, None)
        };
        let applied = |change: Change| change.applied(Some(&known), new.clone());
        let tightened = BrakeRow {
            minor_units: 50,
            ..new.clone()
        };
        assert_eq!(applied(Change::Set(50)), tightened);
        assert_eq!(applied(Change::Kept), brake(100, None));
        let loosening = Loosening {
            at: Time::from_ms(1_200),
            minor_units: Some(300),
        };
        let loosened = brake(100, Some(Some(300)));
        assert_eq!(applied(Change::Loosens(loosening)), loosened);
        assert_eq!(Change::Set(0).applied(None, new.clone()), new);
    }
}
