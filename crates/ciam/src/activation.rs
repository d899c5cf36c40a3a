//! Activation codes for customers.

use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::{Failure, IssueCodeError};
use crate::random::random;
use crate::store::{code, stop};
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
        let code = ActivationCode::from_random(&random()?);
        let mac = self.code_mac(customer, &code).await?;
        let index = self.customer_index(customer);
        let [root, _] = self.inner.vault.roots().await.map_err(Failure::from)?;
        let now = self.now();
        let expires = now.plus_ms(self.inner.settings.code_lifetime_ms);
        let ciam = self.clone();
        let issued = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<bool, Failure> {
                    if stop::is_active(tx, index).await? {
                        return Ok(false);
                    }
                    code::forget(tx, index, now.minus_ms(REMEMBERED_MS)).await?;
                    code::insert(tx, index, mac, expires).await?;
                    let customer = index;
                    ciam.record(tx, &Act::CodeIssued { customer, expires })
                        .await?;
                    Ok(true)
                },
            )
            .await?;
        if !issued {
            return Err(IssueCodeError::CustomerStopped);
        }
        Ok(NewCode {
            code,
            root: envelope::root_fingerprint(&root),
            expires,
        })
    }
}
