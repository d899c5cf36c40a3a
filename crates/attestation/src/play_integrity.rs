//! Play Integrity tokens that the bank decrypts itself, as
//! <https://developer.android.com/google/play/integrity/classic> and `…/verdicts` describe them.

use crate::android_key::AndroidApp;
use crate::certificate::p256_of_info;
use crate::finding::Finding;
use crate::proven::{Expected, Proven};
use crate::root::SettingError;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::fmt;
use token::Jws;
use types::{PublicKey, Time, base64url};
use zeroize::Zeroizing;

/// How far the clocks of Google and the bank may differ, in milliseconds.
const CLOCKS_DIFFER_MS: u64 = 5 * 60_000;

/// The size of a wrapped AES-256 key (RFC 3394, 2.2.1).
const WRAPPED_BYTES: usize = 40;

/// The keys of the bank's app in the Play Console.
#[derive(Clone, PartialEq, Eq)]
pub struct PlayKeys {
    /// Decrypts tokens.
    decryption: Zeroizing<[u8; 32]>,
    /// Verifies them.
    verification: PublicKey,
}

impl PlayKeys {
    /// The keys as the Play Console shows them, in base64: an AES key of 32 bytes and a SubjectPublicKeyInfo on P-256.
    pub fn new(decryption: &str, verification: &str) -> Result<Self, SettingError> {
        let decode = |text: &str| {
            STANDARD
                .decode(text.trim())
                .map_err(|_| SettingError::NotAKey)
        };
        let key = Zeroizing::new(decode(decryption)?);
        let key = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| SettingError::NotAKey)?;
        let verification = p256_of_info(&decode(verification)?);
        Ok(Self {
            decryption: Zeroizing::new(key),
            verification: verification.ok_or(SettingError::NotAKey)?,
        })
    }
}

impl fmt::Debug for PlayKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlayKeys(redacted)")
    }
}

/// What the bank accepts of Play Integrity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayIntegrity {
    /// The keys of the bank's app.
    pub keys: PlayKeys,
    /// The bank's apps.
    pub apps: Vec<AndroidApp>,
}

#[derive(Deserialize)]
struct EncryptionHeader {
    alg: String,
    enc: String,
}

#[derive(Deserialize)]
struct SignatureHeader {
    alg: String,
}

