//! The keys between service broker and bank: the client session variable, and the MACs of packages and answers.

use crate::derive::hkdf;
use crate::encrypt0::{Iv, decrypt0, encrypt0};
use crate::{HmacSha256, OpenError};
use protocol::cbor::{self, Fields, Value};
use protocol::package::Concerned;
use protocol::{ParseError, cbor_array};
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use types::base64url;
use types::{CustomerId, DeviceId, EncodingError, Hash, IntentId, KeyEpoch, PackageId, Time};
use zeroize::{Zeroize as _, Zeroizing};

/// How long a client session variable is good, in milliseconds. The clocks of both sides may differ by as much.
pub const CLIENT_SESSION_MS: u64 = 5 * 60_000;

const CLIENT_SESSION: &str = "passbook client session";
const PACKAGE: &str = "passbook package";
const ANSWER: &str = "passbook package answer";

/// The pre-shared key of service broker and bank: 32 random bytes. It travels in every package.
#[derive(Clone)]
pub struct ServerKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(redacted)")
    }
}

impl FromStr for ServerKey {
    type Err = EncodingError;

    /// Reads base64url without padding.
    fn from_str(text: &str) -> Result<Self, EncodingError> {
        let bytes = Zeroizing::new(base64url::decode(text)?);
        let have = bytes.len();
        let key: [u8; 32] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| EncodingError::Length { want: 32, have })?;
        Ok(Self::new(key))
    }
}

impl ServerKey {
    /// The key of these random bytes.
    #[must_use]
    pub fn new(mut random: [u8; 32]) -> Self {
        let key = Self(Zeroizing::new(random));
        random.zeroize();
        key
    }

    /// The key as it travels: base64url without padding. It goes into a package's header, or into the hands of the person who
    /// sets the key on both sides.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(base64url::encode(&*self.0))
    }

    /// What the bank keeps of the key.
    #[must_use]
    pub fn kept(&self) -> StackKey {
        StackKey {
            hash: Hash::of(&*self.0),
            sessions: hkdf(&*self.0, CLIENT_SESSION.as_bytes()),
        }
    }

    /// Seals a client session variable for one package.
    pub fn seal(&self, session: &ClientSession, iv: &Iv) -> Result<Vec<u8>, OpenError> {
        let key = hkdf(&*self.0, CLIENT_SESSION.as_bytes());
        let aad = CLIENT_SESSION.as_bytes();
        encrypt0(&key, KeyEpoch::FIRST, iv, aad, &session.encode())
    }

    fn mac(&self, purpose: &str, content: &Value) -> HmacSha256 {
        let key = hkdf(&*self.0, purpose.as_bytes());
        HmacSha256::new(&key).over(&cbor::encode(content))
    }
}

/// What the bank keeps of a server key: its hash, and the key derived from it that opens client session variables. Neither makes a
/// package.
#[derive(Clone)]
pub struct StackKey {
    hash: Hash,
    sessions: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for StackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackKey").finish_non_exhaustive()
    }
}

impl StackKey {
    /// The key of its stored parts.
    #[must_use]
    pub const fn new(hash: Hash, sessions: Zeroizing<[u8; 32]>) -> Self {
        Self { hash, sessions }
    }

    /// SHA-256 of the server key.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The derived key, to be stored sealed.
    #[must_use]
    pub fn sessions(&self) -> &[u8; 32] {
        &self.sessions
    }

    /// Whether `presented` is the server key. Compares in constant time.
    #[must_use]
    pub fn is(&self, presented: &ServerKey) -> bool {
        let hash = Hash::of(&*presented.0);
        self.hash.as_bytes().ct_eq(hash.as_bytes()).into()
    }

    /// Opens a client session variable.
    pub fn open(&self, sealed: &[u8]) -> Result<ClientSession, ClientSessionError> {
        let aad = CLIENT_SESSION.as_bytes();
        let content = decrypt0(&self.sessions, KeyEpoch::FIRST, aad, sealed)?;
        Ok(ClientSession::parse(&content)?)
    }
}

/// Why a client session variable does not belong to its package.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClientSessionError {
    /// No key of the service broker opens it.
    #[error("it is not the service broker's")]
    Foreign(#[from] OpenError),
    /// It was made for another package.
    #[error("it is another package's")]
    AnotherPackage,
    /// It was made for another customer, device or order.
    #[error("it is another customer's, device's or order's")]
    AnotherConcern,
    /// It is too old, or its time has not come.
    #[error("its time has passed or not come")]
    OutOfTime,
}

impl From<ParseError> for ClientSessionError {
    fn from(error: ParseError) -> Self {
        Self::Foreign(error.into())
    }
}

