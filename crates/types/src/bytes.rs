//! Fixed-size byte strings, each with its own type.

use crate::encoding::{EncodingError, base64url};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq as _;

macro_rules! fixed_bytes {
    ($(#[doc = $doc:literal])+ $name:ident, $length:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Length in bytes.
            pub const LENGTH: usize = $length;

            /// Makes the value from its bytes.
            #[must_use]
            pub const fn new(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = EncodingError;
            fn try_from(bytes: &[u8]) -> Result<Self, EncodingError> {
                <[u8; $length]>::try_from(bytes)
                    .map(Self)
                    .map_err(|_| EncodingError::Length { want: $length, have: bytes.len() })
            }
        }

        impl FromStr for $name {
            type Err = EncodingError;
            fn from_str(text: &str) -> Result<Self, EncodingError> {
                Self::try_from(base64url::decode(text)?.as_slice())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&base64url::encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "openapi")]
        crate::schema::described!($name, concat!($($doc),+), crate::schema::base64url($length));
    };
}

fixed_bytes!(
    /// A channel: 16 random bytes, base64url in text.
    ChannelId, 16
);
fixed_bytes!(
    /// A SHA-256 hash: a link of a chain, the head of a channel, a page's or a body's digest.
    Hash, 32
);
fixed_bytes!(
    /// A P-256 public key as SEC1 uncompressed point (65 bytes). This type does not check that the point is on the
    /// curve; signature verification does.
    PublicKey, 65
);
fixed_bytes!(
    /// An ES256 signature, r‖s.
    Signature, 64
);
fixed_bytes!(
    /// The RFC 7638 SHA-256 thumbprint of a public key.
    Thumbprint, 32
);
fixed_bytes!(
    /// Key identifier: the first 8 bytes of SHA-256 of the SEC1 public key.
    Kid, 8
);
fixed_bytes!(
    /// A random nonce: a device draws one for each checkpoint, ciam one for each enrolment challenge.
    Nonce, 16
);

fixed_bytes!(
    /// Identifies the core bank's books. It is random. The bank makes a new one when it creates its books or restores
    /// them from an older copy. Sequences can be compared only within one incarnation.
    Incarnation, 16
);

fixed_bytes!(
    /// A random id of a snapshot that was made for a device. The device asks for the snapshot's parts and pages by this
    /// id.
    SnapshotId, 16
);

fixed_bytes!(
    /// What a person let a client do at one authorization, with the tokens that came of it. It is random.
    GrantId, 16
);

fixed_bytes!(
    /// The number of a voucher: random, and good for one order.
    VoucherId, 16
);

fixed_bytes!(
    /// The bank's challenge to approve an order again: random, and good for one order.
    ChallengeId, 16
);

fixed_bytes!(
    /// Names a passkey: the first 16 bytes of SHA-256 of its credential's id.
    PasskeyId, 16
);

fixed_bytes!(
    /// A random id of a session, which a login begins on a device.
    SessionId, 16
);

fixed_bytes!(
    /// Names somebody of the bank. It is random.
    StaffId, 16
);

fixed_bytes!(
    /// Names an act of somebody of the bank that a second person has to approve. It is random.
    ProposalId, 16
);

impl PasskeyId {
    /// The passkey with that credential id.
    #[must_use]
    pub fn of(credential: &[u8]) -> Self {
        let digest = Sha256::digest(credential);
        let mut id = [0; 16];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(id)
    }
}

impl Hash {
    /// The hash at number 0, before the first message.
    pub const ZERO: Hash = Hash::new([0; 32]);

    /// SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl PublicKey {
    /// The key's identifier.
    #[must_use]
    pub fn kid(&self) -> Kid {
        let digest = Sha256::digest(self.0);
        let mut kid = [0; 8];
        kid.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Kid(kid)
    }

    /// The x and y coordinates in base64url, as in a JWK.
    #[must_use]
    pub fn jwk_coordinates(&self) -> (String, String) {
        let (x, y) = self.0.split_at(33);
        (
            base64url::encode(x.get(1..).unwrap_or_default()),
            base64url::encode(y),
        )
    }

    /// The RFC 7638 thumbprint: SHA-256 of the canonical JWK.
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        let (x, y) = self.jwk_coordinates();
        let jwk = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Thumbprint(Sha256::digest(jwk.as_bytes()).into())
    }
}

/// The symmetric key of a customer's channel in one key epoch. It is never printed, is compared in constant time, and
/// is wiped when dropped.
#[derive(Clone)]
pub struct MessageKey([u8; 32]);

impl PartialEq for MessageKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for MessageKey {}

impl MessageKey {
    /// Makes the key from its 32 bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key's bytes. Callers need them to seal, to open, or to wrap the key.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageKey(redacted)")
    }
}

impl Drop for MessageKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}
