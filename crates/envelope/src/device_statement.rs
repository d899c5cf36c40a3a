//! ciam's signed statement about a customer's device.

use crate::sign1::Sign1;
use crate::{Purpose, SignatureError, Signer, SigningFailed, TrustList};
use protocol::cbor::Fields;
use protocol::{cbor, cbor_array};
use types::{ChannelId, CustomerId, DeviceForm, DeviceId, PublicKey, Time};

const PURPOSE: &str = "passbook device";
const VERSION: u64 = 2;

/// ciam's statement about a device. notification makes grants and ciam issues tokens only for a device with such a
/// statement. A service that relies on a statement must also learn of revocations with later numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStatement {
    /// The statement's number. Numbers only grow.
    pub number: u64,
    /// The device's customer.
    pub customer: CustomerId,
    /// The customer's channel.
    pub channel: ChannelId,
    /// The device.
    pub device: DeviceId,
    /// Whether the device is an app or a browser.
    pub form: DeviceForm,
    /// Its session key.
    pub session: PublicKey,
    /// Its approval key.
    pub approval: PublicKey,
    /// Its agreement key.
    pub agreement: PublicKey,
    /// The result of attestation; `none` if there was none.
    pub verdict: String,
    /// When the statement was made. The signing key must have been valid then.
    pub time: Time,
}

impl DeviceStatement {
    /// The payload that ciam signs.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        cbor::encode(&cbor_array![
            PURPOSE,
            VERSION,
            self.number,
            &self.customer,
            self.channel,
            self.device,
            self.form,
            self.session,
            self.approval,
            self.agreement,
            self.verdict.as_str(),
            self.time,
        ])
    }

    /// Signs the statement.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SigningFailed> {
        Sign1::sign_embedded(signer, &self.payload())
    }

    /// Parses and verifies a statement.
    pub fn verify(bytes: &[u8], trust: &TrustList) -> Result<Self, SignatureError> {
        let sign1 = Sign1::parse(bytes)?;
        let mut fields = Fields::of_statement(sign1.embedded()?, PURPOSE, VERSION)?;
        let statement = Self {
            number: fields.take()?,
            customer: fields.take()?,
            channel: fields.take()?,
            device: fields.take()?,
            form: fields.take()?,
            session: fields.take()?,
            approval: fields.take()?,
            agreement: fields.take()?,
            verdict: fields.take()?,
            time: fields.take()?,
        };
        fields.end()?;
        if statement.session == statement.approval {
            return Err(SignatureError::KeysDoNotDiffer);
        }
        trust.verify(&sign1, Purpose::Device, statement.time)?;
        Ok(statement)
    }
}
