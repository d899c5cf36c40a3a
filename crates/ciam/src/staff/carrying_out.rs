//! What an act does: all of it in one transaction, and then what other services have to do.

use super::activation::{DrawnStaffCode, check_name};
use super::errors::StaffError;
use crate::activation::DrawnCode;
use crate::audit_log::Act;
use crate::bank_actor::{BankActor, RevokedBy};
use crate::ciam::Ciam;
use crate::errors::{Failure, IssueCodeError, ResumeError};
use crate::ports::PortError;
use crate::random::random;
use crate::stopping::FollowStopError;
use crate::store::code::MadeBy;
use crate::store::staff::{self, StaffRow};
use crate::store::{revocation, stop};
use database::Transaction;
use protocol::http::{
    ActOutcome, BankCall, CallEnded, CustomerResumed, Erased, EverythingStopped, IssuedCode,
    LoginsUnlocked, Revoked, StaffAct,
};
use types::{ChannelId, CustomerId, StaffId, StaffRole};

/// What an act needs that its transaction cannot ask for.
#[derive(Clone)]
pub(super) enum Prepared {
    Nothing,
    Code(DrawnCode),
    Channel(ChannelId),
    Call(BankCall),
    /// A new member's id, and a code.
    Member(StaffId, DrawnStaffCode),
}

impl Ciam {
    /// Asks for what the act needs, and checks what it says.
    pub(super) async fn prepare(&self, act: &StaffAct) -> Result<Prepared, StaffError> {
        Ok(match act {
            StaffAct::IssueCode { customer } => {
                Prepared::Code(self.draw_bank_code(customer).await?)
            }
            StaffAct::Resume { customer } => {
                self.prepare_resumption(customer).await?;
                Prepared::Nothing
            }
            StaffAct::RevokeAll { customer } => {
                self.check_exists(customer).await?;
                Prepared::Nothing
            }
            StaffAct::RaiseLimit {
                customer,
                day,
                until,
            } => {
                self.check_exists(customer).await?;
                let banks = self.inner.orders.day_limit().await;
                let banks = banks.map_err(ResumeError::NotTold)?;
                let checked = self.check_raised((*day, *until), banks);
                checked.map_err(StaffError::Malformed)?;
                Prepared::Nothing
            }
            StaffAct::Revoke { device } => {
                Prepared::Channel(self.channel_of_device(*device).await?)
            }
            StaffAct::AnnounceCall { desk, minutes, .. } => {
                Prepared::Call(self.call_of(desk, *minutes)?)
            }
            StaffAct::AddStaff { name, roles } => {
                check_name(name)?;
                check_roles(roles)?;
                Prepared::Member(StaffId::new(random()?), self.draw_staff_code().await?)
            }
            StaffAct::SetRoles { roles, .. } => {
                check_roles(roles)?;
                Prepared::Nothing
            }
            StaffAct::ReissueStaff { staff } => {
                Prepared::Member(*staff, self.draw_staff_code().await?)
            }
            StaffAct::Unlock { .. }
            | StaffAct::Erase { .. }
            | StaffAct::EndCall { .. }
            | StaffAct::DisableStaff { .. } => Prepared::Nothing,
        })
    }

    async fn check_exists(&self, customer: &CustomerId) -> Result<(), ResumeError> {
        let exists = self.inner.customers.exists(customer).await;
        match exists.map_err(ResumeError::NotAsked)? {
            true => Ok(()),
            false => Err(ResumeError::CustomerUnknown),
        }
    }

