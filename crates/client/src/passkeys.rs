//! Passkeys, sessions, consents and devices of the device's customer.

use crate::bank::{Bank, Call};
use crate::device::Device;
use crate::error::SyncError;
use crate::keys::Keys as _;
use crate::platform::Platform;
use protocol::http::{
    AnswerDevice, ConsentRow, ConsentsAnswer, DeviceAnswered, EndSession, IssuedCode, OwnDevice,
    OwnDevices, PasskeyOptions, PasskeyRow, PasskeysAnswer, RegisterPasskey, RemoveDevice,
    RemovePasskey, RenamePasskey, SessionRow, SessionsAnswer, WaitingDevice, WaitingDevices,
    WithdrawConsent,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::{ClientId, DeviceId, ErrorCode, PasskeyId, SessionId};

impl<P: Platform> Device<P> {
    /// Has a passkey made and registers it under `name`. The first one of a customer without a password needs no login; for every other one
    /// [`log_in`](Self::log_in) first. A lost answer is no loss: the passkey is listed, or it is not.
    pub async fn register_passkey(&mut self, name: &str) -> Result<PasskeyRow, SyncError> {
        let options: PasskeyOptions = self
            .bank
            .json(Call::create("/v1/passkeys/challenge", &self.state.token))
            .await?;
        let made = self.bank.keys.make_passkey(&options).await?;
        let request = RegisterPasskey {
            name: name.to_owned(),
            transports: Vec::new(),
            client_data_json: made.client_data_json.into(),
            attestation_object: made.attestation_object.into(),
        };
        let access = self.state.access_token(&self.bank).await?;
        let token = access.unwrap_or_else(|| self.state.token.clone());
        let call = Call::post("/v1/passkeys", &request, Some(&token))?;
        self.bank.json(call).await
    }

    /// Logs the person in with their passkey, and begins a session on this device. The channel token is renewed, even if it
    /// has expired.
    pub async fn log_in(&mut self) -> Result<SessionId, SyncError> {
        self.state.log_in(&self.bank).await
    }

    /// The customer's passkeys, the oldest first. Needs a session.
    pub async fn passkeys(&mut self) -> Result<Vec<PasskeyRow>, SyncError> {
        let answer: PasskeysAnswer = self.get_as_person("/v1/passkeys").await?;
        Ok(answer.passkeys)
    }

    /// Gives a passkey another name. Needs a session.
    pub async fn rename_passkey(
        &mut self,
        passkey: PasskeyId,
        name: &str,
    ) -> Result<PasskeyRow, SyncError> {
        let name = name.to_owned();
        let request = RenamePasskey { passkey, name };
        self.post_as_person("/v1/passkeys/names", &request).await
    }

    /// Removes a passkey. Needs a recent login.
    pub async fn remove_passkey(&mut self, passkey: PasskeyId) -> Result<(), SyncError> {
        let request = RemovePasskey { passkey };
        let removed = self.post_as_person("/v1/passkeys/removals", &request);
        removed.await.map(|_: RemovePasskey| ())
    }

    /// The customer's sessions, the oldest first. Needs a session.
    pub async fn sessions(&mut self) -> Result<Vec<SessionRow>, SyncError> {
        let answer: SessionsAnswer = self.get_as_person("/v1/sessions").await?;
        Ok(answer.sessions)
    }

    /// Ends a session of the customer, on whichever device it is. Needs a session.
    pub async fn end_session(&mut self, session: SessionId) -> Result<(), SyncError> {
        let request = EndSession { session };
        let ended = self.post_as_person("/v1/sessions/endings", &request);
        ended.await.map(|_: EndSession| ())
    }

    /// What the customer lets other apps of the bank know, the oldest consent first. Needs a session.
    pub async fn consents(&mut self) -> Result<Vec<ConsentRow>, SyncError> {
        let answer: ConsentsAnswer = self.get_as_person("/v1/consents").await?;
        Ok(answer.consents)
    }

    /// Withdraws the consent that the customer gave to an app: its tokens are worth nothing from then on. Needs a session.
    pub async fn withdraw_consent(&mut self, client: ClientId) -> Result<(), SyncError> {
        let request = WithdrawConsent { client };
        let withdrawn = self.post_as_person("/v1/consents/withdrawals", &request);
        withdrawn.await.map(|_: WithdrawConsent| ())
    }

    /// The customer's devices that were not removed, the oldest first. Needs a session.
    pub async fn devices(&mut self) -> Result<Vec<OwnDevice>, SyncError> {
        let answer: OwnDevices = self.get_as_person("/v1/devices").await?;
        Ok(answer.devices)
    }

    /// Removes a device of the customer, which may be this one: it reads nothing new from then on. Needs a recent login.
    pub async fn remove_device(&mut self, device: DeviceId) -> Result<(), SyncError> {
        let request = RemoveDevice { device };
        let removed = self.post_as_person("/v1/devices/removals", &request);
        removed.await.map(|_: RemoveDevice| ())
    }

    /// A code for a new device of the customer, which then waits for this device's answer. Needs a recent login.
    pub async fn make_code(&mut self) -> Result<IssuedCode, SyncError> {
        let made = async |bank: &Bank<P>, access: &str| -> Result<IssuedCode, SyncError> {
            bank.json(Call::create("/v1/devices/codes", access)).await
        };
        self.as_person(made).await
    }

    /// The devices that gave a code of this device and wait. Needs a session.
    pub async fn waiting_devices(&mut self) -> Result<Vec<WaitingDevice>, SyncError> {
        let answer: WaitingDevices = self.get_as_person("/v1/devices/waiting").await?;
        Ok(answer.devices)
    }

    /// Approves a device that waits, with the number that it shows; or refuses it. Returns whether it may enrol. Needs a
    /// recent login.
    pub async fn answer_waiting(
        &mut self,
        device: DeviceId,
        number: Option<String>,
    ) -> Result<bool, SyncError> {
        let request = AnswerDevice { device, number };
        let answered = self.post_as_person("/v1/devices/waiting/answers", &request);
        answered
            .await
            .map(|answered: DeviceAnswered| answered.approved)
    }

    pub(crate) async fn get_as_person<T: DeserializeOwned>(
        &mut self,
        path: &str,
    ) -> Result<T, SyncError> {
        let asked = async |bank: &Bank<P>, access: &str| -> Result<T, SyncError> {
            bank.json(Call::json(path, access)).await
        };
        self.as_person(asked).await
    }

    pub(crate) async fn post_as_person<T: DeserializeOwned>(
        &mut self,
        path: &str,
        request: &impl Serialize,
    ) -> Result<T, SyncError> {
        let posted = async |bank: &Bank<P>, access: &str| -> Result<T, SyncError> {
            let call = Call::post(path, request, Some(access))?;
            bank.json(call).await
        };
        self.as_person(posted).await
    }

    /// Makes a call with an access token. One that has expired is refreshed once.
    async fn as_person<T>(
        &mut self,
        call: impl AsyncFn(&Bank<P>, &str) -> Result<T, SyncError>,
    ) -> Result<T, SyncError> {
        let access = self.state.access_token(&self.bank).await?;
        match call(&self.bank, &access.ok_or(SyncError::NotLoggedIn)?).await {
            Err(error) if error.is_code(ErrorCode::AccessTokenExpired) => {
                self.state.access = None;
                let access = self.state.access_token(&self.bank).await?;
                call(&self.bank, &access.ok_or(SyncError::NotLoggedIn)?).await
            }
            answered => answered,
        }
    }
}
