//! A customer is erased.

use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store;
use crate::store::{code, customer, device, revocation};
use database::Transaction;
use types::CustomerId;

/// What was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Whether there was anything of this customer: a device, now or once, or an activation code.
    pub known: bool,
    /// Devices that were not revoked before, and are now.
    pub revoked: usize,
}

impl Ciam {
    /// Erases what ciam knows of a customer: the customer number, devices with their keys and statements, codes. What
    /// stays are revocations, which name a device and a channel by random ids and keep tokens that are still good from
    /// being served, and audit records, which name the customer by a keyed hash.
    ///
    /// Devices that are not revoked yet are revoked in the same transaction; their rekeys are asked for once, and then by
    /// [`run`](Self::run) until they are numbered. Asked again it erases nothing, and answers so. The backups that were
    /// made before hold what was erased until they expire.
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
                        revocation::insert(tx, number, (device, channel), now).await?;
                        let act = Act::DeviceRevoked {
                            device,
                            revocation: number,
                        };
                        ciam.record(tx, &act).await?;
                        revocations.extend(revocation::find(tx, device).await?);
                    }
                    let codes = code::delete(tx, index).await?;
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
            // Where it fails it was said, and is tried on.
            let _numbered = self.rekey(revocation).await.is_ok();
        }
        Ok(erased)
    }
}