/// The client session variable: for whom a package is. The service broker seals it; only the bank opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSession {
    /// The package.
    pub package: PackageId,
    /// For whom the service broker makes the call.
    pub concerned: Concerned,
    /// When it was made.
    pub issued: Time,
}

impl ClientSession {
    fn encode(&self) -> Vec<u8> {
        let text = |id: Option<String>| id.map_or(Value::Null, Value::from);
        let Concerned {
            customer,
            device,
            order,
        } = &self.concerned;
        cbor::encode(&cbor_array![
            CLIENT_SESSION,
            1,
            self.package.to_string(),
            text(customer.as_ref().map(ToString::to_string)),
            text(device.as_ref().map(ToString::to_string)),
            text(order.as_ref().map(ToString::to_string)),
            self.issued,
        ])
    }

    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut fields = Fields::of_statement(bytes, CLIENT_SESSION, 1)?;
        let session = Self {
            package: id(fields.take()?)?,
            concerned: Concerned {
                customer: fields
                    .take::<Option<String>>()?
                    .map(id::<CustomerId>)
                    .transpose()?,
                device: fields
                    .take::<Option<String>>()?
                    .map(id::<DeviceId>)
                    .transpose()?,
                order: fields
                    .take::<Option<String>>()?
                    .map(id::<IntentId>)
                    .transpose()?,
            },
            issued: fields.take()?,
        };
        fields.end()?;
        Ok(session)
    }

    /// Checks that the variable was made for this package, for whom the package concerns, and lately.
    pub fn check(
        &self,
        package: PackageId,
        concerned: &Concerned,
        now: Time,
    ) -> Result<(), ClientSessionError> {
        if self.package != package {
            return Err(ClientSessionError::AnotherPackage);
        }
        if self.concerned != *concerned {
            return Err(ClientSessionError::AnotherConcern);
        }
        let (issued, now) = (self.issued.ms(), now.ms());
        if issued.abs_diff(now) > CLIENT_SESSION_MS {
            return Err(ClientSessionError::OutOfTime);
        }
        Ok(())
    }
}

fn id<T: FromStr>(text: String) -> Result<T, ParseError> {
    text.parse()
        .map_err(|_| ParseError::WrongShape("an id has another form"))
}

/// What the MAC of a package covers, the server session variable.
#[derive(Debug, Clone, Copy)]
pub struct PackageMac<'a> {
    /// The package.
    pub package: PackageId,
    /// The path of the call.
    pub path: &'a str,
    /// The sealed client session variable.
    pub client_session: &'a [u8],
    /// The body.
    pub body: &'a [u8],
}

impl PackageMac<'_> {
    fn over(&self, key: &ServerKey) -> HmacSha256 {
        let content = cbor_array![
            PACKAGE,
            1,
            self.package.to_string(),
            self.path,
            self.client_session,
            Hash::of(self.body),
        ];
        key.mac(PACKAGE, &content)
    }

    /// The MAC.
    #[must_use]
    pub fn made_with(&self, key: &ServerKey) -> Vec<u8> {
        self.over(key).finish().to_vec()
    }

    /// Whether `mac` is the MAC. Compares in constant time.
    #[must_use]
    pub fn matches(&self, key: &ServerKey, mac: &[u8]) -> bool {
        self.over(key).matches(mac)
    }
}

/// What the MAC of an answer covers.
#[derive(Debug, Clone, Copy)]
pub struct AnswerMac<'a> {
    /// The package that is answered.
    pub package: PackageId,
    /// The MAC of that package.
    pub of: &'a [u8],
    /// The status of HTTP.
    pub status: u16,
    /// The verdicts of the layers, as they are sent.
    pub layers: &'a [u8],
    /// The body.
    pub body: &'a [u8],
}

