//! Which device is asking: its channel token, its proof of possession, and whether it was removed.

mod issuer;
mod keys;
mod learning;
mod proofs;
mod readers;
mod session;

pub use issuer::{Issuer, IssuerError, Revocation};
pub use readers::SessionEnd;
pub use session::Session;

use crate::Rejection;
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use keys::Keys;
use proofs::{PROOFS_MAX, Proofs};
use readers::Readers;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use token::{ChannelToken, DpopError, DpopNonce, DpopProof, HttpUrl, ProofFor, TokenError};
use tokio::sync::Notify;
use types::{ChannelId, Clock, DeviceId, ErrorCode, Time};

/// What a guard judges by.
#[derive(Clone)]
pub struct GuardSettings {
    /// The URL under which devices know the bank; proofs name it, whatever address a proxy forwards to.
    pub public_url: HttpUrl,
    /// Who issues channel tokens.
    pub issuer: String,
    /// Whom they are for.
    pub audience: String,
    /// The nonces of all nodes.
    pub nonces: DpopNonce,
    /// The server's clock.
    pub clock: Clock,
}

/// Lets requests of devices through: those with a channel token, a proof for this very request by the key that the
/// token is bound to, made with a nonce of ours and never seen before, of a device that was not removed.
///
/// [`run`](Self::run) keeps it informed; before that, and whenever it could not ask for a minute, it lets nobody through.
#[derive(Clone)]
pub struct DeviceGuard(Arc<Inner>);

struct Inner {
    settings: GuardSettings,
    issuer: Arc<dyn Issuer>,
    keys: Keys,
    proofs: Mutex<Proofs>,
    readers: Mutex<Readers>,
    signal: Notify,
    /// When the guard began. Which proofs came before, it does not know.
    began: Time,
}

/// The device that is asking. Handlers behind [`DeviceGuard::protect`] take it as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Which one.
    pub device: DeviceId,
    /// The channels that its token opens.
    pub channels: Vec<ChannelId>,
    /// When the token is good no more.
    pub expires: Time,
}

impl Device {
    /// A refusal where the token does not open `channel`.
    pub fn check_opens(&self, channel: ChannelId) -> Result<(), Rejection> {
        if self.channels.contains(&channel) {
            Ok(())
        } else {
            Err(ErrorCode::ChannelForbidden.into())
        }
    }
}

impl DeviceGuard {
    /// A guard that judges by `settings` and by what `issuer` says.
    #[must_use]
    pub fn new(settings: GuardSettings, issuer: Arc<dyn Issuer>) -> Self {
        let began = (settings.clock)();
        Self(Arc::new(Inner {
            settings,
            issuer,
            keys: Keys::default(),
            proofs: Mutex::new(Proofs::new(PROOFS_MAX)),
            readers: Mutex::default(),
            signal: Notify::new(),
            began,
        }))
    }

    /// The URL under which devices know the bank.
    #[must_use]
    pub fn public_url(&self) -> &HttpUrl {
        &self.0.settings.public_url
    }

    /// The server's time.
    #[must_use]
    pub fn now(&self) -> Time {
        (self.0.settings.clock)()
    }

    /// `router` for devices only: whatever is asked there, the device is known first.
    pub fn protect(&self, router: Router) -> Router {
        self.with_nonce(router.route_layer(from_fn_with_state(self.clone(), authenticate)))
    }

