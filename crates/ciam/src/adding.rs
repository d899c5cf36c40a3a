//! A new device of the customer who is logged in: the code for it, and the answer when it waits.

use crate::activation::NewCode;
use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::session_errors::{OwnDeviceError, SessionError};
use crate::store::code::{self, CodeRow, MadeBy};
use crate::store::device;
use database::Transaction;
use envelope::Comparison;
use http_edge::Login;
use protocol::http::WaitingDevice;
use types::{CustomerId, DeviceId};

/// How long a code that a device made is good, and how long an approved device may take to enrol.
const CODE_LIFETIME_MS: u64 = 10 * 60_000;

impl Ciam {
    /// A code with which a new device of the customer asks to be enrolled. It is good for ten minutes, for one device, which
    /// then waits for this device's answer. An earlier code of this device ends. Needs a recent login.
    pub async fn make_code(&self, login: &Login) -> Result<(CustomerId, NewCode), OwnDeviceError> {
        let (ciam, asked) = (self.clone(), login.clone());
        let row = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, OwnDeviceError> {
                    ciam.recent_session(tx, &asked).await?;
                    Ok(device::find(tx, asked.device).await?)
                },
            )
            .await?;
        let row = row.ok_or(SessionError::Ended)?;
        let customer = self.open_customer(&row.sealed_customer)?;
        let expires = self.now().plus_ms(CODE_LIFETIME_MS);
        let code = self
            .new_code(&customer, MadeBy::Device(login.device), expires)
            .await?;
        Ok((customer, code.ok_or(SessionError::Ended)?))
    }

    /// The devices that gave a code of this device and wait for its answer.
    pub async fn waiting_devices(&self, login: &Login) -> Result<Vec<WaitingDevice>, SessionError> {
        let (ciam, login, now) = (self.clone(), login.clone(), self.now());
        let codes = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, SessionError> {
                    let own = ciam.own_session(tx, &login).await?;
                    Ok(code::made_by(tx, own.device).await?)
                },
            )
            .await?;
        let shown = |code: &CodeRow| {
            let waiting = code.waiting.filter(|waiting| !waiting.approved)?;
            Some(WaitingDevice {
                device: waiting.device,
                form: waiting.form.as_str().to_owned(),
                asked: waiting.asked,
                expires: code.expires,
            })
        };
        let open = codes.iter().filter(|code| code.expires >= now);
        Ok(open.filter_map(shown).collect())
    }

    /// Answers for a device that waits: with the number that it shows it may enrol. Without a number it is refused, and with
    /// another one, too: somebody else's device gave the code. Needs a recent login. Returns whether it may enrol.
    pub async fn answer_waiting(
        &self,
        login: &Login,
        device: DeviceId,
        typed: Option<String>,
    ) -> Result<bool, OwnDeviceError> {
        let (ciam, login, now) = (self.clone(), login.clone(), self.now());
        let answered = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, OwnDeviceError> {
                    let own = ciam.recent_session(tx, &login).await?;
                    let codes = code::made_by(tx, own.device).await?;
                    let of_device = |code: &&CodeRow| {
                        code.expires >= now
                            && code.waiting.is_some_and(|waiting| waiting.device == device)
                    };
                    let code = codes.iter().find(of_device);
                    let code = code.ok_or(OwnDeviceError::NotWaiting)?;
                    let answer = answer(code, typed.as_deref());
                    match answer {
                        Answer::Approved => {
                            code::approve(tx, code, now.plus_ms(CODE_LIFETIME_MS)).await?
                        }
                        Answer::Refused | Answer::AnotherNumber => {
                            code::delete_one(tx, code).await?
                        }
                    }
                    let act = Act::WaitingAnswered {
                        customer: own.customer,
                        device,
                        by: own.device,
                        answer: answer.as_str(),
                    };
                    ciam.record(tx, &act).await?;
                    Ok(answer)
                },
            )
            .await?;
        match answered {
            Answer::Approved => Ok(true),
            Answer::Refused => Ok(false),
            Answer::AnotherNumber => Err(OwnDeviceError::AnotherNumber),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Answer {
    Approved,
    Refused,
    AnotherNumber,
}

impl Answer {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::AnotherNumber => "another_number",
        }
    }
}

fn answer(code: &CodeRow, typed: Option<&str>) -> Answer {
    let comparison = code
        .waiting
        .map(|waiting| Comparison::from_hash(waiting.comparison));
    match typed {
        None => Answer::Refused,
        Some(typed) if comparison.is_some_and(|comparison| comparison.is_typed(typed)) => {
            Answer::Approved
        }
        Some(_) => Answer::AnotherNumber,
    }
}
