//! A grant: the message key, sealed to one device and signed by the bank.

use crate::decapsulation::HpkeReceiver;
use crate::sign1::Sign1;
use crate::{OpenError, Purpose, SignatureError, Signer, SigningFailed, TrustList};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _};
use protocol::cbor::{Fields, Value};
use protocol::{ParseError, cbor};
use rand_core::CryptoRng;
use thiserror::Error;
use types::{
    ChannelId, DeviceId, Generation, KeyEpoch, MessageKey, Number, PublicKey, Thumbprint, Time,
};

const PURPOSE: &str = "passbook grant";
const INFO_PURPOSE: &str = "passbook grant info";
/// DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.
const SUITE: u64 = 1;

type Recipient = <DhP256HkdfSha256 as Kem>::PublicKey;

/// The terms of a grant: everything except the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantTerms {
    /// The channel that the key belongs to.
    pub channel: ChannelId,
    /// The channel's generation.
    pub generation: Generation,
    /// The device that gets the key.
    pub device: DeviceId,
    /// The thumbprint of that device's agreement key.
    pub agreement: Thumbprint,
    /// The key's epoch.
    pub epoch: KeyEpoch,
    /// The number of the first message under the key: the one after the rekey; 1 for the first epoch.
    pub first_number: Number,
    /// When the grant was made. The signing key must have been valid then.
    pub time: Time,
}

impl GrantTerms {
    fn values(&self, purpose: &str) -> Vec<Value> {
        vec![
            purpose.into(),
            1.into(),
            self.channel.into(),
            self.generation.into(),
            self.device.into(),
            self.agreement.into(),
            self.epoch.into(),
            self.first_number.into(),
            self.time.into(),
            SUITE.into(),
        ]
    }

    /// The HPKE `info`. It binds the sealed key to these terms.
    #[must_use]
    pub fn info(&self) -> Vec<u8> {
        cbor::encode(&Value::Array(self.values(INFO_PURPOSE)))
    }

    fn payload(&self, enc: &[u8], ciphertext: &[u8]) -> Vec<u8> {
        let mut values = self.values(PURPOSE);
        values.extend([enc.into(), ciphertext.into()]);
        cbor::encode(&Value::Array(values))
    }
}

/// Why a grant is refused or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GrantError {
    /// The bank did not sign the grant.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The grant is for another device, channel, generation, epoch or first number.
    #[error("a grant for another device, channel, epoch or number")]
    GrantOfAnother,
    /// This version does not know the HPKE suite.
    #[error("unknown suite")]
    UnknownSuite,
    /// The sealed key does not open with these terms and this key.
    #[error("does not open")]
    DoesNotOpen,
    /// The rekey has no grant for this device: the device may no longer read the channel.
    #[error("no grant for this device")]
    NoGrantForThisDevice,
    /// The agreement key is not a point on the curve.
    #[error("the agreement key is not a point on the curve")]
    NotAKey,
}

impl GrantError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Signature(cause) => cause.reason(),
            Self::GrantOfAnother => "grant_of_another",
            Self::UnknownSuite => "unknown_suite",
            Self::DoesNotOpen => "does_not_open",
            Self::NoGrantForThisDevice => "no_grant_for_this_device",
            Self::NotAKey => "not_a_key",
        }
    }
}

impl From<ParseError> for GrantError {
    fn from(error: ParseError) -> Self {
        Self::Signature(error.into())
    }
}

impl From<SigningFailed> for GrantError {
    fn from(error: SigningFailed) -> Self {
        Self::Signature(error.into())
    }
}

impl From<OpenError> for GrantError {
    fn from(_: OpenError) -> Self {
        Self::DoesNotOpen
    }
}

