//! Android's description of a key: the extension 1.3.6.1.4.1.11129.2.1.17, as
//! <https://source.android.com/docs/security/features/keystore/attestation> defines it.

use crate::der::{
    BOOLEAN, ENUMERATED, INTEGER, Node, OCTET_STRING, SEQUENCE, SET, write, write_all,
    write_explicit, write_unsigned,
};
use std::collections::BTreeSet;
use x509_cert::der::asn1::ObjectIdentifier;

/// The extension.
pub(crate) const KEY_DESCRIPTION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.1.17");

/// The tags of the authorizations that are read.
const PURPOSE: u16 = 1;
const ORIGIN: u16 = 702;
const ROOT_OF_TRUST: u16 = 704;
const APPLICATION_ID: u16 = 709;

/// Purposes of keys (KeyMint's `KeyPurpose`).
const SIGN: u64 = 2;
const VERIFY: u64 = 3;

/// Origins of keys (KeyMint's `KeyOrigin`): made by the key's keeper, or imported.
const GENERATED: u64 = 0;
const IMPORTED: u64 = 2;

/// The version of descriptions that are written.
const VERSION: u64 = 400;

/// Where a key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SecurityLevel {
    Software,
    TrustedEnvironment,
    Strongbox,
}

/// The state of the system that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Boot {
    pub(crate) locked: bool,
    /// Whether the maker's key verified the system.
    pub(crate) verified: bool,
}

/// The app that had the key made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Application {
    /// Its packages: more than one if they share a user id.
    pub(crate) packages: Vec<String>,
    /// SHA-256 of its signing certificates.
    pub(crate) digests: Vec<Vec<u8>>,
}

/// What Android says about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyDescription {
    /// Where the key is kept, and where the attestation was made: the lower one.
    pub(crate) level: SecurityLevel,
    pub(crate) challenge: Vec<u8>,
    /// Whether the key may sign, as its keeper enforces it.
    pub(crate) signs: bool,
    /// Whether its keeper made it.
    pub(crate) generated: bool,
    /// `None` if the keeper does not say it.
    pub(crate) boot: Option<Boot>,
    pub(crate) application: Option<Application>,
}

/// An authorization list.
#[derive(Default)]
struct Authorizations {
    purposes: Vec<u64>,
    origin: Option<u64>,
    boot: Option<Boot>,
    application: Option<Application>,
}

impl KeyDescription {
    /// Reads the extension's value.
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        let fields = Node::parse(value)?.sequence()?;
        let [
            _version,
            attested_at,
            _keeper_version,
            kept_at,
            challenge,
            _unique_id,
            by_software,
            by_hardware,
        ] = fields.as_slice()
        else {
            return None;
        };
        let level = level(*attested_at)?.min(level(*kept_at)?);
        let by_software = Authorizations::read(*by_software)?;
        let by_hardware = Authorizations::read(*by_hardware)?;
        // The list that the key's keeper enforces. A key in software has nothing in the other one.
        let kept = match level {
            SecurityLevel::Software => &by_software,
            SecurityLevel::TrustedEnvironment | SecurityLevel::Strongbox => &by_hardware,
        };
        Some(Self {
            level,
            challenge: challenge.octets()?.to_vec(),
            signs: kept.purposes.contains(&SIGN),
            generated: kept.origin == Some(GENERATED),
            boot: kept.boot,
            application: by_software.application.or(by_hardware.application),
        })
    }
}