    /// What was accepted before the stop has to end before the customer may order again.
    async fn prepare_resumption(&self, customer: &CustomerId) -> Result<(), ResumeError> {
        self.check_exists(customer).await?;
        let index = self.customer_index(customer);
        let stop = self
            .inner
            .database
            .read(async move |tx: &mut Transaction<'_>| stop::find(tx, index).await)
            .await;
        let stop = stop.map_err(Failure::from)?;
        if let Some(untold) = stop.filter(|stop| stop.stopped && !stop.told) {
            self.tell_stop(&untold).await?;
        }
        Ok(())
    }

    /// Refuses an act on a member of the staff who does not exist, or who has to stay. `by` is who asks for it.
    pub(super) async fn check_target(
        &self,
        tx: &mut Transaction<'_>,
        act: &StaffAct,
        by: StaffId,
    ) -> Result<(), StaffError> {
        let (target, stays) = match act {
            StaffAct::SetRoles { staff, roles } => {
                (*staff, roles.contains(&StaffRole::Administrator))
            }
            StaffAct::DisableStaff { staff } | StaffAct::ReissueStaff { staff } => (*staff, false),
            _ => return Ok(()),
        };
        let members = staff::all(tx).await?;
        let is_target = |row: &&StaffRow| row.staff == target && row.disabled.is_none();
        let member = members.iter().find(is_target);
        let member = member.ok_or(StaffError::StaffUnknown)?;
        if matches!(act, StaffAct::ReissueStaff { .. }) && target == by {
            // The code is for who proposes it, whose session ends with the passkey.
            let wrong = "somebody else has to propose a new code for a member";
            return Err(StaffError::Malformed(wrong));
        }
        let counts = |row: &&StaffRow| row.is_active() && row.is_administrator();
        let others = members.iter().filter(|row| row.staff != target);
        let was_last = counts(&member) && others.filter(counts).count() == 0;
        if was_last && !stays {
            return Err(StaffError::LastAdministrator);
        }
        Ok(())
    }

    /// Does the act, in the caller's transaction.
    pub(super) async fn carry_out(
        &self,
        tx: &mut Transaction<'_>,
        (act, prepared): (&StaffAct, &Prepared),
        by: &BankActor,
    ) -> Result<ActOutcome, StaffError> {
        if let Some(staff) = by.staff {
            self.check_target(tx, act, staff).await?;
        }
        let index = |customer: &CustomerId| self.customer_index(customer);
        Ok(match (act, prepared) {
            (StaffAct::IssueCode { customer }, Prepared::Code(drawn)) => {
                let made_by = MadeBy::Bank(by.clone());
                if !self.store_code_in(tx, drawn, &made_by).await? {
                    return Err(IssueCodeError::CustomerStopped.into());
                }
                ActOutcome::Code(IssuedCode {
                    customer: customer.clone(),
                    code: drawn.code.code.expose().to_owned(),
                    root: drawn.code.root.clone(),
                    expires: drawn.code.expires,
                })
            }
            (StaffAct::Unlock { customer }, _) => {
                let forgotten = self.unlock_in(tx, index(customer), by).await?;
                ActOutcome::Unlocked(LoginsUnlocked { forgotten })
            }
            (StaffAct::Resume { customer }, _) => {
                match self.end_stop_in(tx, customer, by).await? {
                    Ok((was_stopped, _)) => ActOutcome::Resumed(CustomerResumed { was_stopped }),
                    Err(_) => {
                        // The customer stopped everything anew meanwhile.
                        let cause = "the customer's newest stop is not done yet";
                        let cause = PortError::new("gateway", cause);
                        return Err(ResumeError::NotTold(cause).into());
                    }
                }
            }
            (StaffAct::Revoke { device }, Prepared::Channel(channel)) => {
                let revoked_by = RevokedBy::Bank(by.clone());
                let row = self.revoke_in(tx, (*device, *channel), revoked_by).await?;
                ActOutcome::Revoked(Revoked {
                    device: *device,
                    revocation: row.number,
                })
            }
            (StaffAct::RevokeAll { customer }, _) => {
                let stop = self.revoke_all_in(tx, customer, by).await?;
                ActOutcome::Stopped(EverythingStopped {
                    stopped: stop.changed,
                    devices: stop.devices,
                    orders: None,
                })
            }
            (
                StaffAct::RaiseLimit {
                    customer,
                    day,
                    until,
                },
                _,
            ) => {
                let (day, until) = (*day, *until);
                self.raise_in(tx, (customer, day, until), by).await?;
                ActOutcome::LimitRaised { day, until }
            }
            (StaffAct::Erase { customer }, _) => {
                let erased = self.erase_in(tx, customer, by).await?;
                ActOutcome::Erased(Erased {
                    known: erased.known,
                    channel: erased.channel,
                })
            }
            (StaffAct::AnnounceCall { customer, .. }, Prepared::Call(call)) => {
                self.announce_in(tx, (index(customer), call), by).await?;
                ActOutcome::CallAnnounced(call.clone())
            }
            (StaffAct::EndCall { customer }, _) => {
                let was_announced = self.end_call_in(tx, index(customer), by).await?;
                ActOutcome::CallEnded(CallEnded { was_announced })
            }
            (StaffAct::AddStaff { name, roles }, Prepared::Member(staff, code)) => {
                let name = self.seal_staff_name(name)?;
                self.add_member(tx, (*staff, &name, roles), code, by)
                    .await?;
                ActOutcome::StaffCode(code.of(*staff))
            }
            (StaffAct::ReissueStaff { staff }, Prepared::Member(_, code)) => {
                staff::reissue(tx, *staff, (code.mac, code.expires)).await?;
                self.record_of_staff(tx, (*staff, "reissued"), None, by)
                    .await?;
                ActOutcome::StaffCode(code.of(*staff))
            }
            (StaffAct::SetRoles { staff, roles }, _) => {
                staff::set_roles(tx, *staff, roles).await?;
                self.record_of_staff(tx, (*staff, "roles_set"), Some(roles), by)
                    .await?;
                ActOutcome::StaffChanged { staff: *staff }
            }
            (StaffAct::DisableStaff { staff }, _) => {
                staff::disable(tx, *staff, self.now()).await?;
                self.record_of_staff(tx, (*staff, "disabled"), None, by)
                    .await?;
                ActOutcome::StaffChanged { staff: *staff }
            }
            (
                StaffAct::IssueCode { .. }
                | StaffAct::Revoke { .. }
                | StaffAct::AnnounceCall { .. }
                | StaffAct::AddStaff { .. }
                | StaffAct::ReissueStaff { .. },
                _,
            ) => unreachable!("each act is prepared before it is done"),
        })
    }

    async fn record_of_staff(
        &self,
        tx: &mut Transaction<'_>,
        (staff, what): (StaffId, &'static str),
        roles: Option<&Vec<StaffRole>>,
        by: &BankActor,
    ) -> Result<(), StaffError> {
        let act = Act::StaffChanged {
            staff,
            what,
            roles: roles.cloned(),
            by: by.clone(),
        };
        Ok(self.record(tx, &act).await?)
    }

    /// Has other services do what follows an act that is committed. After an error it is retried, whoever waits.
    pub(super) async fn follow(&self, act: &StaffAct) -> Result<(), StaffError> {
        match act {
            StaffAct::Revoke { device } => {
                let device = *device;
                let row = self
                    .inner
                    .database
                    .read(
                        async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                            Ok(revocation::find(tx, device).await?)
                        },
                    )
                    .await?;
                if let Some(row) = row {
                    self.rekey(&row).await?;
                }
            }
            StaffAct::Resume { customer } => {
                let index = self.customer_index(customer);
                let row = self
                    .inner
                    .database
                    .read(
                        async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                            Ok(stop::find(tx, index).await?)
                        },
                    )
                    .await?;
                if let Some(row) = row {
                    self.tell_stop(&row).await.map_err(ResumeError::from)?;
                }
            }
            StaffAct::RevokeAll { customer } => {
                let followed = self.follow_revoke_all(customer).await;
                followed.map_err(|error| match error {
                    FollowStopError::NotTold(error) => ResumeError::from(error).into(),
                    FollowStopError::NotRekeyed(error) => StaffError::from(error),
                    FollowStopError::Failed(failure) => failure.into(),
                })?;
            }
            StaffAct::RaiseLimit { customer, .. } => {
                let told = self.tell_raised_of(customer).await;
                told.map_err(ResumeError::from)?;
            }
            StaffAct::Erase { customer } => {
                self.finish_erasure(customer).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn check_roles(roles: &[StaffRole]) -> Result<(), StaffError> {
    let mut sorted = roles.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if roles.is_empty() || sorted.len() != roles.len() {
        return Err(StaffError::Malformed(
            "at least one role is needed, each once",
        ));
    }
    Ok(())
}