/// Seals `key` to `agreement` under `terms`, and signs the grant with the grant key. The terms must have the thumbprint
/// of `agreement`.
pub fn seal_grant(
    terms: &GrantTerms,
    agreement: &PublicKey,
    key: &MessageKey,
    signer: &dyn Signer,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, GrantError> {
    if agreement.thumbprint() != terms.agreement {
        return Err(GrantError::GrantOfAnother);
    }
    let recipient = Recipient::from_bytes(agreement.as_bytes()).map_err(|_| GrantError::NotAKey)?;
    let (enc, ciphertext) =
        hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, DhP256HkdfSha256>(
            &OpModeS::Base,
            &recipient,
            &terms.info(),
            key.expose(),
            &[],
            rng,
        )
        .map_err(|_| GrantError::NotAKey)?;
    let payload = terms.payload(&enc.to_bytes(), &ciphertext);
    Ok(Sign1::sign_embedded(signer, &payload)?)
}

/// The terms that a device expects in a grant.
#[derive(Debug, Clone, Copy)]
pub struct GrantFor<'a> {
    /// The device's channel.
    pub channel: ChannelId,
    /// The channel's generation.
    pub generation: Generation,
    /// The device's id.
    pub device: DeviceId,
    /// The device's agreement key.
    pub agreement: &'a PublicKey,
    /// The key epoch, if the device knows it beforehand.
    pub epoch: Option<KeyEpoch>,
    /// The first number, if the device knows it beforehand.
    pub first_number: Option<Number>,
}

impl GrantFor<'_> {
    fn expects(&self, terms: &GrantTerms) -> bool {
        terms.channel == self.channel
            && terms.generation == self.generation
            && terms.device == self.device
            && terms.agreement == self.agreement.thumbprint()
            && self.epoch.is_none_or(|epoch| epoch == terms.epoch)
            && self
                .first_number
                .is_none_or(|number| number == terms.first_number)
    }
}

/// A verified grant that is not opened yet.
///
/// Opening takes two steps, because the key port's `agree` is asynchronous: agree with [`enc`](Self::enc), then call
/// [`open`](Self::open) with the x coordinate.
#[derive(Debug, Clone)]
pub struct GrantToOpen {
    terms: GrantTerms,
    recipient: PublicKey,
    enc: PublicKey,
    ciphertext: Vec<u8>,
}

impl GrantToOpen {
    /// Parses and verifies a grant. A grant key that was valid at the grant's time must have signed it, and its terms
    /// must be the expected ones.
    pub fn verify(
        bytes: &[u8],
        expected: &GrantFor<'_>,
        trust: &TrustList,
    ) -> Result<Self, GrantError> {
        let sign1 = Sign1::parse(bytes)?;
        let grant = Self::read(&sign1, *expected.agreement)?;
        trust.verify(&sign1, Purpose::Grant, grant.terms.time)?;
        if !expected.expects(&grant.terms) {
            return Err(GrantError::GrantOfAnother);
        }
        Ok(grant)
    }

    fn read(sign1: &Sign1, recipient: PublicKey) -> Result<Self, GrantError> {
        let mut fields = Fields::of_statement(sign1.embedded()?, PURPOSE, 1)?;
        let terms = GrantTerms {
            channel: fields.take()?,
            generation: fields.take()?,
            device: fields.take()?,
            agreement: fields.take()?,
            epoch: fields.take()?,
            first_number: fields.take()?,
            time: fields.take()?,
        };
        if fields.take::<u64>()? != SUITE {
            return Err(GrantError::UnknownSuite);
        }
        let (enc, ciphertext) = (fields.take()?, fields.take()?);
        fields.end()?;
        Ok(Self {
            terms,
            recipient,
            enc,
            ciphertext,
        })
    }

    /// The grant's terms.
    #[must_use]
    pub const fn terms(&self) -> &GrantTerms {
        &self.terms
    }

    /// The encapsulated key that the device's agreement key must agree with.
    #[must_use]
    pub const fn enc(&self) -> &PublicKey {
        &self.enc
    }

    /// Opens the grant with the x coordinate that the device's agreement key and [`enc`](Self::enc) agree on.
    pub fn open(&self, x: &[u8; 32]) -> Result<MessageKey, GrantError> {
        let receiver = HpkeReceiver::new(x, &self.enc, &self.recipient, &self.terms.info());
        let key = receiver.open(&[], &self.ciphertext)?;
        let key = <&[u8; 32]>::try_from(key.as_slice()).map_err(|_| GrantError::DoesNotOpen)?;
        Ok(MessageKey::new(*key))
    }
}

/// The device that a grant names; `None` if the bytes are not a grant. Nothing is verified.
pub(crate) fn claimed_device(bytes: &[u8]) -> Option<DeviceId> {
    let sign1 = Sign1::parse(bytes).ok()?;
    let mut fields = Fields::of_statement(sign1.embedded().ok()?, PURPOSE, 1).ok()?;
    fields.take::<ChannelId>().ok()?;
    fields.take::<Generation>().ok()?;
    fields.take().ok()
}
