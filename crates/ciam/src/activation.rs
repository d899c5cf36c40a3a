//! Activation codes for customers.

use crate::audit_log::Act;
use crate::bank_actor::BankActor;
use crate::ciam::Ciam;
use crate::errors::{Failure, IssueCodeError};
use crate::random::random;
use crate::store::code::{self, MadeBy};
use crate::store::{CustomerIndex, device, erasure, stop};
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

/// A code that is not stored yet.
#[derive(Debug, Clone)]
pub(crate) struct DrawnCode {
    pub(crate) code: NewCode,
    customer: CustomerIndex,
    mac: [u8; 32],
}

impl Ciam {
    /// Issues an activation code for one device of `customer`. Earlier codes stay valid.
    pub async fn issue_code(&self, customer: &CustomerId) -> Result<NewCode, IssueCodeError> {
        let drawn = self.draw_bank_code(customer).await?;
        let by = MadeBy::Bank(BankActor::OPERATOR);
        let stored = self.store_code(drawn, by).await?;
        stored.ok_or(IssueCodeError::CustomerStopped)
    }

    /// A code of the bank's for a customer whom the core bank has.
    pub(crate) async fn draw_bank_code(
        &self,
        customer: &CustomerId,
    ) -> Result<DrawnCode, IssueCodeError> {
        let exists = self.inner.customers.exists(customer).await;
        if !exists.map_err(IssueCodeError::NotAsked)? {
            return Err(IssueCodeError::CustomerUnknown);
        }
        let expires = self.now().plus_ms(self.inner.settings.code_lifetime_ms);
        Ok(self.draw_code(customer, expires).await?)
    }

    /// Makes and stores a code. The former ones of a device that makes one end. `None` if the customer stopped everything, or
    /// that device was revoked.
    pub(crate) async fn new_code(
        &self,
        customer: &CustomerId,
        by: MadeBy,
        expires: Time,
    ) -> Result<Option<NewCode>, Failure> {
        let drawn = self.draw_code(customer, expires).await?;
        self.store_code(drawn, by).await
    }

    async fn draw_code(&self, customer: &CustomerId, expires: Time) -> Result<DrawnCode, Failure> {
        let code = ActivationCode::from_random(&random()?);
        let [root, _] = self.inner.vault.roots().await?;
        Ok(DrawnCode {
            mac: self.code_mac(customer, &code).await?,
            customer: self.customer_index(customer),
            code: NewCode {
                code,
                root: envelope::root_fingerprint(&root),
                expires,
            },
        })
    }

    async fn store_code(&self, drawn: DrawnCode, by: MadeBy) -> Result<Option<NewCode>, Failure> {
        let (ciam, code) = (self.clone(), drawn.code.clone());
        let stored = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<bool, Failure> {
                    ciam.store_code_in(tx, &drawn, &by).await
                },
            )
            .await?;
        Ok(stored.then_some(code))
    }

    /// Whether the code was stored: not if the customer stopped everything, or is still being erased, or the device that makes it
    /// was revoked.
    pub(crate) async fn store_code_in(
        &self,
        tx: &mut Transaction<'_>,
        drawn: &DrawnCode,
        by: &MadeBy,
    ) -> Result<bool, Failure> {
        let (customer, expires) = (drawn.customer, drawn.code.expires);
        if stop::is_active(tx, customer).await? || erasure::is_waiting(tx, customer).await? {
            return Ok(false);
        }
        code::forget(tx, customer, self.now().minus_ms(REMEMBERED_MS)).await?;
        if let MadeBy::Device(device) = by {
            if device::active(tx, *device).await?.is_none() {
                return Ok(false);
            }
            code::delete_made_by(tx, *device).await?;
        }
        code::insert(tx, customer, (drawn.mac, by), expires).await?;
        let act = Act::CodeIssued {
            customer,
            by: by.clone(),
            expires,
        };
        self.record(tx, &act).await?;
        Ok(true)
    }
}