impl AnswerMac<'_> {
    fn over(&self, key: &ServerKey) -> HmacSha256 {
        let content = cbor_array![
            ANSWER,
            1,
            self.package.to_string(),
            self.of,
            u64::from(self.status),
            Hash::of(self.layers),
            Hash::of(self.body),
        ];
        key.mac(ANSWER, &content)
    }

    /// The MAC.
    #[must_use]
    pub fn made_with(&self, key: &ServerKey) -> Vec<u8> {
        self.over(key).finish().to_vec()
    }

    /// Whether `mac` is the MAC. Compares in constant time.
    #[must_use]
    pub fn matches(&self, key: &ServerKey, mac: &[u8]) -> bool {
        self.over(key).matches(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_ms(1_790_000_000_000);

    fn key(byte: u8) -> ServerKey {
        ServerKey::new([byte; 32])
    }

    fn session() -> ClientSession {
        ClientSession {
            package: PackageId::at(NOW, [7; 10]),
            concerned: Concerned {
                customer: Some("1001".parse().unwrap()),
                device: Some(DeviceId::at(NOW, [1; 10])),
                order: Some(IntentId::at(NOW, [2; 10])),
            },
            issued: NOW,
        }
    }

    #[test]
    fn the_bank_opens_what_the_service_broker_sealed() {
        for concerned in [session().concerned, Concerned::default()] {
            let session = ClientSession {
                concerned,
                ..session()
            };
            let sealed = key(1).seal(&session, &[9; 12]).unwrap();
            assert_eq!(key(1).kept().open(&sealed), Ok(session));
            assert!(matches!(
                key(2).kept().open(&sealed),
                Err(ClientSessionError::Foreign(_))
            ));
            let cut = sealed.get(..sealed.len() - 1).unwrap();
            assert!(key(1).kept().open(cut).is_err());
        }
    }

    #[test]
    fn a_client_session_is_good_for_its_package_alone() {
        let session = session();
        let check = |package, concerned: &Concerned, now| session.check(package, concerned, now);
        let (package, concerned) = (session.package, session.concerned.clone());
        assert_eq!(check(package, &concerned, NOW), Ok(()));
        let another = PackageId::at(NOW, [8; 10]);
        assert_eq!(
            check(another, &concerned, NOW),
            Err(ClientSessionError::AnotherPackage)
        );
        let others = [
            Concerned {
                customer: Some("1002".parse().unwrap()),
                ..concerned.clone()
            },
            Concerned {
                device: None,
                ..concerned.clone()
            },
            Concerned {
                order: Some(IntentId::at(NOW, [3; 10])),
                ..concerned.clone()
            },
        ];
        for other in others {
            assert_eq!(
                check(package, &other, NOW),
                Err(ClientSessionError::AnotherConcern)
            );
        }
        let at = |ms| check(package, &concerned, Time::from_ms(ms));
        assert_eq!(at(NOW.ms() + CLIENT_SESSION_MS), Ok(()));
        assert_eq!(at(NOW.ms() - CLIENT_SESSION_MS), Ok(()));
        let late = NOW.ms() + CLIENT_SESSION_MS + 1;
        assert_eq!(at(late), Err(ClientSessionError::OutOfTime));
        let early = NOW.ms() - CLIENT_SESSION_MS - 1;
        assert_eq!(at(early), Err(ClientSessionError::OutOfTime));
    }

    #[test]
    fn a_mac_covers_every_part_of_a_package() {
        let mac = PackageMac {
            package: session().package,
            path: "/core-bank/v1/orders/place",
            client_session: b"sealed",
            body: b"{}",
        };
        let made = mac.made_with(&key(1));
        assert!(mac.matches(&key(1), &made));
        assert!(!mac.matches(&key(2), &made));
        let others = [
            PackageMac {
                package: PackageId::at(NOW, [8; 10]),
                ..mac
            },
            PackageMac { path: "/", ..mac },
            PackageMac {
                client_session: b"another",
                ..mac
            },
            PackageMac {
                body: b"{ }",
                ..mac
            },
        ];
        for other in others {
            assert!(!other.matches(&key(1), &made), "{other:?}");
        }
    }

    #[test]
    fn a_mac_covers_every_part_of_an_answer() {
        let mac = AnswerMac {
            package: session().package,
            of: b"mac of the package",
            status: 200,
            layers: b"[]",
            body: b"{}",
        };
        let made = mac.made_with(&key(1));
        assert!(mac.matches(&key(1), &made));
        let others = [
            AnswerMac {
                package: PackageId::at(NOW, [8; 10]),
                ..mac
            },
            AnswerMac { of: b"", ..mac },
            AnswerMac { status: 404, ..mac },
            AnswerMac { layers: b"", ..mac },
            AnswerMac { body: b"", ..mac },
        ];
        for other in others {
            assert!(!other.matches(&key(1), &made), "{other:?}");
        }
    }

    #[test]
    fn the_bank_knows_the_key_without_keeping_it() {
        let kept = key(1).kept();
        let read: ServerKey = key(1).expose().parse().unwrap();
        assert!(kept.is(&read));
        assert!(!kept.is(&key(2)));
        assert_ne!(kept.hash().as_bytes(), &[1; 32]);
        assert_ne!(kept.sessions(), &[1; 32]);
        assert!(" AAAA".parse::<ServerKey>().is_err());
        assert!("AAAA".parse::<ServerKey>().is_err());
    }
}
