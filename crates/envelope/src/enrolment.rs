//! A device's proof that it has its three private keys, all over the same enrolment.

use crate::derive::hkdf;
use crate::sign1::Sign1;
use crate::{ActivationCode, Comparison, HmacSha256, NotACode, NotAKey, SignatureError};
use protocol::cbor::Fields;
use protocol::http::EnrolmentRequest;
use protocol::{Base64UrlBytes, ParseError, cbor, cbor_array};
use thiserror::Error;
use types::{CustomerId, DeviceForm, DeviceId, Hash, Nonce, PublicKey, Signature};
use zeroize::Zeroizing;

const PURPOSE: &str = "passbook enrolment";
const VERSION: u64 = 2;

const COMPARISON: &str = "passbook comparison";
const COMPARISON_VERSION: u64 = 1;

/// What a device signs at enrolment: the customer, the device, its keys, and the challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The challenge's nonce.
    pub nonce: Nonce,
    /// The challenge's ephemeral key.
    pub ephemeral: PublicKey,
    /// The customer number.
    pub customer: CustomerId,
    /// The device's id. The device chooses it.
    pub device: DeviceId,
    /// Whether the device is an app or a browser.
    pub form: DeviceForm,
    /// The session key.
    pub session: PublicKey,
    /// The approval key.
    pub approval: PublicKey,
    /// The agreement key.
    pub agreement: PublicKey,
    /// [`ActivationCode::mac`] under the nonce, so that the signature covers one specific code.
    pub code_mac: [u8; 32],
}

/// Why an enrolment is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EnrolmentError {
    /// A signature was not made by the key that the enrolment names.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The enrolment answers the nonce of another challenge.
    #[error("it answers another nonce")]
    StaleNonce,
    /// The enrolment names another ephemeral key than the challenge.
    #[error("an ephemeral key other than the challenge's")]
    AnotherEphemeralKey,
    /// Session key and approval key signed different enrolments.
    #[error("the two keys signed different enrolments")]
    SignedAnotherEnrolment,
    /// The MAC is wrong: the device does not have the agreement key.
    #[error("the MAC was not made with the agreement key")]
    MacInvalid,
    /// The code is not an activation code.
    #[error(transparent)]
    NotACode(#[from] NotACode),
    /// The code differs from the one that was signed.
    #[error("the code is not the one that was signed")]
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
    /// The payload that both keys sign and the MAC covers.
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

    /// What a person compares before this device is added.
    #[must_use]
    pub fn comparison(&self, code: &ActivationCode) -> Comparison {
        Comparison::from_hash(Hash::of(&cbor::encode(&cbor_array![
            COMPARISON,
            COMPARISON_VERSION,
            self.device,
            self.form,
            self.session,
            self.approval,
            self.agreement,
            code.expose(),
        ])))
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

    /// The bytes that the session key signs. The key hashes them itself.
    #[must_use]
    pub fn to_be_signed_by_session(&self) -> Vec<u8> {
        Sign1::to_be_signed(self.session.kid(), &self.payload())
    }

    /// The bytes that the approval key signs. The key hashes them itself.
    #[must_use]
    pub fn to_be_signed_by_approval(&self) -> Vec<u8> {
        Sign1::to_be_signed(self.approval.kid(), &self.payload())
    }

    /// Makes the device's request from both signatures, the x coordinate `x` that the agreement key and the challenge's
    /// key agree on, and the activation code whose MAC was signed.
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
            attestation: None,
        }
    }

    /// Verifies a request that answers the challenge with `nonce` and `ephemeral`. `agree` is the key agreement of the
    /// challenge's private key. Also returns the code, which is the one that was signed. The caller must check whether
    /// the code is valid.
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

    /// The nonce that a request answers, to find its challenge. Nothing is verified yet.
    pub fn nonce_of(request: &EnrolmentRequest) -> Result<Nonce, EnrolmentError> {
        let session = Sign1::parse(request.session.as_ref())?;
        Ok(Self::parse(session.embedded()?)?.nonce)
    }
}

fn code_mac(bytes: Vec<u8>) -> Result<[u8; 32], ParseError> {
    <[u8; 32]>::try_from(bytes)
        .map_err(|_| ParseError::WrongShape("the code's MAC must have 32 bytes"))
}

/// The MAC's key, derived from the x coordinate that agreement key and ephemeral key agree on.
fn mac_key(x: &[u8; 32], nonce: Nonce) -> Zeroizing<[u8; 32]> {
    hkdf(
        x,
        &cbor::encode(&cbor_array!["passbook enrolment mac", 1, nonce]),
    )
}