    /// `router` with a new nonce in every answer, so that a device always has one for its next proof.
    pub fn with_nonce(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), add_nonce))
    }

    async fn device(&self, request: &Parts) -> Result<Device, Rejection> {
        let now = self.now();
        let text = token_text(&request.headers)?;
        let token = self.token(text, now).await?;
        let settings = &self.0.settings;
        let url = format!("{}{}", settings.public_url, request.uri.path());
        let what = ProofFor {
            method: request.method.as_str(),
            url: &url,
            token: text,
        };
        let proof = proof_text(&request.headers)?;
        let proof = DpopProof::verify(proof, what, token.session, &settings.nonces, now)
            .map_err(|error| refused_proof(error, settings))?;
        // With a nonce from before it may have been accepted by the process that was here then: the device has to
        // make a new one, with the nonce that it gets with this answer.
        if proof.time < self.0.began {
            return Err(ErrorCode::UseDpopNonce.into());
        }
        self.readers().admit(token.device, now)?;
        self.proofs().accept(token.device, &proof, now)?;
        Ok(Device {
            device: token.device,
            channels: token.channels,
            expires: token.expires,
        })
    }

    async fn token(&self, text: &str, now: Time) -> Result<ChannelToken, Rejection> {
        let inner = &self.0;
        let settings = &inner.settings;
        let verify =
            |keys| ChannelToken::verify(text, &settings.issuer, &settings.audience, keys, now);
        let unavailable = |error| Rejection::of_fault(ErrorCode::Unavailable, &error);
        let keys = inner.keys.current(&*inner.issuer, now).await;
        let verified = match verify(&*keys.map_err(unavailable)?) {
            Err(TokenError::UnknownKey) => {
                let keys = inner.keys.newer(&*inner.issuer, now).await;
                verify(&*keys.map_err(unavailable)?)
            }
            verified => verified,
        };
        verified.map_err(|error| match error {
            TokenError::Expired => ErrorCode::TokenExpired.into(),
            other => Rejection::new(ErrorCode::TokenInvalid).with_detail(other.to_string()),
        })
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.0
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn proofs(&self) -> MutexGuard<'_, Proofs> {
        self.0.proofs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The only value of a header; none where it is there more than once, or is no text.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// RFC 9449, 7.1: the scheme `DPoP`, whatever its case.
fn token_text(headers: &HeaderMap) -> Result<&str, Rejection> {
    let value = only(headers, AUTHORIZATION.as_str()).ok_or(ErrorCode::TokenMissing)?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("dpop") => Ok(token.trim()),
        _ => Err(ErrorCode::TokenMissing.into()),
    }
}

/// RFC 9449, 4.3: exactly one proof.
fn proof_text(headers: &HeaderMap) -> Result<&str, Rejection> {
    if !headers.contains_key("dpop") {
        return Err(ErrorCode::ProofMissing.into());
    }
    only(headers, "dpop").ok_or_else(|| ErrorCode::ProofInvalid.into())
}

fn refused_proof(error: DpopError, settings: &GuardSettings) -> Rejection {
    match error {
        DpopError::NonceMissing | DpopError::Nonce(_) => ErrorCode::UseDpopNonce.into(),
        DpopError::AnotherRequest => {
            let url = &settings.public_url;
            Rejection::new(ErrorCode::ProofInvalid).with_detail(format!(
                "{error}; it has to name the method, and {url} with the path"
            ))
        }
        other => Rejection::new(ErrorCode::ProofInvalid).with_detail(other.to_string()),
    }
}

async fn authenticate(
    State(guard): State<DeviceGuard>,
    request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    let (mut parts, body) = request.into_parts();
    let device = guard.device(&parts).await?;
    parts.extensions.insert(device);
    Ok(next.run(Request::from_parts(parts, body)).await)
}

async fn add_nonce(State(guard): State<DeviceGuard>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let nonce = guard.0.settings.nonces.mint(guard.now());
    let headers = response.headers_mut();
    match HeaderValue::try_from(nonce) {
        Ok(nonce) => headers.insert("dpop-nonce", nonce),
        Err(error) => return Rejection::of_fault(ErrorCode::Internal, &error).into_response(),
    };
    // RFC 9449, 8.2: a nonce is for one client; what is answered to a device is too.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Device {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        parts.extensions.remove().ok_or_else(|| {
            // A route that was mounted outside the guard: ours to mend, and nobody's to use meanwhile.
            Rejection::new(ErrorCode::Internal)
        })
    }
}
