//! Attestations in software: a developer's own root, in a directory.

use anyhow::Context as _;
use attestation::{DevelopmentRoot, SoftwareDevice};
use client::{Attester, KeyError};
use client_native::replace_file;
use envelope::{AttestationChallenge, SoftwareKey};
use protocol::http::DeviceAttestation;
use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};
use std::fmt;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use types::{AttestationFormat, Clock, PublicKey, VerdictLevel};
use zeroize::Zeroizing;

/// Makes a root in the directory, which must not exist. Returns the path of its certificate.
pub(crate) fn make_root(directory: &Path, clock: &Clock) -> anyhow::Result<PathBuf> {
    let mut random = StdRng::try_from_rng(&mut SysRng)?;
    let root = DevelopmentRoot::new(SoftwareKey::generate(&mut random)?);
    let certificate = root.certificate(clock())?;
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(directory)
        .with_context(|| format!("{} cannot be created", directory.display()))?;
    let paths = [key_file(directory), directory.join("root.pem")];
    let contents = [root.key(), Zeroizing::new(certificate)];
    for (path, content) in paths.iter().zip(contents) {
        replace_file(path, content.as_bytes())
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let [_, certificate] = paths;
    Ok(certificate)
}

/// Has a root for development attest a device's keys.
pub(crate) struct SoftwareAttester {
    root: DevelopmentRoot,
    claims: VerdictLevel,
    clock: Clock,
}

impl SoftwareAttester {
    /// The root in the directory.
    pub(crate) fn open(
        directory: &Path,
        claims: VerdictLevel,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let path = key_file(directory);
        let unusable = || {
            let path = path.display();
            format!("{path} is no root for development; make one with `passbook attestation root`")
        };
        let file = std::fs::read_to_string(&path).map(Zeroizing::new);
        let file = file.with_context(unusable)?;
        Ok(Self {
            root: DevelopmentRoot::try_from(file.as_str()).with_context(unusable)?,
            claims,
            clock,
        })
    }
}

impl Attester for SoftwareAttester {
    fn attest(
        &self,
        challenge: &AttestationChallenge,
        keys: [&PublicKey; 3],
    ) -> Result<DeviceAttestation, KeyError> {
        let format = AttestationFormat::AndroidKey;
        let [session, approval, _] = keys;
        let device = SoftwareDevice {
            claims: self.claims,
            session: *session,
            approval: *approval,
        };
        let hash = challenge.hash(format, keys);
        let attested = self.root.attest(&device, hash, (self.clock)());
        Ok(DeviceAttestation {
            format: format.as_str().to_owned(),
            nonce: challenge.nonce,
            object: attested.map_err(KeyError::new)?.into(),
        })
    }
}

impl fmt::Debug for SoftwareAttester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareAttester").finish_non_exhaustive()
    }
}

fn key_file(directory: &Path) -> PathBuf {
    directory.join("root-key")
}
