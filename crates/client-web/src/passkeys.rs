//! A person's passkeys (WebAuthn Level 3). Only a page can have a person use them, and should only after a deliberate tap.

use crate::browser_error::{BrowserError, member, object, set, settled};
use crate::random::BrowserRandom;
use js_sys::{Array, Function, Uint8Array};
use protocol::http::PasskeyOptions;
use wasm_bindgen::{JsCast as _, JsValue};
use webauthn::{Assertion, Attestation};
use zeroize::Zeroizing;

/// The input of the PRF extension (10.1.4) for the storage key: its output is another one for each credential.
const PRF_INPUT: &[u8] = b"passbook storage key 1";
/// How long the person has, in milliseconds.
const CEREMONY_MS: u32 = 120_000;
/// The algorithms of a passkey that only unlocks (COSE): every authenticator has one of them.
const ES256: i64 = -7;
const RS256: i64 = -257;

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
    let credential = get(relying_party, challenge, None, &[]).await?;
    let response = member(&credential, "response")?;
    Ok(Assertion {
        credential: bytes(&credential, "rawId")?,
        authenticator_data: bytes(&response, "authenticatorData")?,
        client_data_json: bytes(&response, "clientDataJSON")?,
        signature: bytes(&response, "signature")?,
    })
}

/// Has a passkey made with the bank's options (5.1.3). It can unlock, too, if the authenticator has PRF.
pub async fn make_passkey(options: &PasskeyOptions) -> Result<Attestation, BrowserError> {
    let exclude: Vec<&[u8]> = options.exclude.iter().map(AsRef::as_ref).collect();
    let made = create(New {
        relying_party: &options.relying_party.id,
        challenge: options.challenge.as_ref(),
        user: (options.user.as_ref(), &options.user_name),
        algorithms: &options.algorithms,
        exclude: &exclude,
        is_discoverable: true,
    })
    .await?;
    let response = member(&made, "response")?;
    Ok(Attestation {
        client_data_json: bytes(&response, "clientDataJSON")?,
        attestation_object: bytes(&response, "attestationObject")?,
    })
}

/// Has the person unlock with the passkey with that credential id, or with any of theirs for `relying_party`. `Ok(None)` if
/// it has no PRF: it cannot unlock. The challenge is of no use to the bank.
pub async fn unlocking_passkey(
    relying_party: &str,
    credential: Option<&[u8]>,
) -> Result<Option<Prf>, BrowserError> {
    let challenge = BrowserRandom.key();
    let first = object([("first", array(PRF_INPUT))])?;
    let prf = object([("eval", first)])?;
    let members = [("extensions", object([("prf", prf)])?)];
    let answered = get(relying_party, &*challenge, credential, &members).await?;
    let used = bytes(&answered, "rawId")?;
    let secret = prf_output(&answered)?;
    Ok(secret.map(|secret| Prf {
        credential: used,
        secret,
    }))
}

/// Makes a passkey that the bank does not know, for a device that may not register one: it unlocks, and approves nothing.
/// Its credential id, or `Ok(None)` if the authenticator has no PRF.
pub async fn make_unlocking_passkey(
    relying_party: &str,
    user_name: &str,
) -> Result<Option<Vec<u8>>, BrowserError> {
    let (challenge, user) = (BrowserRandom.key(), BrowserRandom.key());
    let made = create(New {
        relying_party,
        challenge: &*challenge,
        user: (&*user, user_name),
        algorithms: &[ES256, RS256],
        exclude: &[],
        is_discoverable: false,
    })
    .await?;
    let prf = member(&client_extensions(&made)?, "prf")?;
    match prf.is_object() && member(&prf, "enabled")?.is_truthy() {
        true => bytes(&made, "rawId").map(Some),
        false => Ok(None),
    }
}

/// A passkey to be made.
struct New<'a> {
    relying_party: &'a str,
    challenge: &'a [u8],
    /// The user handle, and the name in the person's list of passkeys.
    user: (&'a [u8], &'a str),
    algorithms: &'a [i64],
    exclude: &'a [&'a [u8]],
    is_discoverable: bool,
}

async fn create(new: New<'_>) -> Result<JsValue, BrowserError> {
    let algorithms = Array::new();
    for algorithm in new.algorithms {
        let number = i32::try_from(*algorithm).unwrap_or_default();
        algorithms.push(&object([
            ("type", "public-key".into()),
            ("alg", number.into()),
        ])?);
    }
    let exclude = Array::new();
    for credential in new.exclude {
        exclude.push(&descriptor(credential)?);
    }
    let party = JsValue::from_str(new.relying_party);
    let (user, name) = new.user;
    let name = JsValue::from_str(name);
    let user = object([
        ("id", array(user)),
        ("name", name.clone()),
        ("displayName", name),
    ])?;
    let resident = match new.is_discoverable {
        true => "required",
        false => "discouraged",
    };
    let selection = object([
        ("residentKey", resident.into()),
        ("requireResidentKey", new.is_discoverable.into()),
        ("userVerification", "required".into()),
    ])?;
    let public_key = object([
        ("challenge", array(new.challenge)),
        ("rp", object([("id", party.clone()), ("name", party)])?),
        ("user", user),
        ("pubKeyCredParams", algorithms.into()),
        ("excludeCredentials", exclude.into()),
        ("authenticatorSelection", selection),
        ("timeout", CEREMONY_MS.into()),
        ("attestation", "none".into()),
        ("extensions", object([("prf", object([])?)])?),
    ])?;
    ceremony("create", public_key).await
}

async fn get(
    relying_party: &str,
    challenge: &[u8],
    credential: Option<&[u8]>,
    members: &[(&str, JsValue)],
) -> Result<JsValue, BrowserError> {
    let public_key = object([
        ("challenge", array(challenge)),
        ("rpId", relying_party.into()),
        ("userVerification", "required".into()),
        ("timeout", CEREMONY_MS.into()),
    ])?;
    if let Some(credential) = credential {
        let only = Array::of1(&descriptor(credential)?);
        set(&public_key, "allowCredentials", only)?;
    }
    for (name, value) in members {
        set(&public_key, name, value.clone())?;
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
