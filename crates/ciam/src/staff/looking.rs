//! Looks at customers. Each one is recorded with its reason, whatever it finds.

use super::errors::StaffError;
use super::session::Caller;
use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::store::{
    CustomerIndex, customer, device, passkey, password, refused_login, session, stop,
};
use audit::{Record, Subject};
use database::{Transaction, audit_chain};
use protocol::http::{AuditRow, AuditTrail, CustomerSeen, DeviceSeen, PasskeySeen, SessionSeen};
use std::collections::BTreeSet;
use types::{CustomerId, StaffAction, base64url};

/// Records that one request reads. It says where the next one goes on.
const RECORDS_READ: u64 = 20_000;

/// Maximum devices of a customer, revoked ones included, that are looked at.
const DEVICES_READ: u32 = 1_000;

/// Maximum records in one answer.
const RECORDS_SHOWN: usize = 1_000;

impl Ciam {
    /// What ciam knows of a customer, for a member who says why they look.
    pub(crate) async fn look(
        &self,
        caller: Caller,
        customer: &CustomerId,
        reason: &str,
    ) -> Result<CustomerSeen, StaffError> {
        self.record_look(caller, (StaffAction::Look, customer, reason))
            .await?;
        let (ciam, customer) = (self.clone(), customer.clone());
        self.inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let index = ciam.customer_index(&customer);
                    if !customer::is_known(tx, index).await? {
                        return Err(StaffError::CustomerUnknown);
                    }
                    ciam.seen(tx, customer.clone(), index).await
                },
            )
            .await
    }

    async fn seen(
        &self,
        tx: &mut Transaction<'_>,
        customer: CustomerId,
        index: CustomerIndex,
    ) -> Result<CustomerSeen, StaffError> {
        let now = self.now();
        let (refused_logins, locked_until) = refused_login::of_customer(tx, index).await?;
        let stop = stop::find(tx, index).await?.filter(|stop| stop.stopped);
        let devices = device::of_customer(tx, index, 0, DEVICES_READ)
            .await?
            .into_iter();
        let devices = devices.map(|row| DeviceSeen {
            device: row.device,
            form: row.form.to_string(),
            enrolled: row.enrolled,
            revoked: row.revocation.is_some(),
        });
        let passkeys = passkey::of_customer(tx, index).await?.into_iter();
        let passkeys = passkeys.map(|row| PasskeySeen {
            passkey: row.passkey,
            device: row.device,
            registered: row.registered,
            used: row.used,
        });
        let sessions = session::of_customer(tx, index).await?.into_iter();
        let sessions = sessions.filter(|row| row.expires > now);
        let sessions = sessions.map(|row| SessionSeen {
            session: row.session,
            device: row.device,
            began: row.began,
            expires: row.expires,
        });
        Ok(CustomerSeen {
            customer,
            stopped: stop.map(|stop| stop.changed),
            locked_until: locked_until.filter(|until| *until > now),
            refused_logins,
            has_password: password::find(tx, index).await?.is_some(),
            devices: devices.collect(),
            passkeys: passkeys.collect(),
            sessions: sessions.collect(),
        })
    }

    /// The audit records about a customer and their devices that come before a number.
    pub(crate) async fn audit_trail(
        &self,
        caller: Caller,
        customer: &CustomerId,
        (reason, before): (&str, Option<u64>),
    ) -> Result<AuditTrail, StaffError> {
        self.record_look(caller, (StaffAction::ReadAudit, customer, reason))
            .await?;
        let (ciam, index) = (self.clone(), self.customer_index(customer));
        self.inner
            .database
            .read(async move |tx: &mut Transaction<'_>| ciam.trail(tx, index, before).await)
            .await
    }

    async fn trail(
        &self,
        tx: &mut Transaction<'_>,
        customer: CustomerIndex,
        before: Option<u64>,
    ) -> Result<AuditTrail, StaffError> {
        let devices = device::of_customer(tx, customer, 0, DEVICES_READ).await?;
        let devices: BTreeSet<_> = devices.iter().map(|row| row.device.to_string()).collect();
        let customer = base64url::encode(&customer);
        let is_of_customer = |subject: &Subject| match subject.kind.as_str() {
            "customer" => subject.id == customer,
            "device" => devices.contains(&subject.id),
            _ => false,
        };
        let read = audit_chain::before(tx, before, RECORDS_READ).await?;
        let mut next = read
            .last()
            .map(|(number, _)| *number)
            .filter(|number| *number > 1);
        let mut records = Vec::new();
        for (number, bytes) in read {
            let Ok(Record { act, .. }) = Record::parse(&bytes) else {
                continue;
            };
            let is_about = devices.contains(&act.actor) || act.subjects.iter().any(is_of_customer);
            if !is_about {
                continue;
            }
            records.push(AuditRow {
                number,
                time: act.time,
                actor: act.actor,
                action: act.action,
                details: act.details,
            });
            if records.len() == RECORDS_SHOWN {
                next = Some(number).filter(|number| *number > 1);
                break;
            }
        }
        Ok(AuditTrail {
            records,
            before: next,
        })
    }

    /// Records a look, or that it is forbidden.
    async fn record_look(
        &self,
        caller: Caller,
        (action, customer, reason): (StaffAction, &CustomerId, &str),
    ) -> Result<(), StaffError> {
        let (ciam, customer, reason) = (self.clone(), customer.clone(), reason.to_owned());
        let refused = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, StaffError> {
                    let member = ciam.on_duty(tx, caller).await?;
                    let index = ciam.customer_index(&customer);
                    if !ciam.may_look(tx, &member, action, Some(&customer)).await? {
                        let refused = ciam.forbidden(tx, (&member, action), Some(index));
                        return Ok(Some(refused.await?));
                    }
                    let act = Act::CustomerLookedAt {
                        staff: member.staff,
                        action,
                        customer: index,
                        reason: reason.clone(),
                    };
                    ciam.record(tx, &act).await?;
                    Ok(None)
                },
            )
            .await?;
        refused.map_or(Ok(()), Err)
    }
}