impl KeyDescription {
    /// The extension's value.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let purpose = if self.signs { SIGN } else { VERIFY };
        let purposes = write_all(SET, &[write_unsigned(INTEGER, purpose)]);
        let origin = if self.generated { GENERATED } else { IMPORTED };
        let mut kept = vec![
            write_explicit(PURPOSE, &purposes),
            write_explicit(ORIGIN, &write_unsigned(INTEGER, origin)),
        ];
        if let Some(Boot { locked, verified }) = self.boot {
            let fields = [
                write(OCTET_STRING, &[0; 32]),
                write(BOOLEAN, &[if locked { 0xff } else { 0 }]),
                write_unsigned(ENUMERATED, if verified { 0 } else { 2 }),
                write(OCTET_STRING, &[0; 32]),
            ];
            kept.push(write_explicit(ROOT_OF_TRUST, &write_all(SEQUENCE, &fields)));
        }
        let application = self.application.as_ref().map(|application| {
            let package = |name: &String| {
                let fields = [
                    write(OCTET_STRING, name.as_bytes()),
                    write_unsigned(INTEGER, 1),
                ];
                write_all(SEQUENCE, &fields)
            };
            let digest = |digest: &Vec<u8>| write(OCTET_STRING, digest);
            let packages: Vec<_> = application.packages.iter().map(package).collect();
            let digests: Vec<_> = application.digests.iter().map(digest).collect();
            let fields = [write_all(SET, &packages), write_all(SET, &digests)];
            write_explicit(
                APPLICATION_ID,
                &write(OCTET_STRING, &write_all(SEQUENCE, &fields)),
            )
        });
        let application: Vec<_> = application.into_iter().collect();
        let (level, by_software, by_hardware) = match self.level {
            SecurityLevel::Software => (0, [kept, application].concat(), Vec::new()),
            SecurityLevel::TrustedEnvironment => (1, application, kept),
            SecurityLevel::Strongbox => (2, application, kept),
        };
        let fields = [
            write_unsigned(INTEGER, VERSION),
            write_unsigned(ENUMERATED, level),
            write_unsigned(INTEGER, VERSION),
            write_unsigned(ENUMERATED, level),
            write(OCTET_STRING, &self.challenge),
            write(OCTET_STRING, &[]),
            write_all(SEQUENCE, &by_software),
            write_all(SEQUENCE, &by_hardware),
        ];
        write_all(SEQUENCE, &fields)
    }
}

fn level(node: Node<'_>) -> Option<SecurityLevel> {
    match node.unsigned()? {
        0 => Some(SecurityLevel::Software),
        1 => Some(SecurityLevel::TrustedEnvironment),
        2 => Some(SecurityLevel::Strongbox),
        _ => None,
    }
}

impl Authorizations {
    fn read(list: Node<'_>) -> Option<Self> {
        let mut read = Self::default();
        let mut tags = BTreeSet::new();
        for value in list.sequence()? {
            let (tag, inner) = value.explicit()?;
            if !tags.insert(tag) {
                return None;
            }
            match tag {
                PURPOSE => {
                    let purposes = inner.set()?.into_iter().map(Node::unsigned);
                    read.purposes = purposes.collect::<Option<_>>()?;
                }
                ORIGIN => read.origin = Some(inner.unsigned()?),
                ROOT_OF_TRUST => read.boot = Some(boot(inner)?),
                APPLICATION_ID => read.application = Some(application(inner.octets()?)?),
                _ => {}
            }
        }
        Some(read)
    }
}

fn boot(root_of_trust: Node<'_>) -> Option<Boot> {
    let fields = root_of_trust.sequence()?;
    let [_key, locked, state, ..] = fields.as_slice() else {
        return None;
    };
    Some(Boot {
        locked: locked.boolean()?,
        verified: state.unsigned()? == 0,
    })
}

fn application(value: &[u8]) -> Option<Application> {
    let fields = Node::parse(value)?.sequence()?;
    let [packages, digests] = fields.as_slice() else {
        return None;
    };
    let package = |package: Node<'_>| {
        let fields = package.sequence()?;
        let name = std::str::from_utf8(fields.first()?.octets()?).ok()?;
        Some(name.to_owned())
    };
    let digest = |digest: Node<'_>| digest.octets().map(<[u8]>::to_vec);
    Some(Application {
        packages: packages
            .set()?
            .into_iter()
            .map(package)
            .collect::<Option<_>>()?,
        digests: digests
            .set()?
            .into_iter()
            .map(digest)
            .collect::<Option<_>>()?,
    })
}
