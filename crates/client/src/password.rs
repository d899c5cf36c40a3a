//! The password of the device's customer, with an authenticator app: a login without a passkey.

use crate::bank::Call;
use crate::device::Device;
use crate::error::SyncError;
use crate::platform::Platform;
use protocol::http::{
    AskLoginCode, LogInByPassword, LoginCodeAsked, PasswordBegun, PasswordState, SetPassword,
};
use types::SessionId;

impl<P: Platform> Device<P> {
    /// Whether the customer has a password. Needs a session.
    pub async fn password(&mut self) -> Result<PasswordState, SyncError> {
        self.get_as_person("/v1/password").await
    }

    /// A new secret for the person's authenticator app. Needs a recent login. Nothing changes until
    /// [`set_password`](Self::set_password).
    pub async fn begin_password(&mut self) -> Result<PasswordBegun, SyncError> {
        self.post_as_person("/v1/password/beginnings", &()).await
    }

    /// Sets the password, in place of an earlier one, with the app's present code for the new secret. Needs a recent login.
    pub async fn set_password(&mut self, request: SetPassword) -> Result<PasswordState, SyncError> {
        self.post_as_person("/v1/password", &request).await
    }

    /// Removes the password. Needs a recent login.
    pub async fn remove_password(&mut self) -> Result<PasswordState, SyncError> {
        self.post_as_person("/v1/password/removals", &()).await
    }

    /// Has the bank send a code for a login on this device, in place of the authenticator's. The answer does not tell whether the
    /// password is right.
    pub async fn ask_login_code(
        &mut self,
        request: AskLoginCode,
    ) -> Result<LoginCodeAsked, SyncError> {
        self.state.refresh().await?;
        let token = Some(self.state.token.as_str());
        let call = Call::post("/v1/login/password/codes", &request, token)?;
        self.bank.json(call).await
    }

    /// Logs the person in with their password and the authenticator's present code, or one that the bank sent, otherwise as
    /// [`log_in`](Self::log_in). Such a login approves no order that needs one.
    pub async fn log_in_by_password(
        &mut self,
        request: LogInByPassword,
    ) -> Result<SessionId, SyncError> {
        self.state.log_in_by_password(&self.bank, request).await
    }
}
