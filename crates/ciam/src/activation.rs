//! Activation codes for customers.

use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::{Failure, IssueCodeError};
use crate::random::random;
use crate::store::code::{self, MadeBy};
use crate::store::{device, stop};
use database::Transaction;
use envelope::ActivationCode;
use types::{CustomerId, Time};

/// How long an expired code is stored, so that a late device gets the reason for its refusal.
const REMEMBERED_MS: u64 = 30 * 86_400_000;

/// A code for the customer. ciam stores only its HMAC, so the code cannot be shown again.
#[derive(Debug, Clone)]
pub struct NewCode {
    /// The code.
    pub code: ActivationCode,
    /// The fingerprint of the bank's root key, to be printed beside the code and never sent.
    pub root: String,
    /// The expiry time of the code.
    pub expires: Time,
}

impl Ciam {
    /// Issues an activation code for one device of `customer`. Earlier codes stay valid.
    pub async fn issue_code(&self, customer: &CustomerId) -> Result<NewCode, IssueCodeError> {
        let exists = self.inner.customers.exists(customer).await;
        if !exists.map_err(IssueCodeError::NotAsked)? {
            return Err(IssueCodeError::CustomerUnknown);
        }
        let expires = self.now().plus_ms(self.inner.settings.code_lifetime_ms);
        let issued = self.new_code(customer, MadeBy::Operator, expires).await?;
        issued.ok_or(IssueCodeError::CustomerStopped)
    }

    /// Makes and stores a code. The former ones of a device that makes one end. `None` if the customer stopped everything, or
    /// that device was revoked.
    pub(crate) async fn new_code(
        &self,
        customer: &CustomerId,
        by: MadeBy,
        expires: Time,
    ) -> Result<Option<NewCode>, Failure> {
        let code = ActivationCode::from_random(&random()?);
        let mac = self.code_mac(customer, &code).await?;
        let index = self.customer_index(customer);
        let [root, _] = self.inner.vault.roots().await?;
        let (ciam, now) = (self.clone(), self.now());
        let issued = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<bool, Failure> {
                    if stop::is_active(tx, index).await? {
                        return Ok(false);
                    }
                    code::forget(tx, index, now.minus_ms(REMEMBERED_MS)).await?;
                    if let MadeBy::Device(device) = by {
                        if device::active(tx, device).await?.is_none() {
                            return Ok(false);
                        }
                        code::delete_made_by(tx, device).await?;
                    }
                    code::insert(tx, index, (mac, by), expires).await?;
                    let act = Act::CodeIssued {
                        customer: index,
                        by,
                        expires,
                    };
                    ciam.record(tx, &act).await?;
                    Ok(true)
                },
            )
            .await?;
        Ok(issued.then(|| NewCode {
            code,
            root: envelope::root_fingerprint(&root),
            expires,
        }))
    }
}
