//! Implements the edge's ports to ciam, which issues tokens, removes devices, and knows what people allow other apps.

use crate::config::Config;
use async_trait::async_trait;
use ciam::Ciam;
use http_edge::{
    ClientGuard, ClientRequest, DeviceGuard, GuardSettings, Issuer, IssuerError, Permission,
    Permissions, Rejection, Revocation,
};
use rand::RngExt as _;
use std::sync::Arc;
use token::{DpopNonce, Jwks};
use types::Clock;
use vault::{MacKey, Vault};

struct Tokens(Ciam);

#[async_trait]
impl Issuer for Tokens {
    async fn keys(&self) -> Result<Jwks, IssuerError> {
        Ok(self.0.jwks())
    }

    async fn revocations_after(
        &self,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Revocation>, IssuerError> {
        let revoked = self.0.revocations_after(number, limit).await;
        let revocation = |row: ciam::Revocation| Revocation {
            number: row.number,
            device: row.device,
            by_stop: row.by_stop,
        };
        let revoked = revoked.map_err(IssuerError::new)?;
        Ok(revoked.into_iter().map(revocation).collect())
    }
}

#[async_trait]
impl Permissions for Tokens {
    async fn permission(&self, request: ClientRequest) -> Result<Permission, Rejection> {
        self.0.permission(&request).await
    }

    fn nonce(&self) -> String {
        self.0.client_nonce()
    }
}

/// The guard of the routes for other apps of the bank.
pub(super) fn client_guard(ciam: &Ciam) -> ClientGuard {
    ClientGuard::new(Arc::new(Tokens(ciam.clone())))
}

/// The guard of the public listener. It has already read which devices were removed.
pub(super) async fn guard(
    config: &Config,
    vault: &dyn Vault,
    ciam: &Ciam,
    clock: Clock,
) -> anyhow::Result<DeviceGuard> {
    let url = config.public_url();
    // A new name at each start, because the node does not know which proofs it accepted before.
    let node: [u8; 16] = rand::rng().random();
    let settings = GuardSettings {
        public_url: url.parse()?,
        issuer: url,
        audience: config.tokens.audience.clone(),
        nonces: DpopNonce::of_node(&*vault.mac(MacKey::DpopNonce, b"1").await?, &node),
        clock,
    };
    let guard = DeviceGuard::new(settings, Arc::new(Tokens(ciam.clone())));
    guard.learn().await?;
    Ok(guard)
}

/// Signals each committed revocation to the guard. Ends when ciam ends.
pub(super) async fn signal_revocations(ciam: &Ciam, guard: &DeviceGuard) {
    let mut revocations = ciam.revocations();
    while revocations.changed().await.is_ok() {
        guard.revocation_signalled();
    }
}
