//! What the customer has their device do at the bank.

use crate::error::SyncError;
use crate::transport::Method;
use protocol::http::{
    AnswerDevice, AskLoginCode, CallsAnswer, ConsentRow, ConsentsAnswer, DeclineInitiation,
    DeviceAnswered, EndSession, EverythingStopped, IssuedCode, LoginCodeAsked, OwnDevice,
    OwnDevices, PasskeyRow, PasskeysAnswer, PasswordBegun, PasswordState, PayeeCheckAnswer,
    PayeeCheckRequest, RemoveDevice, RemovePasskey, RenamePasskey, SessionsAnswer, SetPassword,
    WaitingDevice, WaitingDevices, WaitingInitiations, WithdrawConsent,
};
use protocol::json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use types::{ClientId, DeviceId, IntentId, PasskeyId, SessionId};

/// Who asks the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The device, with its channel token. The passbook may be locked.
    Device,
    /// The person who is logged in on it, with an access token.
    Person,
}

/// One request to the bank.
pub(crate) struct Asking {
    pub(crate) by: By,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    /// `None` if it has no body.
    pub(crate) body: Option<serde_json::Result<Vec<u8>>>,
}

pub(crate) type Read<T> = dyn FnOnce(&[u8]) -> Result<T, SyncError> + Send;

/// Something that the customer has their device do at the bank, which answers with a `T`: one request, of which the device
/// stores nothing. [`Device::run`](crate::Device::run) and [`Handle::run`](crate::Handle::run) do it.
///
/// If the answer is lost, the errand may have been executed. An errand whose repetition does something else says so.
#[must_use]
pub struct Errand<T> {
    asking: Asking,
    read: Box<Read<T>>,
}

impl<T> fmt::Debug for Errand<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Errand").field(&self.asking.path).finish()
    }
}

impl<T: 'static> Errand<T> {
    fn new<A: DeserializeOwned + 'static>(
        (by, method, path): (By, Method, &'static str),
        body: Option<serde_json::Result<Vec<u8>>>,
        of: fn(A) -> T,
    ) -> Self {
        let asking = Asking {
            by,
            method,
            path,
            body,
        };
        let read = move |body: &[u8]| {
            let answer = json::from_slice(body).map_err(|_| SyncError::Answer)?;
            Ok(of(answer))
        };
        Self {
            asking,
            read: Box::new(read),
        }
    }

    fn get<A: DeserializeOwned + 'static>(by: By, path: &'static str, of: fn(A) -> T) -> Self {
        Self::new((by, Method::Get, path), None, of)
    }

    /// A `POST` without a body.
    fn create<A: DeserializeOwned + 'static>(by: By, path: &'static str, of: fn(A) -> T) -> Self {
        Self::new((by, Method::Post, path), None, of)
    }

    fn post<A: DeserializeOwned + 'static>(
        by: By,
        path: &'static str,
        request: &impl Serialize,
        of: fn(A) -> T,
    ) -> Self {
        let body = serde_json::to_vec(request);
        Self::new((by, Method::Post, path), Some(body), of)
    }

    /// The request, and what reads the body of its answer.
    pub(crate) fn parts(self) -> (Asking, Box<Read<T>>) {
        (self.asking, self.read)
    }
}

impl Errand<Vec<PasskeyRow>> {
    /// The customer's passkeys, the oldest first. Needs a session.
    pub fn passkeys() -> Self {
        let of = |answer: PasskeysAnswer| answer.passkeys;
        Self::get(By::Person, "/v1/passkeys", of)
    }
}

impl Errand<PasskeyRow> {
    /// Gives a passkey another name. Needs a session.
    pub fn rename_passkey(passkey: PasskeyId, name: &str) -> Self {
        let name = name.to_owned();
        let request = RenamePasskey { passkey, name };
        Self::post(By::Person, "/v1/passkeys/names", &request, |row| row)
    }
}

impl Errand<SessionsAnswer> {
    /// The customer's sessions, on devices and at the plain pages. Needs a session.
    pub fn sessions() -> Self {
        Self::get(By::Person, "/v1/sessions", |sessions| sessions)
    }
}

impl Errand<Vec<ConsentRow>> {
    /// What the customer lets other apps of the bank know, the oldest consent first. Needs a session.
    pub fn consents() -> Self {
        let of = |answer: ConsentsAnswer| answer.consents;
        Self::get(By::Person, "/v1/consents", of)
    }
}

impl Errand<Vec<OwnDevice>> {
    /// The customer's devices that were not removed, the oldest first. Needs a session.
    pub fn devices() -> Self {
        let of = |answer: OwnDevices| answer.devices;
        Self::get(By::Person, "/v1/devices", of)
    }
}

impl Errand<Vec<WaitingDevice>> {
    /// The devices that gave a code of this device and wait. Needs a session.
    pub fn waiting_devices() -> Self {
        let of = |answer: WaitingDevices| answer.devices;
        Self::get(By::Person, "/v1/devices/waiting", of)
    }
}

