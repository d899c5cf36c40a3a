//! Payments that other apps of the bank prepared for the device's customer.

use crate::bank::Call;
use crate::device::Device;
use crate::error::SyncError;
use crate::platform::Platform;
use protocol::http::{DeclineInitiation, WaitingInitiations};
use types::IntentId;

impl<P: Platform> Device<P> {
    /// The payments that wait for the customer. One is approved by ordering exactly that payment with its id:
    /// [`Review::approving`](crate::Review::approving).
    pub async fn initiations(&mut self) -> Result<WaitingInitiations, SyncError> {
        self.state.refresh().await?;
        let call = Call::json("/v1/initiations", &self.state.token);
        self.bank.json(call).await
    }

    /// Declines a payment. Declined again, it stays so.
    pub async fn decline(&mut self, initiation: IntentId) -> Result<(), SyncError> {
        self.state.refresh().await?;
        let declined = DeclineInitiation { initiation };
        let token = Some(self.state.token.as_str());
        let call = Call::post("/v1/initiations/declines", &declined, token)?;
        self.bank.json(call).await.map(|_: DeclineInitiation| ())
    }
}
