//! The ceremonies of passkeys that only a page can begin.

use crate::app::App;
use crate::core::{of_browser, of_vault};
use crate::link::{Ask, Ceremony, PersonAsk, Prompted, read};
use crate::model::{Failure, Lock};
use client_web::{
    BrowserError, Prf, Vault, assert_passkey, make_passkey, make_unlocking_passkey,
    unlocking_passkey,
};
use protocol::http::{PasskeyOptions, PasskeyRow};

/// What the passkey of a new device is called in the customer's list; they can give it another name.
const PASSKEY_NAME: &str = "Browser";

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
            let options: PasskeyOptions = read(&options).map_err(|error| BrowserError {
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

/// Has the person unlock with the passkey that the device's lock names.
pub(super) async fn unlock_with_passkey() -> Result<Lock, Failure> {
    let database = super::passbook::database().await?;
    let credential = Vault::new(&database).passkey().await;
    let credential = credential.map_err(|error| of_vault(&error))?;
    use_passkey(credential.as_deref()).await
}

/// The lock of a new device: a passkey that it registers at the bank, so that one passkey unlocks and approves, or one that the
/// person has for the bank already. A device that may not register one without a login gets one that unlocks and no more. The
/// failure `passkey_unsupported` if none of them can unlock.
pub(super) async fn lock_of_new_device(app: App, customer: &str) -> Result<Lock, Failure> {
    let name = PASSKEY_NAME.to_owned();
    let added = app.ask::<PasskeyRow>(Ask::Person(PersonAsk::AddPasskey(name)));
    match added
        .await
        .as_ref()
        .map_err(|failure| failure.word.as_str())
    {
        Ok(_) | Err("passkey_exists") => use_passkey(None).await,
        // The customer's passkey may be here already, where their devices share passkeys.
        Err("not_logged_in") => match use_passkey(None).await {
            Ok(lock) => Ok(lock),
            Err(_) => unlocking_lock(customer).await,
        },
        Err("login_required") => unlocking_lock(customer).await,
        Err(word) => Err(Failure::new(word, "the passkey was not registered")),
    }
}

/// A passkey that unlocks and no more.
async fn unlocking_lock(customer: &str) -> Result<Lock, Failure> {
    let made = make_unlocking_passkey(&relying_party(), customer).await;
    match made.map_err(|error| of_browser(&error))? {
        Some(credential) => use_passkey(Some(&credential)).await,
        None => Err(no_prf()),
    }
}

async fn use_passkey(credential: Option<&[u8]>) -> Result<Lock, Failure> {
    match unlocking_passkey(&relying_party(), credential).await {
        Ok(Some(Prf { credential, secret })) => Ok(Lock::Passkey {
            credential,
            secret: *secret,
        }),
        Ok(None) => Err(no_prf()),
        Err(error) => Err(of_browser(&error)),
    }
}

fn no_prf() -> Failure {
    Failure::new("passkey_unsupported", "the passkey has no PRF")
}
