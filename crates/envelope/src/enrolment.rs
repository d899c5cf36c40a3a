//! A device's proof that it holds its three keys, over one and the same enrolment.

use crate::derive::hkdf;
use crate::sign1::Sign1;
use crate::{ActivationCode, HmacSha256, NotACode, NotAKey, SignatureError};
use protocol::cbor::Fields;
use protocol::http::EnrolmentRequest;
use protocol::{Base64UrlBytes, ParseError, cbor, cbor_array};
use thiserror::Error;
use types::{CustomerId, DeviceForm, DeviceId, Nonce, PublicKey, Signature};
use zeroize::Zeroizing;

const PURPOSE: &str = "passbook enrolment";
const VERSION: u64 = 2;

/// Who enrols which device, with which keys, in answer to which challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The challenge's nonce.
    pub nonce: Nonce,
    /// The challenge's key.
    pub ephemeral: PublicKey,
    /// The customer number.
    pub customer: CustomerId,
    /// The device's id, made on the device.
    pub device: DeviceId,
    /// What sort of an app the device is.
    pub form: DeviceForm,
    /// The session key.
    pub session: PublicKey,
    /// The approval key.
    pub approval: PublicKey,
    /// The agreement key.
    pub agreement: PublicKey,
    /// [`ActivationCode::mac`] under the nonce, so that what is signed stands for one code.
    pub code_mac: [u8; 32],
}

/// Why an enrolment is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EnrolmentError {
    /// A signature is not the named key's.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It answers another challenge's nonce.
    #[error("it answers another nonce")]
    StaleNonce,
    /// It has another ephemeral key than the challenge's.
    #[error("another ephemeral key than the challenge's")]
    AnotherEphemeralKey,
    /// Session and approval key did not sign the same.
    #[error("the two keys signed different enrolments")]
    SignedAnotherEnrolment,
    /// The device does not hold the agreement key.
    #[error("the MAC is not the agreement key's")]
    MacInvalid,
    /// The code sent is no activation code.
    #[error(transparent)]
    NotACode(#[from] NotACode),
    /// The code sent is another than the one that was signed.
    #[error("the code is another than the one that was signed")]
    CodeMacInvalid,
}

impl EnrolmentError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Signature(cause) => cause.reason(),
            Self::StaleNonce => "stale_nonce",
            Self::AnotherEphemeralKey => "another_ephemeral_key",
            Self::SignedAnotherEnrolment => "signed_another_enrolment",
            Self::MacInvalid => "mac_invalid",
            Self::NotACode(_) => "not_a_code",
            Self::CodeMacInvalid => "code_mac_invalid",
        }
    }
}

impl From<ParseError> for EnrolmentError {
    fn from(error: ParseError) -> Self {
        Self::Signature(error.into())
    }
}

impl Enrolment {
    /// What both keys sign and the MAC covers.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        cbor::encode(&cbor_array![
            PURPOSE,
            VERSION,
            self.nonce,
            self.ephemeral,
            &self.customer,
            self.device,
            self.form,
            self.session,
            self.approval,
            self.agreement,
            self.code_mac.as_slice(),
        ])
    }

    fn parse(payload: &[u8]) -> Result<Self, ParseError> {
        let mut fields = Fields::of_statement(payload, PURPOSE, VERSION)?;
        let enrolment = Self {
            nonce: fields.take()?,
            ephemeral: fields.take()?,
            customer: fields.take()?,
            device: fields.take()?,
            form: fields.take()?,
            session: fields.take()?,
            approval: fields.take()?,
            agreement: fields.take()?,
            code_mac: code_mac(fields.take()?)?,
        };
        fields.end()?;
        Ok(enrolment)
    }

    /// What the session key signs, hashing included.
    #[must_use]
    pub fn to_be_signed_by_session(&self) -> Vec<u8> {
        Sign1::to_be_signed(self.session.kid(), &self.payload())
    }

    /// What the approval key signs, hashing included.
    #[must_use]
    pub fn to_be_signed_by_approval(&self) -> Vec<u8> {
        Sign1::to_be_signed(self.approval.kid(), &self.payload())
    }

    /// The device's request: both signatures, `x` as its agreement key and the challenge's key agree on it, and the
    /// activation code whose MAC was signed.
    #[must_use]
    pub fn request(
        &self,
        session: &Signature,
        approval: &Signature,
        x: &[u8; 32],
        code: &ActivationCode,
    ) -> EnrolmentRequest {
        let payload = self.payload();
        let mac = HmacSha256::new(&mac_key(x, self.nonce))
            .over(&payload)
            .finish();
        EnrolmentRequest {
            session: Sign1::assemble_embedded(self.session.kid(), &payload, session).into(),
            approval: Sign1::assemble_embedded(self.approval.kid(), &payload, approval).into(),
            mac: Base64UrlBytes(mac.to_vec()),
            code: code.expose().to_owned(),
        }
    }

    /// Verifies a request that answers the challenge of `nonce` and `ephemeral`. `agree` is that of the challenge's
    /// private key. Answers the code too, which is the one that was signed; whether it is a good one is the caller's to
    /// check.
    pub fn verify(
        request: &EnrolmentRequest,
        nonce: Nonce,
        ephemeral: &PublicKey,
        agree: impl FnOnce(&PublicKey) -> Result<Zeroizing<[u8; 32]>, NotAKey>,
    ) -> Result<(Self, ActivationCode), EnrolmentError> {
        let session = Sign1::parse(request.session.as_ref())?;
        let approval = Sign1::parse(request.approval.as_ref())?;
        let payload = session.embedded()?;
        let enrolment = Self::parse(payload)?;
        if enrolment.nonce != nonce {
            return Err(EnrolmentError::StaleNonce);
        }
        if enrolment.ephemeral != *ephemeral {
            return Err(EnrolmentError::AnotherEphemeralKey);
        }
        if enrolment.session == enrolment.approval {
            return Err(SignatureError::KeysDoNotDiffer.into());
        }
        if approval.embedded()? != payload {
            return Err(EnrolmentError::SignedAnotherEnrolment);
        }
        session.verify(&enrolment.session)?;
        approval.verify(&enrolment.approval)?;
        let x = agree(&enrolment.agreement).map_err(|NotAKey| EnrolmentError::MacInvalid)?;
        let mac = HmacSha256::new(&mac_key(&x, nonce)).over(payload);
        if !mac.matches(request.mac.as_ref()) {
            return Err(EnrolmentError::MacInvalid);
        }
        let code: ActivationCode = request.code.parse()?;
        if !code.has_mac(nonce, &enrolment.code_mac) {
            return Err(EnrolmentError::CodeMacInvalid);
        }
        Ok((enrolment, code))
    }

    /// The challenge's nonce that a request says it answers; nothing is proven yet.
    pub fn nonce_of(request: &EnrolmentRequest) -> Result<Nonce, EnrolmentError> {
        let session = Sign1::parse(request.session.as_ref())?;
        Ok(Self::parse(session.embedded()?)?.nonce)
    }
}

fn code_mac(bytes: Vec<u8>) -> Result<[u8; 32], ParseError> {
    <[u8; 32]>::try_from(bytes).map_err(|_| ParseError::WrongShape("the code's MAC has 32 bytes"))
}

/// The key of the MAC, from the x coordinate that agreement and ephemeral key agree on.
fn mac_key(x: &[u8; 32], nonce: Nonce) -> Zeroizing<[u8; 32]> {
    hkdf(
        x,
        &cbor::encode(&cbor_array!["passbook enrolment mac", 1, nonce]),
    )
}
