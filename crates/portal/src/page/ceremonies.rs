//! The ceremonies of passkeys that only a page can begin.

use crate::core::{of_browser, of_vault};
use crate::link::{Ceremony, Prompted};
use crate::model::{Failure, NewLock};
use client_web::{BrowserError, Prf, Vault, assert_passkey, make_passkey, unlocking_passkey};
use protocol::http::PasskeyOptions;

/// The relying party's id: the name of the host of this page.
fn relying_party() -> String {
    let location = web_sys::window().map(|window| window.location());
    let name = location.and_then(|location| location.hostname().ok());
    name.unwrap_or_default()
}

/// Does what the core needs.
pub(super) async fn perform(ceremony: Ceremony) -> Prompted {
    match try_perform(ceremony).await {
        Ok(prompted) => prompted,
        Err(error) => Prompted::Refused(error.name),
    }
}

async fn try_perform(ceremony: Ceremony) -> Result<Prompted, BrowserError> {
    Ok(match ceremony {
        Ceremony::Assert(challenge) => {
            let assertion = assert_passkey(&relying_party(), &challenge).await?;
            Prompted::Asserted(assertion.into())
        }
        Ceremony::Make(options) => {
            let options: PasskeyOptions =
                serde_json::from_str(&options).map_err(|error| BrowserError {
                    name: "DataError".to_owned(),
                    message: error.to_string(),
                })?;
            let made = make_passkey(&options).await?;
            Prompted::Made {
                client_data_json: made.client_data_json.into(),
                attestation_object: made.attestation_object.into(),
            }
        }
    })
}

/// Makes a passkey that will unlock a new device. The failure `passkey_unsupported` if none here can.
pub(super) async fn unlocking_passkey_of_new_device(user_name: &str) -> Result<NewLock, Failure> {
    use_passkey(user_name, None).await
}

/// Has the person unlock with the passkey that the device's lock names.
pub(super) async fn unlock_with_passkey() -> Result<NewLock, Failure> {
    let database = super::opening::database().await?;
    let credential = Vault::new(&database).passkey().await;
    let credential = credential.map_err(|error| of_vault(&error))?;
    use_passkey("", credential.as_deref()).await
}

async fn use_passkey(user_name: &str, credential: Option<&[u8]>) -> Result<NewLock, Failure> {
    match unlocking_passkey(&relying_party(), user_name, credential).await {
        Ok(Some(Prf { credential, secret })) => Ok(NewLock::Passkey {
            credential,
            secret: *secret,
        }),
        Ok(None) => Err(Failure::new("passkey_unsupported", "it has no PRF")),
        Err(error) => Err(of_browser(&error)),
    }
}
