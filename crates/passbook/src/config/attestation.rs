//! The configured verifiers of attestations.

use attestation::{
    AndroidApp, AndroidKey, AppAttest, PlayIntegrity, PlayKeys, RevokedCertificates, Root,
    SettingError, Verifiers,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the bank accepts of attestations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Attestation {
    pub(crate) android: Option<Android>,
    pub(crate) apple: Option<Apple>,
    pub(crate) play: Option<Play>,
}

/// Android Key Attestation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Android {
    /// PEM files of roots.
    pub(crate) roots: Vec<PathBuf>,
    /// The file with the list of revoked certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revoked: Option<PathBuf>,
    pub(crate) apps: Vec<App>,
}

/// An app for Android.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct App {
    pub(crate) package: String,
    /// SHA-256 of its signing certificates, in hexadecimal digits.
    pub(crate) digests: Vec<String>,
}

/// Apple App Attest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Apple {
    /// PEM files of roots.
    pub(crate) roots: Vec<PathBuf>,
    pub(crate) app_ids: Vec<String>,
}

/// Play Integrity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Play {
    /// The files with the keys of the Play Console.
    pub(crate) decryption_key: PathBuf,
    pub(crate) verification_key: PathBuf,
    pub(crate) apps: Vec<App>,
}

impl Attestation {
    /// The verifiers. Otherwise the key, and what is wrong.
    pub(crate) fn verifiers(&self) -> Result<Verifiers, (&'static str, String)> {
        let named = |key| move |problem| (key, problem);
        let android = self.android.as_ref().map(Android::verifier).transpose();
        let apple = self.apple.as_ref().map(Apple::verifier).transpose();
        let play = self.play.as_ref().map(Play::verifier).transpose();
        Ok(Verifiers {
            android_key: android.map_err(named("attestation.android"))?,
            app_attest: apple.map_err(named("attestation.apple"))?,
            play_integrity: play.map_err(named("attestation.play"))?,
        })
    }

    /// Whether nothing is accepted.
    pub(super) const fn is_empty(&self) -> bool {
        self.android.is_none() && self.apple.is_none() && self.play.is_none()
    }
}

impl Android {
    fn verifier(&self) -> Result<AndroidKey, String> {
        let revoked = self.revoked.as_deref().map(|path| {
            let file = read("revoked", path)?;
            RevokedCertificates::of_json(&file).map_err(of_file("revoked", path))
        });
        Ok(AndroidKey {
            roots: roots(&self.roots)?,
            apps: apps(&self.apps)?,
            revoked: revoked.transpose()?.unwrap_or_default(),
        })
    }
}

impl Apple {
    fn verifier(&self) -> Result<AppAttest, String> {
        let verifier = AppAttest::new(roots(&self.roots)?, &self.app_ids);
        verifier.map_err(|error| format!("app_ids: {error}"))
    }
}

impl Play {
    fn verifier(&self) -> Result<PlayIntegrity, String> {
        let key = |key, path: &Path| {
            let file = Zeroizing::new(read(key, path)?);
            let text = std::str::from_utf8(&file).map(|text| Zeroizing::new(text.to_owned()));
            text.map_err(|_| of_file(key, path)(SettingError::NotAKey))
        };
        let decryption = key("decryption_key", &self.decryption_key)?;
        let verification = key("verification_key", &self.verification_key)?;
        let keys = PlayKeys::new(&decryption, &verification);
        Ok(PlayIntegrity {
            keys: keys.map_err(|error| error.to_string())?,
            apps: apps(&self.apps)?,
        })
    }
}

fn roots(paths: &[PathBuf]) -> Result<Vec<Root>, String> {
    if paths.is_empty() {
        return Err("roots: at least one root is needed".to_owned());
    }
    let mut roots = Vec::new();
    for path in paths {
        let file = read("roots", path)?;
        roots.extend(Root::of_pem(&file).map_err(of_file("roots", path))?);
    }
    Ok(roots)
}

fn apps(apps: &[App]) -> Result<Vec<AndroidApp>, String> {
    if apps.is_empty() {
        return Err("apps: at least one app is needed".to_owned());
    }
    let app = |app: &App| {
        let named = |error| format!("apps: {}: {error}", app.package);
        AndroidApp::new(&app.package, &app.digests).map_err(named)
    };
    apps.iter().map(app).collect()
}

fn read(key: &str, path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path)
        .map_err(|error| format!("{key}: {} cannot be read: {error}", path.display()))
}

fn of_file(key: &str, path: &Path) -> impl Fn(SettingError) -> String {
    move |error| format!("{key}: {}: {error}", path.display())
}
