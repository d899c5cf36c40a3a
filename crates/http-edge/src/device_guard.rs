//! Authenticates devices: channel token, proof of possession, and revocation.

mod bound;
mod issuer;
mod keys;
mod learning;
mod login;
mod presented;
mod proofs;
mod readers;
mod remembered;
mod returning;
mod session;

pub use issuer::{Issuer, IssuerError, Revocation};
pub use login::{Bearer, Login};
pub use presented::{Presented, PresentedProof};
pub use readers::SessionEnd;
pub use returning::Returning;
pub use session::Session;

use crate::Rejection;
use crate::admission::Stranger;
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use bound::Bound;
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use http::request::Parts;
use keys::Keys;
use presented::{proof_text, token_text};
use proofs::{PROOFS_MAX, Proofs};
use readers::Readers;
use remembered::{Remembered, TOKENS_MAX};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use token::{
    AccessToken, ChannelToken, ClaimedProof, ClaimedToken, DpopError, DpopNonce, DpopProof,
    HttpUrl, Jwks, ProofFor, TokenError, TokenType,
};
use tokio::sync::Notify;
use tokio::time::Instant;
use types::{ChannelId, Clock, DeviceId, ErrorCode, Hash, Kid, Time};

/// The settings of a guard.
#[derive(Clone)]
pub struct GuardSettings {
    /// The URL under which devices know the bank. Proofs name it, whatever address a proxy forwards to.
    pub public_url: HttpUrl,
    /// The issuer of channel tokens.
    pub issuer: String,
    /// The audience of the tokens.
    pub audience: String,
    /// The DPoP nonces of this node.
    pub nonces: DpopNonce,
    /// The server's clock.
    pub clock: Clock,
}

/// Accepts requests of devices. A request needs a channel token and a proof for this very request. The key bound to the
/// token must have made the proof, with one of this server's nonces, and the proof must not have been used before. The
/// device must not be revoked.
///
/// [`run`](Self::run) keeps the revocations current. Before the first answer, and after a minute without an answer, the
/// guard accepts no request.
#[derive(Clone)]
pub struct DeviceGuard(Arc<Inner>);

struct Inner {
    settings: GuardSettings,
    issuer: Arc<dyn Issuer>,
    keys: Keys,
    channel_tokens: Mutex<Remembered<ChannelToken>>,
    access_tokens: Mutex<Remembered<AccessToken>>,
    proofs: Mutex<Proofs>,
    readers: Mutex<Readers>,
    signal: Notify,
    /// The guard's start time. Proofs from before it are unknown.
    began: Time,
}

/// The authenticated device. Handlers behind [`DeviceGuard::protect`] take it as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The device's id.
    pub device: DeviceId,
    /// The channels in its token.
    pub channels: Vec<ChannelId>,
    /// The time at which the token was issued.
    pub issued: Time,
    /// The token's expiry time.
    pub expires: Time,
    /// The address of the request: the client's that a proxy names, otherwise the peer's. `None` without a listener.
    pub address: Option<IpAddr>,
}

impl Device {
    /// Refuses if the token does not contain `channel`.
    pub fn check_opens(&self, channel: ChannelId) -> Result<(), Rejection> {
        if self.channels.contains(&channel) {
            Ok(())
        } else {
            Err(ErrorCode::ChannelForbidden.into())
        }
    }
}

