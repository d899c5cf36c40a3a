//! Who is a customer's device, as ciam states it.

use crate::sign1::Sign1;
use crate::{Purpose, SignatureError, Signer, SigningFailed, TrustList};
use protocol::cbor::Fields;
use protocol::{cbor, cbor_array};
use types::{ChannelId, CustomerId, DeviceForm, DeviceId, PublicKey, Time};

const PURPOSE: &str = "passbook device";
const VERSION: u64 = 2;

/// ciam's statement of a device: grants are made, and tokens given, only against it. Who relies on it also asks for
/// revocations after its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStatement {
    /// The statement's number, which only grows.
    pub number: u64,
    /// Whose device it is.
    pub customer: CustomerId,
    /// The customer's channel.
    pub channel: ChannelId,
    /// The device.
    pub device: DeviceId,
    /// What sort of an app it is.
    pub form: DeviceForm,
    /// Its session key.
    pub session: PublicKey,
    /// Its approval key.
    pub approval: PublicKey,
    /// Its agreement key.
    pub agreement: PublicKey,
    /// What attestation said; `none` where there was none.
    pub verdict: String,
    /// When it was made, which its key's validity is judged by.
    pub time: Time,
}

impl DeviceStatement {
    /// What is signed.
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

    /// Signs it.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SigningFailed> {
        Sign1::sign_embedded(signer, &self.payload())
    }

    /// Reads and verifies one.
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
