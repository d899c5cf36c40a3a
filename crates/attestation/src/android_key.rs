//! Android Key Attestation.

use crate::chain::{Chain, certificates};
use crate::finding::Finding;
use crate::key_description::{Application, KEY_DESCRIPTION, KeyDescription, SecurityLevel};
use crate::proven::{Expected, Proven};
use crate::revoked::RevokedCertificates;
use crate::root::{Root, SettingError};
use protocol::cbor::{Value, decode};
use std::collections::BTreeSet;
use types::{Time, hex};

/// Maximum attested keys: the session key's and the approval key's.
const KEYS_MAX: usize = 2;

/// An app of the bank for Android.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AndroidApp {
    package: String,
    digests: BTreeSet<Vec<u8>>,
}

impl AndroidApp {
    /// The app with that package name, signed by certificates of which these are the SHA-256 digests, in hexadecimal
    /// digits as `apksigner` and `keytool` print them.
    pub fn new(package: &str, digests: &[String]) -> Result<Self, SettingError> {
        let is_named = !package.is_empty()
            && package
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
        if !is_named {
            return Err(SettingError::NotAPackage);
        }
        let digest = |text: &String| {
            let digits = text.replace(':', "").to_ascii_lowercase();
            let bytes = hex::decode(&digits).ok().filter(|bytes| bytes.len() == 32);
            bytes.ok_or(SettingError::NotADigest)
        };
        let digests = digests
            .iter()
            .map(digest)
            .collect::<Result<BTreeSet<_>, _>>()?;
        if digests.is_empty() {
            return Err(SettingError::NotADigest);
        }
        Ok(Self {
            package: package.to_owned(),
            digests,
        })
    }

    /// Whether it has that package and no other signing certificates than these.
    pub(crate) fn is(&self, package: &str, digests: &[Vec<u8>]) -> bool {
        self.package == package
            && !digests.is_empty()
            && digests.iter().all(|digest| self.digests.contains(digest))
    }
}

/// What the bank accepts of Android Key Attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AndroidKey {
    /// Google's roots.
    pub roots: Vec<Root>,
    /// The bank's apps.
    pub apps: Vec<AndroidApp>,
    /// Certificates that Google revoked.
    pub revoked: RevokedCertificates,
}

impl AndroidKey {
    /// `object` is a CBOR array of one chain for each attested key, the session key's first; a chain is an array of
    /// certificates in DER, the key's own first.
    pub(crate) fn verify(
        &self,
        object: &[u8],
        expected: &Expected,
        now: Time,
    ) -> Result<Proven, Finding> {
        let chains = chains(object).ok_or(Finding::Malformed)?;
        let keys = [expected.session, expected.approval];
        let mut levels = Vec::with_capacity(chains.len());
        let mut missing = BTreeSet::new();
        for (chain, key) in chains.iter().zip(keys) {
            let ders: Vec<_> = chain.iter().map(Vec::as_slice).collect();
            let chain = Chain::verify(&ders, &self.roots, &self.revoked, (&KEY_DESCRIPTION, now))?;
            // The keeper's authority never describes a key, so that an attested key cannot attest another one.
            let is_described = |authority: &crate::certificate::Certificate| {
                authority.extension(&KEY_DESCRIPTION).is_some()
            };
            if chain.authorities().any(is_described) {
                return Err(Finding::DescriptionMisplaced);
            }
            let leaf = chain.leaf()?;
            if leaf.p256() != Some(key) {
                return Err(Finding::AnotherKey);
            }
            let described = leaf.extension(&KEY_DESCRIPTION);
            let described = described.and_then(KeyDescription::parse);
            let described = described.ok_or(Finding::Malformed)?;
            self.check(&described, expected)?;
            missing.extend(weaknesses(&described));
            levels.push(described.level);
        }
        if levels.len() < keys.len() {
            missing.insert(Finding::ApprovalKeyMissing);
        }
        let kept = match levels.iter().min() {
            Some(SecurityLevel::Strongbox) => Finding::Strongbox,
            _ => Finding::TrustedEnvironment,
        };
        Ok(Proven::unless(missing.into_iter().collect(), kept))
    }

    /// Refuses a description of another key than one that the bank's app had made for this challenge.
    fn check(&self, described: &KeyDescription, expected: &Expected) -> Result<(), Finding> {
        if described.challenge != expected.challenge.as_bytes() {
            return Err(Finding::AnotherChallenge);
        }
        let is_banks = |application: &Application| {
            let of_bank = |package: &String| {
                let mut apps = self.apps.iter();
                apps.any(|app| app.is(package, &application.digests))
            };
            !application.packages.is_empty() && application.packages.iter().all(of_bank)
        };
        if !described.application.as_ref().is_some_and(is_banks) {
            return Err(Finding::AnotherApp);
        }
        if !described.signs {
            return Err(Finding::PurposeMissing);
        }
        if !described.generated {
            return Err(Finding::KeyImported);
        }
        Ok(())
    }
}

/// What is missing for a key in the hardware of an intact device.
fn weaknesses(described: &KeyDescription) -> Vec<Finding> {
    if described.level == SecurityLevel::Software {
        return vec![Finding::Software];
    }
    match described.boot {
        Some(boot) if boot.locked && boot.verified => Vec::new(),
        Some(boot) if !boot.locked => vec![Finding::BootloaderUnlocked],
        _ => vec![Finding::BootUnverified],
    }
}

fn chains(object: &[u8]) -> Option<Vec<Vec<Vec<u8>>>> {
    let Ok(Value::Array(chains)) = decode(object) else {
        return None;
    };
    if chains.is_empty() || chains.len() > KEYS_MAX {
        return None;
    }
    chains.into_iter().map(certificates).collect()
}
