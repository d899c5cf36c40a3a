//! Whether an account belongs to whom a customer means to pay, as far as the bank may say. A device may ask so often an
//! hour, so that nobody learns the bank's customers by asking.

pub(crate) mod counter;

use crate::error::Failure;
use crate::gateway::Gateway;
use core_bank::PayeeCheck;
use order::Creditor;
use protocol::http::{PayeeCheckAnswer, PayeeMatch};
use types::DeviceId;

/// The result of a payee check, or the time in milliseconds until the device may ask again.
pub(crate) type Checked = Result<PayeeCheckAnswer, u64>;

impl Gateway {
    /// Compares the creditor's name with the holders of the account.
    pub(crate) async fn check_payee(
        &self,
        device: DeviceId,
        creditor: &Creditor,
    ) -> Result<Checked, Failure> {
        if let Err(wait_ms) = self.0.payee_checks.count(device, self.now()) {
            return Ok(Err(wait_ms));
        }
        let checked = self.0.core_bank.check_payee(creditor).await?;
        let (result, name) = match checked {
            PayeeCheck::Match => (PayeeMatch::Match, None),
            PayeeCheck::Close(name) => (PayeeMatch::Close, Some(name)),
            PayeeCheck::None => (PayeeMatch::None, None),
            PayeeCheck::CannotSay => (PayeeMatch::CannotSay, None),
        };
        Ok(Ok(PayeeCheckAnswer { result, name }))
    }
}