/// The token's payload. Members that are not read may be there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    request_details: RequestDetails,
    app_integrity: AppIntegrity,
    device_integrity: DeviceIntegrity,
    account_details: AccountDetails,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestDetails {
    request_package_name: String,
    /// Of a classic request.
    nonce: Option<String>,
    /// Of a standard request.
    request_hash: Option<String>,
    timestamp_millis: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppIntegrity {
    app_recognition_verdict: String,
    package_name: Option<String>,
    #[serde(default)]
    certificate_sha256_digest: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeviceIntegrity {
    #[serde(default)]
    device_recognition_verdict: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountDetails {
    app_licensing_verdict: String,
}

impl PlayIntegrity {
    /// `object` is the token, whose `nonce` or `requestHash` is the challenge's hash in base64url.
    pub(crate) fn verify(
        &self,
        object: &[u8],
        expected: &Expected,
        now: Time,
    ) -> Result<Proven, Finding> {
        let token = std::str::from_utf8(object).map_err(|_| Finding::Malformed)?;
        let signed = self.decrypt(token)?;
        let payload = self.payload(&signed)?;
        let request = &payload.request_details;
        let challenge = base64url::encode(expected.challenge.as_bytes());
        let named = request.nonce.iter().chain(&request.request_hash);
        let named: Vec<_> = named.map(|text| text.trim_end_matches('=')).collect();
        if named != [challenge.as_str()] {
            return Err(Finding::AnotherChallenge);
        }
        let made = request.timestamp_millis.parse().map(Time::from_ms);
        let made = made.map_err(|_| Finding::Malformed)?;
        let earliest = expected.given.minus_ms(CLOCKS_DIFFER_MS);
        let latest = now.plus_ms(CLOCKS_DIFFER_MS);
        if made < earliest || made > latest {
            return Err(Finding::TokenStale);
        }
        let app = &payload.app_integrity;
        if app.app_recognition_verdict != "PLAY_RECOGNIZED" {
            return Err(Finding::AppUnrecognised);
        }
        if !self.is_banks(request, app) {
            return Err(Finding::AnotherApp);
        }
        let verdicts = &payload.device_integrity.device_recognition_verdict;
        let meets = |word: &str| verdicts.iter().any(|verdict| verdict == word);
        let is_licensed = payload.account_details.app_licensing_verdict == "LICENSED";
        let mut missing = Vec::new();
        if !meets("MEETS_STRONG_INTEGRITY") {
            missing.push(match meets("MEETS_DEVICE_INTEGRITY") {
                true => Finding::DeviceIntegrity,
                false => return Err(Finding::DeviceUnrecognised),
            });
        }
        if !is_licensed {
            missing.push(Finding::NotLicensed);
        }
        Ok(Proven::unless(missing, Finding::StrongIntegrity))
    }

    fn is_banks(&self, request: &RequestDetails, app: &AppIntegrity) -> bool {
        let digests = app.certificate_sha256_digest.iter();
        let digests = digests.map(|text| base64url::decode(text.trim_end_matches('=')).ok());
        let Some(digests) = digests.collect::<Option<Vec<_>>>() else {
            return false;
        };
        let package = &request.request_package_name;
        app.package_name.as_ref() == Some(package)
            && self.apps.iter().any(|app| app.is(package, &digests))
    }

    /// Opens a JWE in the compact serialization (RFC 7516, 3.1) with A256KW and A256GCM.
    fn decrypt(&self, token: &str) -> Result<Vec<u8>, Finding> {
        let parts: Vec<_> = token.split('.').collect();
        let [header, key, iv, ciphertext, tag] = parts.as_slice() else {
            return Err(Finding::Malformed);
        };
        let decode = |part: &str| base64url::decode(part).map_err(|_| Finding::Malformed);
        let named: EncryptionHeader =
            serde_json::from_slice(&decode(header)?).map_err(|_| Finding::Malformed)?;
        if named.alg != "A256KW" || named.enc != "A256GCM" {
            return Err(Finding::NotDecrypted);
        }
        let refused = |_| Finding::NotDecrypted;
        let wrapping = AesKek::new(&AES_256, self.keys.decryption.as_slice()).map_err(refused)?;
        let mut content_key = Zeroizing::new([0; WRAPPED_BYTES]);
        let key = decode(key)?;
        if key.len() != WRAPPED_BYTES {
            return Err(Finding::NotDecrypted);
        }
        let unwrapped = wrapping.unwrap(&key, content_key.as_mut_slice());
        let unwrapped = unwrapped.map_err(refused)?;
        let opening = UnboundKey::new(&AES_256_GCM, unwrapped).map_err(refused)?;
        let iv = Nonce::try_assume_unique_for_key(&decode(iv)?).map_err(refused)?;
        let mut sealed = [decode(ciphertext)?, decode(tag)?].concat();
        let aad = Aad::from(header.as_bytes());
        let opened = LessSafeKey::new(opening).open_in_place(iv, aad, &mut sealed);
        Ok(opened.map_err(refused)?.to_vec())
    }

    /// Verifies a JWS (RFC 7515) with ES256, whatever algorithm it asks for.
    fn payload(&self, signed: &[u8]) -> Result<Payload, Finding> {
        let text = std::str::from_utf8(signed).map_err(|_| Finding::Malformed)?;
        let signed = Jws::parse(text).ok_or(Finding::Malformed)?;
        let header: SignatureHeader = signed.header().ok_or(Finding::Malformed)?;
        if header.alg != "ES256" || !signed.verify(&self.keys.verification) {
            return Err(Finding::SignatureInvalid);
        }
        signed.payload().ok_or(Finding::Malformed)
    }
}
