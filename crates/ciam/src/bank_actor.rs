//! Who acts for the bank.

use types::{DeviceId, StaffId, Time};

/// Somebody who acts for the bank: the operator, or somebody of the staff, perhaps with a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BankActor {
    /// `None`: the operator.
    pub(crate) staff: Option<StaffId>,
    pub(crate) reason: Option<String>,
    /// Who approved what `staff` proposed.
    pub(crate) approved_by: Option<StaffId>,
}

/// Who revoked a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RevokedBy {
    Bank(BankActor),
    /// A device of the customer.
    Device(DeviceId),
}

/// A member's name as an actor, which no device, service or client can have.
pub(crate) fn staff_actor(staff: StaffId) -> String {
    format!("staff:{staff}")
}

impl BankActor {
    pub(crate) const OPERATOR: Self = Self {
        staff: None,
        reason: None,
        approved_by: None,
    };

    pub(crate) fn operator_because(reason: &str) -> Self {
        Self {
            reason: Some(reason.to_owned()),
            ..Self::OPERATOR
        }
    }

    /// The beginning of the audit record of what it does.
    pub(crate) fn act(&self, now: Time, action: &str) -> audit::Act {
        let actor = self
            .staff
            .map_or_else(|| "operator".to_owned(), staff_actor);
        let mut act = audit::Act::new(now, &actor, action);
        if let Some(reason) = &self.reason {
            act = act.with("reason", reason);
        }
        match self.approved_by {
            Some(approver) => act.with("approved_by", staff_actor(approver)),
            None => act,
        }
    }
}