impl DeviceGuard {
    /// Makes a guard with `settings`, keys and revocations from `issuer`.
    #[must_use]
    pub fn new(settings: GuardSettings, issuer: Arc<dyn Issuer>) -> Self {
        let began = (settings.clock)();
        Self(Arc::new(Inner {
            settings,
            issuer,
            keys: Keys::default(),
            channel_tokens: Mutex::new(Remembered::new(TOKENS_MAX)),
            access_tokens: Mutex::new(Remembered::new(TOKENS_MAX)),
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

    /// `router` for authenticated devices only, whatever the path.
    pub fn protect(&self, router: Router) -> Router {
        self.with_nonce(router.route_layer(from_fn_with_state(self.clone(), authenticate)))
    }

    /// `router` for authenticated devices, and for people who logged in on them: it accepts access tokens as well as
    /// channel tokens. A handler that requires a login takes a [`Login`].
    pub fn protect_logins(&self, router: Router) -> Router {
        self.with_nonce(router.route_layer(from_fn_with_state(self.clone(), authenticate_login)))
    }

    /// `router` for devices, and for those that come back after their token has expired. Of an expired token nothing is
    /// verified: a handler takes a [`Returning`], and compares its key with the device's.
    pub fn protect_returning(&self, router: Router) -> Router {
        self.with_nonce(
            router.route_layer(from_fn_with_state(self.clone(), authenticate_returning)),
        )
    }

    /// `router` with a new nonce in every answer, so that a device always has one for its next proof.
    pub fn with_nonce<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        router.layer(from_fn_with_state(self.clone(), add_nonce))
    }

    /// Counts further requests of a device, for a request that does the work of several. Refuses if the device may not make
    /// so many now.
    pub fn spend(&self, device: DeviceId, requests: usize) -> Result<(), Rejection> {
        let requests = u64::try_from(requests).unwrap_or(u64::MAX);
        Ok(self.proofs().spend(device, requests, self.now())?)
    }

    /// Authenticates the device that sent a request with a channel token.
    async fn device(&self, request: &Parts) -> Result<Device, Rejection> {
        let tokens = &self.0.channel_tokens;
        let token = self.authenticated(request, tokens).await?;
        Ok(Device {
            device: token.device,
            channels: token.channels.clone(),
            issued: token.issued,
            expires: token.expires,
            address: Stranger::of(&request.extensions).address(),
        })
    }

    /// Authenticates the device that sent a request with a channel token, or the key that a token names which has expired.
    /// The proof of such a key is not stored: whoever knows a device's id could use up its requests.
    async fn returning(&self, request: &Parts) -> Result<Returning, Rejection> {
        let (settings, now) = (&self.0.settings, self.now());
        let stranger = Stranger::of(&request.extensions);
        let text = token_text(&request.headers)?;
        let token = ChannelToken::unverified(text, &settings.issuer, &settings.audience);
        let token = token.map_err(refused_token::<ChannelToken>)?;
        if now < token.expires {
            let token = self.authenticated(request, &self.0.channel_tokens).await?;
            return Ok(Returning::of(&token, stranger.address()));
        }
        let proof = proof_text(&request.headers)?;
        let proof = self.claimed_proof(request, (text, &token), proof, now)?;
        stranger.spend_key_operations(1)?;
        proof
            .verify()
            .map_err(|error| refused_proof(error, settings))?;
        Ok(Returning::of(&token, stranger.address()))
    }

    /// Authenticates the person who logged in on the device that sent a request with an access token.
    async fn login(&self, request: &Parts) -> Result<Login, Rejection> {
        let tokens = &self.0.access_tokens;
        Ok(Login::of(&*self.authenticated(request, tokens).await?))
    }

    /// The token of a request, by whose device it was sent. Cheap lookups come before any signature is verified, and a
    /// token's signature is verified once.
    async fn authenticated<T: Bound>(
        &self,
        request: &Parts,
        tokens: &Mutex<Remembered<T>>,
    ) -> Result<Arc<T>, Rejection> {
        let inner = &self.0;
        let now = self.now();
        let text = token_text(&request.headers)?;
        let proof = proof_text(&request.headers);
        let keys = inner.keys.current(&*inner.issuer, now).await;
        let keys = keys.map_err(unavailable)?;
        let hash = Hash::of(text.as_bytes());
        let remembered = lock(tokens).find(hash, &keys, now);
        let token = match remembered {
            Some(token) => token,
            None => {
                let settings = &inner.settings;
                let (issuer, audience) = (&settings.issuer, &settings.audience);
                let claimed = T::claimed(text, issuer, audience, now);
                let claimed = claimed.map_err(refused_token::<T>)?;
                self.claimed_proof(request, (text, claimed.claims()), proof?, now)?;
                let stranger = Stranger::of(&request.extensions);
                let (token, key) = self.verify_once(claimed, keys, &stranger).await?;
                lock(tokens).insert(hash, Arc::clone(&token), key);
                token
            }
        };
        let proof = self.claimed_proof(request, (text, &*token), proof?, now)?;
        let again_in = lock(tokens).check_forged_proofs(hash, Instant::now());
        again_in.map_err(too_many_proofs)?;
        let proof = proof.verify().map_err(|error| {
            lock(tokens).count_forged_proof(hash, Instant::now());
            refused_proof(error, &inner.settings)
        })?;
        self.proofs().accept(token.device(), &proof, now)?;
        Ok(token)
    }

    /// Checks whether the device in a token was revoked, whether it may make another request, and everything in the
    /// request's proof except its signature.
    fn claimed_proof<'a, T: Bound>(
        &self,
        request: &Parts,
        (text, token): (&str, &T),
        proof: &'a str,
        now: Time,
    ) -> Result<ClaimedProof<'a>, Rejection> {
        let settings = &self.0.settings;
        let url = format!("{}{}", settings.public_url, request.uri.path());
        let what = ProofFor {
            method: request.method.as_str(),
            url: &url,
            token: text,
        };
        let proof = DpopProof::claimed(proof, what, token.session_key(), &settings.nonces, now)
            .map_err(|error| refused_proof(error, settings))?;
        // A process before the restart may have accepted a proof with such an old nonce. The device has to make a new
        // proof, with the nonce in this answer.
        if proof.claims().time < self.0.began {
            return Err(ErrorCode::UseDpopNonce.into());
        }
        self.readers().admit(token.device(), now)?;
        self.proofs().check(token.device(), proof.claims(), now)?;
        Ok(proof)
    }

    /// Verifies a token's signature, counted as a stranger's until it is valid. Returns the token and the key.
    async fn verify_once<T: Bound>(
        &self,
        claimed: ClaimedToken<'_, T>,
        mut keys: Arc<Jwks>,
        stranger: &Stranger,
    ) -> Result<(Arc<T>, Kid), Rejection> {
        let inner = &self.0;
        if claimed.key(&keys).is_err() {
            let newer = inner.keys.newer(&*inner.issuer, self.now()).await;
            keys = newer.map_err(unavailable)?;
        }
        let key = claimed.key(&keys).map_err(refused_token::<T>)?;
        stranger.spend_key_operations(1)?;
        let token = claimed.verify(&keys).map_err(refused_token::<T>)?;
        stranger.refund_key_operations(1);
        Ok((Arc::new(token), key))
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

fn lock<T>(tokens: &Mutex<Remembered<T>>) -> MutexGuard<'_, Remembered<T>> {
    tokens.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused_token<T: Bound>(error: TokenError) -> Rejection {
    match error {
        TokenError::Expired => T::EXPIRED.into(),
        TokenError::AnotherType => ErrorCode::TokenOfAnotherType.into(),
        other => Rejection::new(ErrorCode::TokenInvalid).with_detail(other.to_string()),
    }
}

fn unavailable(error: IssuerError) -> Rejection {
    Rejection::of_fault(ErrorCode::Unavailable, &error)
}

fn too_many_proofs(wait: Duration) -> Rejection {
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    Rejection::new(ErrorCode::TooManyProofs).with_retry_after_ms(ms)
}

fn refused_proof(error: DpopError, settings: &GuardSettings) -> Rejection {
    match error {
        DpopError::NonceMissing | DpopError::Nonce(_) => ErrorCode::UseDpopNonce.into(),
        DpopError::AnotherRequest => {
            let url = &settings.public_url;
            Rejection::new(ErrorCode::ProofInvalid).with_detail(format!(
                "{error}; it must name the method, and {url} with the path"
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

async fn authenticate_returning(
    State(guard): State<DeviceGuard>,
    request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    let (mut parts, body) = request.into_parts();
    let returning = guard.returning(&parts).await?;
    parts.extensions.insert(returning);
    Ok(next.run(Request::from_parts(parts, body)).await)
}

async fn authenticate_login(
    State(guard): State<DeviceGuard>,
    request: Request,
    next: Next,
) -> Result<Response, Rejection> {
    let (mut parts, body) = request.into_parts();
    if token_text(&parts.headers).map(TokenType::of)? == Some(TokenType::Access) {
        let login = guard.login(&parts).await?;
        parts.extensions.insert(login);
    } else {
        let device = guard.device(&parts).await?;
        parts.extensions.insert(device);
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}

async fn add_nonce(State(guard): State<DeviceGuard>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    with_nonce(response, guard.0.settings.nonces.mint(guard.now()))
}

/// `response` with a nonce for the caller's next proof, not to be cached.
pub fn with_nonce(mut response: Response, nonce: String) -> Response {
    let headers = response.headers_mut();
    match HeaderValue::try_from(nonce) {
        Ok(nonce) => headers.insert("dpop-nonce", nonce),
        Err(error) => return Rejection::of_fault(ErrorCode::Internal, &error).into_response(),
    };
    // RFC 9449, 8.2: a nonce is for one client, and so are answers to devices and clients.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Device {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        if parts.extensions.get::<Login>().is_some() {
            // An access token opens no channel.
            return Err(ErrorCode::TokenOfAnotherType.into());
        }
        only_behind_the_guard(parts)
    }
}

/// What the guard put into a request. If there is none, the route was mounted outside the guard. This is a fault in the
/// code, and the route is closed until it is fixed.
pub(crate) fn only_behind_the_guard<T: Clone + Send + Sync + 'static>(
    parts: &mut Parts,
) -> Result<T, Rejection> {
    let found = parts.extensions.remove();
    found.ok_or_else(|| Rejection::new(ErrorCode::Internal))
}
