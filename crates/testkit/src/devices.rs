//! Test devices with tokens and proofs, the issuer that makes the tokens, and a clock that a test can set.

use async_trait::async_trait;
use envelope::{Signer as _, SoftwareKey};
use http_edge::{DeviceGuard, GuardSettings, Issuer, IssuerError, Revocation};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use token::{ChannelToken, DpopNonce, DpopProof, Jwks, ProofFor};
use types::{ChannelId, Clock, DeviceId, Hash, Time};

/// The URL that proofs name. It need not be the address of the test's listener.
pub const PUBLIC_URL: &str = "https://bank.example";

/// The audience of tokens.
pub const AUDIENCE: &str = "passbook";

const NONCE_KEY: [u8; 32] = [7; 32];

/// An issuer in memory, with everything that a guard needs.
pub struct TestIssuer {
    key: SoftwareKey,
    listed: Mutex<Jwks>,
    revocations: Mutex<Vec<Revocation>>,
    answers: AtomicBool,
    started: Instant,
    ahead_ms: AtomicU64,
    ids: AtomicU64,
}

/// The start time of a test's clock.
pub const START: Time = Time::from_ms(1_790_000_000_000);

impl TestIssuer {
    /// Makes an issuer with its own key.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let key = SoftwareKey::from_bytes(&[1; 32]).unwrap();
        Arc::new(Self {
            listed: Mutex::new(Jwks::new(vec![*key.public_key()])),
            key,
            revocations: Mutex::default(),
            answers: AtomicBool::new(true),
            started: Instant::now(),
            ahead_ms: AtomicU64::new(0),
            ids: AtomicU64::new(1),
        })
    }

    /// A guard that has learned the keys and all revocations of this issuer.
    pub async fn guard(self: &Arc<Self>) -> DeviceGuard {
        let guard = self.uninformed_guard();
        guard.learn().await.unwrap();
        guard
    }

    /// A guard that has not asked the issuer yet.
    #[must_use]
    pub fn uninformed_guard(self: &Arc<Self>) -> DeviceGuard {
        let clock = Arc::clone(self);
        let clock: Clock = Arc::new(move || clock.now());
        let settings = GuardSettings {
            public_url: PUBLIC_URL.parse().unwrap(),
            issuer: PUBLIC_URL.into(),
            audience: AUDIENCE.into(),
            nonces: DpopNonce::new(&NONCE_KEY),
            clock,
        };
        DeviceGuard::new(settings, Arc::<Self>::clone(self))
    }

    /// The current time. It passes, and a test can advance it.
    #[must_use]
    pub fn now(&self) -> Time {
        let passed = u64::try_from(self.started.elapsed().as_millis()).unwrap();
        START.plus_ms(passed + self.ahead_ms.load(Ordering::SeqCst))
    }

    /// Advances the clock.
    pub fn advance(&self, ms: u64) {
        self.ahead_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets whether the issuer answers.
    pub fn set_answering(&self, answers: bool) {
        self.answers.store(answers, Ordering::SeqCst);
    }

    /// Revokes a device.
    pub fn revoke(&self, device: DeviceId) {
        self.remove(device, false);
    }

    /// Revokes a device whose customer stopped everything.
    pub fn stop(&self, device: DeviceId) {
        self.remove(device, true);
    }

    fn remove(&self, device: DeviceId, by_stop: bool) {
        let mut revocations = self.revocations.lock().unwrap();
        // Numbers have gaps, because revocations and device statements share them.
        let number = 3 * (u64::try_from(revocations.len()).unwrap() + 1);
        revocations.push(Revocation {
            number,
            device,
            by_stop,
        });
    }

    /// Replaces the listed keys.
    pub fn list(&self, keys: &[&SoftwareKey]) {
        let keys = keys.iter().map(|key| *key.public_key());
        *self.listed.lock().unwrap() = Jwks::new(keys.collect());
    }

    /// A new device id.
    pub fn device_id(&self) -> DeviceId {
        let mut random = [0; 10];
        let id = self.ids.fetch_add(1, Ordering::SeqCst);
        random[..8].copy_from_slice(&id.to_be_bytes());
        DeviceId::at(START, random)
    }

    /// A new device with a token that opens `channels` for 30 days.
    pub fn device(&self, channels: &[ChannelId]) -> TestDevice {
        self.device_until(channels, self.now().plus_ms(30 * 24 * 3_600_000))
    }

    /// A new device with a token that opens `channels` until `expires`, in whole seconds as in a JWT.
    pub fn device_until(&self, channels: &[ChannelId], expires: Time) -> TestDevice {
        let device = self.device_id();
        let scalar = Hash::of(device.to_string().as_bytes());
        let session = SoftwareKey::from_bytes(scalar.as_bytes()).unwrap();
        let claims = ChannelToken {
            issuer: PUBLIC_URL.into(),
            audience: AUDIENCE.into(),
            subject: "pairwise".into(),
            device,
            channels: channels.to_vec(),
            session: session.public_key().thumbprint(),
            issued: self.now(),
            expires: Time::from_ms(expires.seconds() * 1_000),
            id: format!("token of {device}"),
        };
        TestDevice {
            token: claims.sign(&self.key).unwrap(),
            claims,
            session,
            proofs: AtomicU64::new(1),
        }
    }

    /// The key that signs tokens.
    #[must_use]
    pub fn key(&self) -> &SoftwareKey {
        &self.key
    }

    /// A nonce as this bank's servers issue it.
    #[must_use]
    pub fn nonce(&self) -> String {
        DpopNonce::new(&NONCE_KEY).mint(self.now())
    }
}

