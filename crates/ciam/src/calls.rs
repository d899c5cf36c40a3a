//! Whether the bank is calling: somebody of the bank announces a call, and the customer's devices tell it from a stranger's.

use crate::audit_log::Act;
use crate::bank_actor::BankActor;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::{CustomerIndex, call, customer, device};
use database::{DatabaseError, Transaction};
use protocol::http::{AnnounceCall, BankCall};
use thiserror::Error;
use types::{CustomerId, DeviceId, ErrorCode, text};

const MINUTE_MS: u64 = 60_000;
const MINUTES_MAX: u32 = 60;
const DESK_CHARACTERS_MAX: usize = 64;

/// Why a call was not announced, not ended, or not shown.
#[derive(Debug, Error)]
pub enum CallError {
    /// The name of the desk, or the time.
    #[error("{0}")]
    Malformed(&'static str),
    /// No device of the customer was ever enrolled, so nobody could see the call.
    #[error("the customer has no device that could show the call")]
    CustomerUnknown,
    /// The device was revoked.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl CallError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed(_) => ErrorCode::Malformed,
            Self::CustomerUnknown => ErrorCode::CustomerUnknown,
            Self::DeviceRevoked => ErrorCode::DeviceRevoked,
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl From<DatabaseError> for CallError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

impl Ciam {
    /// Announces a call of the bank to a customer, in place of an earlier one.
    pub async fn announce_call(&self, request: AnnounceCall) -> Result<BankCall, CallError> {
        let AnnounceCall {
            customer,
            desk,
            minutes,
        } = request;
        let call = self.call_of(&desk, minutes)?;
        let index = self.customer_index(&customer);
        let (ciam, announced) = (self.clone(), call.clone());
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), CallError> {
                    let by = BankActor::OPERATOR;
                    ciam.announce_in(tx, (index, &announced), &by).await
                },
            )
            .await?;
        Ok(call)
    }

    /// The call that begins now.
    pub(crate) fn call_of(&self, desk: &str, minutes: u32) -> Result<BankCall, CallError> {
        let characters = desk.chars().count();
        if !(1..=DESK_CHARACTERS_MAX).contains(&characters) || text::check(desk).is_err() {
            let wrong = "a desk has 1 to 64 characters that are what they look like";
            return Err(CallError::Malformed(wrong));
        }
        if !(1..=MINUTES_MAX).contains(&minutes) {
            return Err(CallError::Malformed(
                "a call is announced for 1 to 60 minutes",
            ));
        }
        let began = self.now();
        Ok(BankCall {
            desk: desk.to_owned(),
            began,
            ends: began.plus_ms(u64::from(minutes) * MINUTE_MS),
        })
    }

    pub(crate) async fn announce_in(
        &self,
        tx: &mut Transaction<'_>,
        (customer, call): (CustomerIndex, &BankCall),
        by: &BankActor,
    ) -> Result<(), CallError> {
        if !customer::is_known(tx, customer).await? {
            return Err(CallError::CustomerUnknown);
        }
        call::put(tx, customer, call).await?;
        let act = Act::CallAnnounced {
            customer,
            desk: call.desk.clone(),
            by: by.clone(),
        };
        Ok(self.record(tx, &act).await?)
    }

    /// Ends the announcement of a call. Returns whether there was one.
    pub async fn end_call(&self, customer: &CustomerId) -> Result<bool, CallError> {
        let (ciam, index) = (self.clone(), self.customer_index(customer));
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<bool, CallError> {
                    Ok(ciam.end_call_in(tx, index, &BankActor::OPERATOR).await?)
                },
            )
            .await
    }

    pub(crate) async fn end_call_in(
        &self,
        tx: &mut Transaction<'_>,
        customer: CustomerIndex,
        by: &BankActor,
    ) -> Result<bool, Failure> {
        let call = call::find(tx, customer).await?;
        call::delete(tx, customer).await?;
        let now = self.now();
        if call.is_none_or(|call| call.ends <= now) {
            return Ok(false);
        }
        let by = by.clone();
        self.record(tx, &Act::CallEnded { customer, by }).await?;
        Ok(true)
    }

    /// The bank's call to the customer of a device. `None` if the bank is not calling now.
    pub async fn call_to(&self, device: DeviceId) -> Result<Option<BankCall>, CallError> {
        let now = self.now();
        let call = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, CallError> {
                    let device = device::active(tx, device).await?;
                    let device = device.ok_or(CallError::DeviceRevoked)?;
                    Ok(call::find(tx, device.customer).await?)
                },
            )
            .await?;
        Ok(call.filter(|call| now < call.ends))
    }
}