impl Errand<IssuedCode> {
    /// A code for a new device of the customer, which then waits for this device's answer. Needs a recent login. A repetition
    /// makes another code.
    pub fn make_code() -> Self {
        Self::create(By::Person, "/v1/devices/codes", |code| code)
    }
}

impl Errand<bool> {
    /// Approves a device that waits, with the number that it shows; or refuses it. Answers whether it may enrol. Needs a
    /// recent login.
    pub fn answer_waiting(device: DeviceId, number: Option<String>) -> Self {
        let request = AnswerDevice { device, number };
        let of = |answered: DeviceAnswered| answered.approved;
        Self::post(By::Person, "/v1/devices/waiting/answers", &request, of)
    }
}

impl Errand<PasswordState> {
    /// Whether the customer has a password. Needs a session.
    pub fn password() -> Self {
        Self::get(By::Person, "/v1/password", |state| state)
    }

    /// Sets the password, in place of an earlier one, with the app's present code for the new secret. Needs a recent login.
    pub fn set_password(request: &SetPassword) -> Self {
        Self::post(By::Person, "/v1/password", request, |state| state)
    }

    /// Removes the password. Needs a recent login.
    pub fn remove_password() -> Self {
        Self::create(By::Person, "/v1/password/removals", |state| state)
    }
}

impl Errand<PasswordBegun> {
    /// A new secret for the person's authenticator app. Needs a recent login. Nothing changes until
    /// [`set_password`](Errand::set_password). A repetition makes another secret.
    pub fn begin_password() -> Self {
        Self::create(By::Person, "/v1/password/beginnings", |begun| begun)
    }
}

impl Errand<LoginCodeAsked> {
    /// Has the bank send a code for a login on this device, in place of the authenticator's. The answer does not tell whether the
    /// password is right. A repetition sends another code.
    pub fn ask_login_code(request: &AskLoginCode) -> Self {
        let path = "/v1/login/password/codes";
        Self::post(By::Device, path, request, |asked| asked)
    }
}

impl Errand<EverythingStopped> {
    /// Stops everything of the device's customer: all devices are revoked, this one included, all sessions end, and orders
    /// that the bank has not executed are not executed any more. Nobody has to be logged in, and the passbook may be
    /// locked. Only the bank undoes it. What this device stores stays readable.
    ///
    /// A repetition is refused because the device is revoked: that is the answer then
    /// ([`Ended::CustomerStopped`](crate::Ended::CustomerStopped)).
    pub fn stop_everything() -> Self {
        Self::create(By::Device, "/v1/stop", |stopped| stopped)
    }
}

impl Errand<CallsAnswer> {
    /// The bank's call to the customer now, as somebody of the bank announced it. Needs no login. Without an answer nobody
    /// knows: say so, and not that the bank is not calling.
    pub fn calls() -> Self {
        Self::get(By::Device, "/v1/calls", |answer| answer)
    }
}

impl Errand<WaitingInitiations> {
    /// The payments that other apps prepared and that wait for the customer. One is approved by ordering exactly that payment
    /// with its id: [`Review::approving`](crate::Review::approving).
    pub fn initiations() -> Self {
        Self::get(By::Device, "/v1/initiations", |waiting| waiting)
    }
}

impl Errand<PayeeCheckAnswer> {
    /// Asks the bank to whom an account belongs, before it is paid to.
    pub fn check_payee(payee: &PayeeCheckRequest) -> Self {
        Self::post(By::Device, "/v1/payee-checks", payee, |answer| answer)
    }
}

impl Errand<()> {
    /// A `POST` whose answer repeats the request.
    fn repeated<A: Serialize + DeserializeOwned + 'static>(
        by: By,
        path: &'static str,
        request: &A,
    ) -> Self {
        Self::post(by, path, request, |_: A| ())
    }

    /// Removes a passkey. Needs a recent login.
    pub fn remove_passkey(passkey: PasskeyId) -> Self {
        let request = RemovePasskey { passkey };
        Self::repeated(By::Person, "/v1/passkeys/removals", &request)
    }

    /// Ends a session of the customer, on whichever device it is. Needs a session.
    pub fn end_session(session: SessionId) -> Self {
        let request = EndSession { session };
        Self::repeated(By::Person, "/v1/sessions/endings", &request)
    }

    /// Withdraws the consent that the customer gave to an app: its tokens are worth nothing from then on. Needs a session.
    pub fn withdraw_consent(client: ClientId) -> Self {
        let request = WithdrawConsent { client };
        Self::repeated(By::Person, "/v1/consents/withdrawals", &request)
    }

    /// Removes a device of the customer, which may be this one: it reads nothing new from then on. Needs a recent login.
    pub fn remove_device(device: DeviceId) -> Self {
        let request = RemoveDevice { device };
        Self::repeated(By::Person, "/v1/devices/removals", &request)
    }

    /// Declines a payment that another app prepared. Declined again, it stays so.
    pub fn decline(initiation: IntentId) -> Self {
        let request = DeclineInitiation { initiation };
        Self::repeated(By::Device, "/v1/initiations/declines", &request)
    }
}