#[async_trait]
impl Issuer for TestIssuer {
    async fn keys(&self) -> Result<Jwks, IssuerError> {
        self.check_answering()?;
        Ok(self.listed.lock().unwrap().clone())
    }

    async fn revocations_after(
        &self,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Revocation>, IssuerError> {
        self.check_answering()?;
        let revocations = self.revocations.lock().unwrap();
        let after = revocations
            .iter()
            .filter(|revocation| revocation.number > number);
        Ok(after
            .take(usize::try_from(limit).unwrap())
            .copied()
            .collect())
    }
}

impl TestIssuer {
    fn check_answering(&self) -> Result<(), IssuerError> {
        if self.answers.load(Ordering::SeqCst) {
            Ok(())
        } else {
            Err(IssuerError::new("the line is cut"))
        }
    }
}

/// A device that can prove possession of its session key.
pub struct TestDevice {
    /// The claims of its token.
    pub claims: ChannelToken,
    /// Its token.
    pub token: String,
    session: SoftwareKey,
    proofs: AtomicU64,
}

impl TestDevice {
    /// The device's id.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        self.claims.device
    }

    /// The same device with another token.
    #[must_use]
    pub fn with_token(self, token: String) -> Self {
        Self { token, ..self }
    }

    /// A new proof for a request of `path`, which may have a query.
    #[must_use]
    pub fn proof(&self, method: &str, path: &str, nonce: &str) -> String {
        let url = format!("{PUBLIC_URL}{}", path.split('?').next().unwrap());
        let what = ProofFor {
            method,
            url: &url,
            token: &self.token,
        };
        self.proof_of(what, Some(nonce))
    }

    /// A new proof for any method, URL and token.
    #[must_use]
    pub fn proof_of(&self, what: ProofFor<'_>, nonce: Option<&str>) -> String {
        let id = self.proofs.fetch_add(1, Ordering::SeqCst);
        let id = format!("{id} of {}", self.claims.device);
        let key = self.session.public_key();
        let input = DpopProof::signing_input(key, what, nonce, &id, START);
        DpopProof::assemble(&input, &self.session.sign(input.as_bytes()).unwrap())
    }

    /// The headers of a request that must be accepted.
    #[must_use]
    pub fn headers(&self, method: &str, path: &str, nonce: &str) -> [(&'static str, String); 2] {
        [
            ("authorization", format!("DPoP {}", self.token)),
            ("dpop", self.proof(method, path, nonce)),
        ]
    }
}
