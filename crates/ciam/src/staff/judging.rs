//! What the bank's policies say.

use super::errors::StaffError;
use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::staff::{self, StaffRow};
use crate::store::{CustomerIndex, customer, device};
use database::{DatabaseError, Transaction};
use protocol::http::StaffAct;
use types::{CustomerId, Eyes, StaffAction, StaffQuestion, StaffSubject};

/// How a member may do an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    Alone,
    WithSecond,
    Forbidden,
}

impl Ciam {
    /// How a member may do an act now.
    pub(super) async fn judge_act(
        &self,
        tx: &mut Transaction<'_>,
        member: &StaffRow,
        act: &StaffAct,
    ) -> Result<Judged, DatabaseError> {
        for (eyes, judged) in [
            (Eyes::Alone, Judged::Alone),
            (Eyes::Proposing, Judged::WithSecond),
        ] {
            if self.may_act(tx, member, act, eyes).await? {
                return Ok(judged);
            }
        }
        Ok(Judged::Forbidden)
    }

    pub(super) async fn may_act(
        &self,
        tx: &mut Transaction<'_>,
        member: &StaffRow,
        act: &StaffAct,
        eyes: Eyes,
    ) -> Result<bool, DatabaseError> {
        let (subject, action) = (self.subject_of(tx, act).await?, act.action());
        let has_second = match subject {
            StaffSubject::Bank => {
                let others = staff::all(tx).await?;
                others.iter().any(|other| {
                    let is_other = other.staff != member.staff && other.was_active;
                    is_other && self.permits(other, (action, &subject), Eyes::Approving, true)
                })
            }
            StaffSubject::Customer { .. } | StaffSubject::Device(_) => true,
        };
        Ok(self.permits(member, (action, &subject), eyes, has_second))
    }

    /// Whether a member may look at a customer or the staff.
    pub(super) async fn may_look(
        &self,
        tx: &mut Transaction<'_>,
        member: &StaffRow,
        action: StaffAction,
        customer: Option<&CustomerId>,
    ) -> Result<bool, DatabaseError> {
        let subject = match customer {
            Some(customer) => self.subject_customer(tx, customer).await?,
            None => StaffSubject::Bank,
        };
        Ok(self.permits(member, (action, &subject), Eyes::Alone, true))
    }

    fn permits(
        &self,
        member: &StaffRow,
        (action, subject): (StaffAction, &StaffSubject),
        eyes: Eyes,
        has_second: bool,
    ) -> bool {
        self.inner.staff_policy.permits(&StaffQuestion {
            staff: member.staff,
            roles: &member.roles,
            action,
            subject,
            eyes,
            has_second,
        })
    }

    async fn subject_of(
        &self,
        tx: &mut Transaction<'_>,
        act: &StaffAct,
    ) -> Result<StaffSubject, DatabaseError> {
        match (act.customer(), act) {
            (Some(customer), _) => self.subject_customer(tx, customer).await,
            (None, StaffAct::Revoke { device }) => Ok(StaffSubject::Device(*device)),
            (None, _) => Ok(StaffSubject::Bank),
        }
    }

    async fn subject_customer(
        &self,
        tx: &mut Transaction<'_>,
        customer: &CustomerId,
    ) -> Result<StaffSubject, DatabaseError> {
        Ok(StaffSubject::Customer {
            customer: customer.clone(),
            was_enrolled: customer::is_known(tx, self.customer_index(customer)).await?,
        })
    }

    /// Whom an act is about, for the records. `None` for one that is about the staff, or a device that ciam does not know.
    pub(super) async fn customer_of(
        &self,
        tx: &mut Transaction<'_>,
        act: &StaffAct,
    ) -> Result<Option<CustomerIndex>, DatabaseError> {
        match act {
            StaffAct::Revoke { device } => {
                Ok(device::find(tx, *device).await?.map(|row| row.customer))
            }
            act => Ok(act.customer().map(|customer| self.customer_index(customer))),
        }
    }

    /// Records that the policies forbid a member something.
    pub(super) async fn forbidden(
        &self,
        tx: &mut Transaction<'_>,
        (member, action): (&StaffRow, StaffAction),
        customer: Option<CustomerIndex>,
    ) -> Result<StaffError, Failure> {
        let act = Act::StaffForbidden {
            staff: member.staff,
            action,
            customer,
        };
        self.record(tx, &act).await?;
        Ok(StaffError::Forbidden)
    }
}
