//! What a person approved: a Sign1, and in a browser the passkey's assertion of it.

use crate::bank::Bank;
use crate::error::SyncError;
use crate::keys::{DeviceKey, Keys as _};
use crate::platform::Platform;
use envelope::Sign1;
use order::Assertion;
use types::{DeviceForm, Hash};

/// A Sign1 that the person approved. Every attempt sends these bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Approved {
    pub(crate) signed: Vec<u8>,
    /// The passkey's answer to SHA-256 of the Sign1. A browser has one, an app has none.
    pub(crate) assertion: Option<Assertion>,
}

impl Approved {
    /// Has the person approve `payload`: an app's approval key signs it; a browser's session key does, and then the
    /// passkey. Either may ask the person.
    pub(crate) async fn by_person<P: Platform>(
        bank: &Bank<P>,
        payload: &[u8],
    ) -> Result<Self, SyncError> {
        let form = bank.keys.form();
        let key = match form {
            DeviceForm::App => DeviceKey::Approval,
            DeviceForm::Browser => DeviceKey::Session,
        };
        let kid = bank.keys.public(key).await?.kid();
        let to_be_signed = Sign1::to_be_signed(kid, payload);
        let signature = bank.keys.sign(key, &to_be_signed).await?;
        let signed = Sign1::assemble_embedded(kid, payload, &signature);
        let assertion = match form {
            DeviceForm::App => None,
            DeviceForm::Browser => {
                let challenge = Hash::of(&signed);
                Some(bank.keys.assert(challenge.as_bytes()).await?)
            }
        };
        Ok(Self { signed, assertion })
    }
}
