//! To whom an account belongs, as far as the bank says.

use client::{Device, Errand, SyncError};
use client_native::Native;
use order::Creditor;
use protocol::http::{PayeeCheckAnswer, PayeeCheckRequest, PayeeMatch};
use std::fmt;

/// The bank's answer about a creditor, for a name.
pub(super) struct PayeeCheck {
    name: String,
    pub(super) answer: PayeeCheckAnswer,
}

impl PayeeCheck {
    /// Asks the bank. `None` if the creditor has no name that could be compared.
    pub(super) async fn ask(
        device: &mut Device<Native>,
        creditor: &Creditor,
    ) -> Result<Option<Self>, SyncError> {
        let Some(name) = creditor.name.clone() else {
            return Ok(None);
        };
        let request = PayeeCheckRequest {
            scheme: creditor.scheme.to_string(),
            identification: creditor.identification.clone(),
            bank: creditor.bank.clone(),
            name,
        };
        let answer = device.run(Errand::check_payee(&request)).await?;
        let name = request.name;
        Ok(Some(Self { name, answer }))
    }
}

impl fmt::Display for PayeeCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match (self.answer.result, &self.answer.name) {
            (PayeeMatch::Match, _) => write!(f, "The account belongs to {name}."),
            (PayeeMatch::Close, Some(holder)) => write!(
                f,
                "The account belongs to {holder}, which is close to {name}. Check whether that is who you mean."
            ),
            (PayeeMatch::Close, None) => {
                write!(f, "The account belongs to a name close to {name}.")
            }
            (PayeeMatch::None, _) => write!(
                f,
                "The account does not belong to {name}, or does not exist. Do not pay before you know more."
            ),
            (PayeeMatch::CannotSay, _) => {
                f.write_str("The bank cannot say to whom the account belongs.")
            }
        }
    }
}
