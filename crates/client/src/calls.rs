//! Whether the bank is calling the device's customer.

use crate::bank::Call;
use crate::device::Device;
use crate::error::SyncError;
use crate::platform::Platform;
use protocol::http::CallsAnswer;

impl<P: Platform> Device<P> {
    /// The bank's call to the customer now, as somebody of the bank announced it. Needs no login. Without an answer nobody
    /// knows: say so, and not that the bank is not calling.
    pub async fn calls(&mut self) -> Result<CallsAnswer, SyncError> {
        self.state.refresh().await?;
        let call = Call::json("/v1/calls", &self.state.token);
        self.bank.json(call).await
    }
}
