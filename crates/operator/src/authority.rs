//! The bank's own certificate authority, in a directory: it issues the certificates of services.

use anyhow::{Context as _, bail, ensure};
use client_native::replace_file;
use http_edge::{ServiceFiles, ServiceName, ServiceRole};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use types::{Clock, base64url};
use zeroize::Zeroizing;

/// How long the authority's certificate is good.
const AUTHORITY_DAYS: u64 = 3_650;

/// How long a service's certificate is good.
const SERVICE_DAYS: u64 = 398;

/// Certificates begin this much before they are made, for callers whose clocks are behind.
const BEFORE: Duration = Duration::from_secs(3_600);

/// The file with the authority's certificate, in its directory and in those of services.
const AUTHORITY: &str = "authority.pem";

fn authority_key(directory: &Path) -> PathBuf {
    directory.join("authority.key")
}

/// The files of a service in its directory.
pub fn service_files(directory: &Path) -> ServiceFiles {
    ServiceFiles {
        authority: directory.join(AUTHORITY),
        certificate: directory.join("service.pem"),
        private_key: directory.join("service.key"),
    }
}

/// The key that the bank's relay shares with notification, in the directory of the authority and of each of the two.
pub fn relay_key(directory: &Path) -> PathBuf {
    directory.join("relay.key")
}

fn create(directory: &Path) -> anyhow::Result<()> {
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(directory)
        .with_context(|| format!("{} cannot be created", directory.display()))
}

fn write(path: &Path, content: &str) -> anyhow::Result<()> {
    replace_file(path, content.as_bytes())
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// What the authority's certificate says. The name and its form never change, so that the key alone signs for it again.
fn authority_params(clock: &Clock) -> CertificateParams {
    let mut params = good_for(clock, AUTHORITY_DAYS);
    params
        .distinguished_name
        .push(DnType::CommonName, "Passbook services");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn good_for(clock: &Clock, days: u64) -> CertificateParams {
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(clock().ms());
    let mut params = CertificateParams::default();
    params.not_before = (now - BEFORE).into();
    params.not_after = (now + Duration::from_secs(days * 86_400)).into();
    params
}

/// Makes an authority in the directory, which must not exist. Returns the path of its certificate.
pub fn make(directory: &Path, clock: &Clock) -> anyhow::Result<PathBuf> {
    let key = KeyPair::generate()?;
    let certificate = authority_params(clock).self_signed(&key)?;
    create(directory)?;
    let path = directory.join(AUTHORITY);
    write(
        &authority_key(directory),
        &Zeroizing::new(key.serialize_pem()),
    )?;
    write(&path, &certificate.pem())?;
    let mut relay = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *relay).context("the system's random source failed")?;
    let relay = Zeroizing::new(format!("{}\n", base64url::encode(&*relay)));
    write(&relay_key(directory), &relay)?;
    Ok(path)
}

/// Issues a certificate for one node with these names, and writes it with its key and the authority's certificate into `to`, which must
/// not exist.
pub fn issue(
    authority: &Path,
    names: &[ServiceName],
    to: &Path,
    clock: &Clock,
) -> anyhow::Result<ServiceFiles> {
    ensure!(
        !names.is_empty(),
        "a certificate names at least one service"
    );
    let path = authority_key(authority);
    let none = || {
        let path = path.display();
        format!("{path} is no authority's key; make one with `passbook ca init`")
    };
    let key = std::fs::read_to_string(&path).map(Zeroizing::new);
    let key = KeyPair::from_pem(&key.with_context(none)?).with_context(none)?;
    let Ok(own) = std::fs::read_to_string(authority.join(AUTHORITY)) else {
        bail!("{} has no {AUTHORITY}", authority.display());
    };
    let issuer = Issuer::new(authority_params(clock), key);
    let mut params = good_for(clock, SERVICE_DAYS);
    for name in names {
        params.subject_alt_names.extend([
            SanType::URI(name.to_string().try_into()?),
            SanType::DnsName(name.role.host().try_into()?),
        ]);
    }
    params
        .distinguished_name
        .push(DnType::CommonName, "service");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    let service = KeyPair::generate()?;
    let certificate = params.signed_by(&service, &issuer)?;
    create(to)?;
    let files = service_files(to);
    write(&files.private_key, &Zeroizing::new(service.serialize_pem()))?;
    write(&files.certificate, &certificate.pem())?;
    write(&files.authority, &own)?;
    let shares_relay_key =
        |name: &ServiceName| matches!(name.role, ServiceRole::CoreBank | ServiceRole::Notification);
    if names.iter().any(shares_relay_key) {
        let from = relay_key(authority);
        let key = std::fs::read_to_string(&from).map(Zeroizing::new);
        let key = key.with_context(|| format!("{} cannot be read", from.display()))?;
        write(&relay_key(to), &key)?;
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use types::Time;

    #[test]
    fn a_certificate_names_its_services() {
        let directory = tempfile::tempdir().unwrap();
        let clock: Clock = Arc::new(|| Time::from_ms(1_796_000_000_000));
        let (authority, node) = (directory.path().join("ca"), directory.path().join("node"));
        make(&authority, &clock).unwrap();
        let names = [ServiceRole::Ciam, ServiceRole::Gateway].map(|role| ServiceName {
            role,
            node: "node-1".to_owned(),
        });
        let files = issue(&authority, &names, &node, &clock).unwrap();
        assert_eq!(files.check().unwrap(), names);
        // Neither overwrites what is there.
        assert!(make(&authority, &clock).is_err());
        assert!(issue(&authority, &names, &node, &clock).is_err());
        let nowhere = directory.path().join("nowhere");
        assert!(issue(&nowhere, &names, &directory.path().join("other"), &clock).is_err());
    }
}
