//! What a person approved: a Sign1, and in a browser the passkey's assertion of it.

use crate::bank::Bank;
use crate::error::SyncError;
use crate::keys::{DeviceKey, Keys as _};
use crate::platform::Platform;
use crate::seal::SealedError;
use envelope::Sign1;
use order::Assertion;
use protocol::cbor::{Fields, FromValue as _, Value};
use protocol::cbor_array;
use protocol::http::PasskeyAssertion;
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

    /// The assertion as it is posted.
    pub(crate) fn posted_assertion(&self) -> Option<PasskeyAssertion> {
        self.assertion.as_ref().map(posted)
    }

    /// The assertion as a record has it.
    pub(crate) fn assertion_value(&self) -> Value {
        self.assertion.as_ref().map_or(Value::Null, |assertion| {
            cbor_array![
                assertion.credential.as_slice(),
                assertion.authenticator_data.as_slice(),
                assertion.client_data_json.as_slice(),
                assertion.signature.as_slice(),
            ]
        })
    }

    /// A Sign1 with the assertion of a record. Earlier versions had none, because they signed for apps only.
    pub(crate) fn of_record(
        signed: Vec<u8>,
        assertion: Option<Value>,
    ) -> Result<Self, SealedError> {
        let assertion = match assertion {
            None | Some(Value::Null) => None,
            Some(value) => {
                let mut fields = Fields::new(Vec::from_value(value)?);
                let assertion = Assertion {
                    credential: fields.take()?,
                    authenticator_data: fields.take()?,
                    client_data_json: fields.take()?,
                    signature: fields.take()?,
                };
                fields.end()?;
                Some(assertion)
            }
        };
        Ok(Self { signed, assertion })
    }
}

/// An assertion as it is posted.
pub(crate) fn posted(assertion: &Assertion) -> PasskeyAssertion {
    PasskeyAssertion {
        credential: assertion.credential.clone().into(),
        authenticator_data: assertion.authenticator_data.clone().into(),
        client_data_json: assertion.client_data_json.clone().into(),
        signature: assertion.signature.clone().into(),
    }
}
