//! A person's passkeys (WebAuthn Level 3). Only a page can have a person use them, and should only after a deliberate tap.

use crate::browser_error::{BrowserError, member, object, set, settled};
use js_sys::{Array, Function, Uint8Array};
use protocol::http::PasskeyOptions;
use wasm_bindgen::{JsCast as _, JsValue};
use webauthn::{Assertion, Attestation};
use zeroize::Zeroizing;

/// The input of the PRF extension (10.1.4) for the storage key: its output is another one for each credential.
const PRF_INPUT: &[u8] = b"passbook storage key 1";
/// How long the person has, in milliseconds.
const CEREMONY_MS: u32 = 120_000;

/// What a passkey that unlocks the passbook released.
pub struct Prf {
    /// The credential's id.
    pub credential: Vec<u8>,
    /// The output of its PRF extension.
    pub secret: Zeroizing<[u8; 32]>,
}

/// Has one of the person's passkeys for `relying_party` sign `challenge` (6.3.3).
pub async fn assert_passkey(
    relying_party: &str,
    challenge: &[u8],
) -> Result<Assertion, BrowserError> {
    let credential = get(relying_party, challenge, None).await?;
    let response = member(&credential, "response")?;
    Ok(Assertion {
        credential: bytes(&credential, "rawId")?,
        authenticator_data: bytes(&response, "authenticatorData")?,
        client_data_json: bytes(&response, "clientDataJSON")?,
        signature: bytes(&response, "signature")?,
    })
}

/// Has a passkey made with the bank's options (5.1.3).
pub async fn make_passkey(options: &PasskeyOptions) -> Result<Attestation, BrowserError> {
    let algorithms = Array::new();
    for algorithm in &options.algorithms {
        let number = i32::try_from(*algorithm).unwrap_or_default();
        algorithms.push(&object([
            ("type", "public-key".into()),
            ("alg", number.into()),
        ])?);
    }
    let exclude = Array::new();
    for credential in &options.exclude {
        exclude.push(&descriptor(credential.as_ref())?);
    }
    let party = &options.relying_party;
    let name = options.user_name.as_str();
    let public_key = object([
        ("challenge", array(options.challenge.as_ref())),
        (
            "rp",
            object([
                ("id", party.id.as_str().into()),
                ("name", party.id.as_str().into()),
            ])?,
        ),
        (
            "user",
            object([
                ("id", array(options.user.as_ref())),
                ("name", name.into()),
                ("displayName", name.into()),
            ])?,
        ),
        ("pubKeyCredParams", algorithms.into()),
        ("excludeCredentials", exclude.into()),
        (
            "authenticatorSelection",
            object([
                ("residentKey", "required".into()),
                ("requireResidentKey", true.into()),
                ("userVerification", "required".into()),
            ])?,
        ),
        ("timeout", CEREMONY_MS.into()),
        ("attestation", "none".into()),
        ("extensions", object([("prf", object([])?)])?),
    ])?;
    let made = ceremony("create", public_key).await?;
    let response = member(&made, "response")?;
    Ok(Attestation {
        client_data_json: bytes(&response, "clientDataJSON")?,
        attestation_object: bytes(&response, "attestationObject")?,
    })
}

/// Makes a passkey that unlocks the passbook on this device, or uses the one with that credential id. `Ok(None)` if the
/// authenticator has no PRF: it cannot unlock. The challenge is of no use to the bank, which does not know this passkey.
pub async fn unlocking_passkey(
    relying_party: &str,
    user_name: &str,
    credential: Option<&[u8]>,
) -> Result<Option<Prf>, BrowserError> {
    let used = match credential {
        Some(credential) => credential.to_vec(),
        None => match make_unlocking(relying_party, user_name).await? {
            Some(made) => made,
            None => return Ok(None),
        },
    };
    let challenge = crate::random::BrowserRandom.key();
    let answered = get(relying_party, &*challenge, Some(&used)).await?;
    let secret = prf_output(&answered)?;
    Ok(secret.map(|secret| Prf {
        credential: used,
        secret,
    }))
}

