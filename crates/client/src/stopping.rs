//! The customer's kill switch.

use crate::bank::Call;
use crate::device::Device;
use crate::error::SyncError;
use crate::platform::Platform;
use protocol::http::EverythingStopped;

impl<P: Platform> Device<P> {
    /// Stops everything of the device's customer: all devices are revoked, this one included, all sessions end, and orders
    /// that the bank has not executed are not executed any more. Nobody has to be logged in, and the passbook may be
    /// locked. Only the bank undoes it. What this device stores stays readable.
    ///
    /// If the answer is lost, the next call is refused because the device is revoked: that is the answer then
    /// ([`Ended::CustomerStopped`](crate::Ended::CustomerStopped)).
    pub async fn stop_everything(&mut self) -> Result<EverythingStopped, SyncError> {
        self.state.refresh().await?;
        self.bank
            .json(Call::create("/v1/stop", &self.state.token))
            .await
    }
}
