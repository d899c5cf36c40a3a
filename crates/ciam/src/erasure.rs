//! Erasure of a customer.

use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::openid;
use crate::store;
use crate::store::{
    access_change, call, code, customer, device, passkey, password, refused_login, revocation,
    session, stop,
};
use database::Transaction;
use types::CustomerId;

/// The result of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Whether the customer had any device, present or former, or an activation code.
    pub known: bool,
    /// Devices that this call revoked.
    pub revoked: usize,
}

impl Ciam {
    /// Erases ciam's data about a customer: customer number, codes, passkeys, password, sessions, stop, calls, consents and what clients hold of
    /// them, devices with their keys and statements. Revocations stay: they name a device and a channel by random ids, and prevent tokens that are still
    /// valid from being accepted. Audit records stay, too: they name the customer by a keyed hash.
    ///
    /// Devices that are not revoked yet are revoked in the same transaction. Their rekeys are requested once here, and
    /// then by [`run`](Self::run) until they are numbered. A repeated call erases nothing and says so. Earlier backups
    /// contain the data until they expire.
    pub async fn erase_customer(&self, customer: &CustomerId) -> Result<Erased, Failure> {
        let index = self.customer_index(customer);
        let ciam = self.clone();
        let (erased, revocations) = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let now = ciam.now();
                    let mut revocations = Vec::new();
                    for row in device::current(tx, index).await? {
                        let number = store::next_number(tx, now).await?;
                        let (device, channel) = (row.device, row.channel);
                        revocation::insert(tx, number, (device, channel), (now, false)).await?;
                        let act = Act::DeviceRevoked {
                            device,
                            revocation: number,
                            by: None,
                        };
                        ciam.record(tx, &act).await?;
                        revocations.extend(revocation::find(tx, device).await?);
                    }
                    let codes = code::delete(tx, index).await?;
                    session::end_all(tx, index).await?;
                    openid::end_all(tx, index, now).await?;
                    passkey::delete_all(tx, index).await?;
                    password::delete(tx, index).await?;
                    call::delete(tx, index).await?;
                    access_change::delete_all(tx, index).await?;
                    refused_login::forget_customer(tx, index).await?;
                    stop::forget(tx, index).await?;
                    device::delete(tx, index).await?;
                    let erased = Erased {
                        known: customer::delete(tx, index).await? || codes > 0,
                        revoked: revocations.len(),
                    };
                    if erased.known {
                        let act = Act::CustomerErased { customer: index };
                        ciam.record(tx, &act).await?;
                    }
                    Ok((erased, revocations))
                },
            )
            .await?;
        for revocation in &revocations {
            // A failure has been logged, and is retried.
            let _numbered = self.rekey(revocation).await.is_ok();
        }
        Ok(erased)
    }
}