/// Makes a passkey with PRF. `None` if the authenticator has none.
async fn make_unlocking(
    relying_party: &str,
    user_name: &str,
) -> Result<Option<Vec<u8>>, BrowserError> {
    let random = crate::random::BrowserRandom;
    let (challenge, user) = (random.key(), random.key());
    let public_key = object([
        ("challenge", array(&*challenge)),
        (
            "rp",
            object([("id", relying_party.into()), ("name", relying_party.into())])?,
        ),
        (
            "user",
            object([
                ("id", array(&*user)),
                ("name", user_name.into()),
                ("displayName", user_name.into()),
            ])?,
        ),
        (
            "pubKeyCredParams",
            Array::of1(&object([
                ("type", "public-key".into()),
                ("alg", (-7).into()),
            ])?)
            .into(),
        ),
        (
            "authenticatorSelection",
            object([
                ("residentKey", "discouraged".into()),
                ("userVerification", "required".into()),
            ])?,
        ),
        ("timeout", CEREMONY_MS.into()),
        ("attestation", "none".into()),
        ("extensions", object([("prf", object([])?)])?),
    ])?;
    let made = ceremony("create", public_key).await?;
    let extensions = client_extensions(&made)?;
    let prf = member(&extensions, "prf")?;
    let enabled = prf.is_object() && member(&prf, "enabled")?.is_truthy();
    match enabled {
        true => bytes(&made, "rawId").map(Some),
        false => Ok(None),
    }
}

async fn get(
    relying_party: &str,
    challenge: &[u8],
    unlocking: Option<&[u8]>,
) -> Result<JsValue, BrowserError> {
    let public_key = object([
        ("challenge", array(challenge)),
        ("rpId", relying_party.into()),
        ("userVerification", "required".into()),
        ("timeout", CEREMONY_MS.into()),
    ])?;
    if let Some(credential) = unlocking {
        set(
            &public_key,
            "allowCredentials",
            Array::of1(&descriptor(credential)?),
        )?;
        let first = object([("first", array(PRF_INPUT))])?;
        let prf = object([("eval", first)])?;
        set(&public_key, "extensions", object([("prf", prf)])?)?;
    }
    ceremony("get", public_key).await
}

async fn ceremony(name: &str, public_key: JsValue) -> Result<JsValue, BrowserError> {
    let navigator = member(&js_sys::global(), "navigator")?;
    let credentials = member(&navigator, "credentials")?;
    if !credentials.is_object() {
        return Err(BrowserError::new(
            "NotSupportedError",
            "there are no passkeys here",
        ));
    }
    let function: Function = member(&credentials, name)?.unchecked_into();
    let options = object([("publicKey", public_key)])?;
    settled(function.call1(&credentials, &options)?).await
}

fn client_extensions(credential: &JsValue) -> Result<JsValue, BrowserError> {
    let function: Function = member(credential, "getClientExtensionResults")?.unchecked_into();
    Ok(function.call0(credential)?)
}

fn prf_output(credential: &JsValue) -> Result<Option<Zeroizing<[u8; 32]>>, BrowserError> {
    let prf = member(&client_extensions(credential)?, "prf")?;
    if !prf.is_object() {
        return Ok(None);
    }
    let results = member(&prf, "results")?;
    if !results.is_object() {
        return Ok(None);
    }
    let first = Uint8Array::new(&member(&results, "first")?);
    let mut secret = Zeroizing::new([0; 32]);
    if first.length() != 32 {
        return Ok(None);
    }
    first.copy_to(&mut *secret);
    Ok(Some(secret))
}

fn descriptor(credential: &[u8]) -> Result<JsValue, BrowserError> {
    object([("type", "public-key".into()), ("id", array(credential))])
}

fn array(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

fn bytes(object: &JsValue, name: &str) -> Result<Vec<u8>, BrowserError> {
    Ok(Uint8Array::new(&member(object, name)?).to_vec())
}
