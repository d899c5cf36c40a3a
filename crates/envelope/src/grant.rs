//! The message key sealed to one device and signed by the bank.

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

/// What a grant says beside the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantTerms {
    /// The channel whose key it is.
    pub channel: ChannelId,
    /// The channel's generation.
    pub generation: Generation,
    /// For which device.
    pub device: DeviceId,
    /// For which agreement key of it.
    pub agreement: Thumbprint,
    /// The key's epoch.
    pub epoch: KeyEpoch,
    /// The first message under the key: the one after the rekey, 1 for the first epoch.
    pub first_number: Number,
    /// When it was made, which its signing key's validity is judged by.
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

    /// The `info` that binds the sealed key to these terms.
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

/// Why a grant is refused, or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GrantError {
    /// The bank did not sign it.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// For another device, channel, generation, epoch or number.
    #[error("a grant of another device, channel, epoch or number")]
    GrantOfAnother,
    /// A suite that this version does not know.
    #[error("unknown suite")]
    UnknownSuite,
    /// The sealed key does not open under these terms with this key.
    #[error("does not open")]
    DoesNotOpen,
    /// A rekey without a grant for this device, which is no longer a reader.
    #[error("no grant for this device")]
    NoGrantForThisDevice,
    /// The agreement key is no point of the curve.
    #[error("the agreement key is no point of the curve")]
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

/// Seals `key` to `agreement` under `terms`, whose thumbprint must be that key's, and signs it by the grant key.
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

/// What a device expects of a grant.
#[derive(Debug, Clone, Copy)]
pub struct GrantFor<'a> {
    /// Its channel.
    pub channel: ChannelId,
    /// The channel's generation.
    pub generation: Generation,
    /// Itself.
    pub device: DeviceId,
    /// Its agreement key.
    pub agreement: &'a PublicKey,
    /// The key epoch, where it is known beforehand.
    pub epoch: Option<KeyEpoch>,
    /// The first number, where it is known beforehand.
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

/// A verified grant that waits for the device's agreement key.
///
/// The key port's `agree` is asynchronous, so that opening takes two steps: agree with [`enc`](Self::enc), then
/// [`open`](Self::open) with the x coordinate.
#[derive(Debug, Clone)]
pub struct GrantToOpen {
    terms: GrantTerms,
    recipient: PublicKey,
    enc: PublicKey,
    ciphertext: Vec<u8>,
}

impl GrantToOpen {
    /// Reads and verifies a grant: signed by the grant key of its time, and the one expected.
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

    /// What it says beside the key.
    #[must_use]
    pub const fn terms(&self) -> &GrantTerms {
        &self.terms
    }

    /// The encapsulated key, to agree with.
    #[must_use]
    pub const fn enc(&self) -> &PublicKey {
        &self.enc
    }

    /// Opens it, with the x coordinate that the device's agreement key and [`enc`](Self::enc) agree on.
    pub fn open(&self, x: &[u8; 32]) -> Result<MessageKey, GrantError> {
        let receiver = HpkeReceiver::new(x, &self.enc, &self.recipient, &self.terms.info());
        let key = receiver.open(&[], &self.ciphertext)?;
        let key = <&[u8; 32]>::try_from(key.as_slice()).map_err(|_| GrantError::DoesNotOpen)?;
        Ok(MessageKey::new(*key))
    }
}

/// For which device a grant claims to be; none where it is no grant. Nothing is proven by it.
pub(crate) fn claimed_device(bytes: &[u8]) -> Option<DeviceId> {
    let sign1 = Sign1::parse(bytes).ok()?;
    let mut fields = Fields::of_statement(sign1.embedded().ok()?, PURPOSE, 1).ok()?;
    fields.take::<ChannelId>().ok()?;
    fields.take::<Generation>().ok()?;
    fields.take().ok()
}
