//! A client pushes what it will ask a person for (RFC 9126).

use super::authentication::Caller;
use super::client::Client;
use super::errors::{ClientError, OauthError, Refusal};
use super::form::Form;
use super::paths;
use crate::ciam::Ciam;
use crate::random::random;
use crate::store::authorization::{self, AuthorizationRow};
use database::Transaction;
use protocol::http::PushedRequest;
use token::{Scope, Scopes};
use types::{Hash, Thumbprint, Time, base64url};

/// What a `request_uri` begins with (RFC 9126, 2.2).
pub(crate) const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";

/// How long a browser may take to begin, in milliseconds.
pub(crate) const PUSHED_MS: u64 = 60_000;

/// Maximum length of state and nonce in bytes.
const OPAQUE_BYTES_MAX: usize = 2048;

impl Ciam {
    /// Stores what a client asks for. The answer names it for a minute, for one browser.
    pub async fn push_request(
        &self,
        form: &Form,
        proof: Option<&str>,
    ) -> Result<PushedRequest, ClientError> {
        let now = self.now();
        let caller = self.caller(paths::PUSH, (form, proof), now).await?;
        let name = base64url::encode(&random::<32>()?);
        let asked = asked(&caller, form, (Hash::of(name.as_bytes()), now));
        let ciam = self.clone();
        let stored = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, ClientError> {
                    if let Err(refusal) = ciam.use_up(tx, &caller, now).await? {
                        return Ok(Err(refusal));
                    }
                    if let Ok(row) = &asked {
                        authorization::insert(tx, row, now).await?;
                    }
                    Ok(asked.clone().map(drop))
                },
            )
            .await?;
        stored?;
        Ok(PushedRequest {
            request_uri: format!("{REQUEST_URI}{name}"),
            expires_in: PUSHED_MS / 1000,
        })
    }
}

/// What the client asks for, if it may.
fn asked(
    caller: &Caller,
    form: &Form,
    (request, now): (Hash, Time),
) -> Result<AuthorizationRow, Refusal> {
    let refuse = |detail| Err(OauthError::InvalidRequest.because(detail));
    let client = &*caller.client;
    if form.get("request_uri").is_some() {
        return refuse("a pushed request has no request_uri");
    }
    if form.get("request").is_some() {
        return Err(OauthError::RequestNotSupported.because("request objects are not supported"));
    }
    if form.get("client_id") != Some(client.id.as_str()) {
        return refuse("client_id is missing");
    }
    if form.need("response_type", "response_type is missing")? != "code" {
        return Err(OauthError::UnsupportedResponseType.because("response_type is code"));
    }
    if form
        .get("response_mode")
        .is_some_and(|mode| mode != "query")
    {
        return refuse("response_mode is query");
    }
    let redirect_uri = form.need("redirect_uri", "redirect_uri is missing")?;
    if !client
        .redirect_uris
        .iter()
        .any(|known| known == redirect_uri)
    {
        return refuse("redirect_uri is none of the client's");
    }
    if form.get("code_challenge_method") != Some("S256") {
        return refuse("PKCE is required, with S256");
    }
    let challenge: Option<Hash> = form
        .get("code_challenge")
        .and_then(|text| text.parse().ok());
    let Some(challenge) = challenge else {
        return refuse("code_challenge is SHA-256 in base64url");
    };
    let prompt = form.get("prompt").unwrap_or_default();
    let without_asking = prompt.split(' ').any(|word| word == "none");
    if without_asking && prompt != "none" {
        return refuse("prompt is none, or else what the person shall be asked");
    }
    Ok(AuthorizationRow {
        request,
        client: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scopes: scopes(client, form)?.to_string(),
        state: opaque(form, "state")?,
        nonce: opaque(form, "nonce")?,
        challenge,
        proof_key: proof_key(caller.key, form)?,
        without_asking,
        pushed: now,
        expires: now.plus_ms(PUSHED_MS),
        browser: None,
        login: None,
        code: None,
    })
}

/// A text that is the client's own matter.
fn opaque(form: &Form, name: &str) -> Result<Option<String>, Refusal> {
    let value = form.get(name);
    if value.is_some_and(|value| value.len() > OPAQUE_BYTES_MAX) {
        let detail = "state and nonce have at most 2,048 bytes";
        return Err(OauthError::InvalidRequest.because(detail));
    }
    Ok(value.map(str::to_owned))
}

fn scopes(client: &Client, form: &Form) -> Result<Scopes, Refusal> {
    let text = form.need("scope", "scope is missing")?;
    let scopes: Option<Scopes> = text.parse().ok();
    let allowed = |scopes: &Scopes| scopes.contains(Scope::OpenId) && scopes.are_in(&client.scopes);
    let refusal = OauthError::InvalidScope.because("openid, and what this client may ask for");
    scopes.filter(allowed).ok_or(refusal)
}

/// The key that has to redeem the code: of the proof, or named (RFC 9449, 10).
fn proof_key(by: Option<Thumbprint>, form: &Form) -> Result<Option<Thumbprint>, Refusal> {
    let refuse = |detail| OauthError::InvalidRequest.because(detail);
    let named = form.get("dpop_jkt");
    let named: Option<Thumbprint> = named
        .map(|text| {
            text.parse()
                .map_err(|_| refuse("dpop_jkt is not a thumbprint"))
        })
        .transpose()?;
    if named.is_some() && by.is_some() && named != by {
        return Err(refuse("dpop_jkt names another key than the proof's"));
    }
    Ok(by.or(named))
}
