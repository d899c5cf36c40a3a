//! Rotation of the vault's key-encryption keys, and rewrapping of everything that is wrapped under an older one.

use super::Services;
use audit::Act;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http_edge::{Json, Rejection};
use protocol::http::{RewrapKeys, RewrappedKeys};
use std::sync::Arc;
use tracing::Instrument as _;
use types::ErrorCode;

/// `POST /v1/operator/keys`. The caller protects it with the operator's token.
pub(super) fn routes(services: Arc<Services>) -> Router {
    let rewrap = async |State(services): State<Arc<Services>>, Json(asked): Json<RewrapKeys>| {
        // Continues if the caller disconnects.
        let work = async move { services.rewrap(asked.rotate).await };
        let rewrapped = tokio::spawn(work.in_current_span()).await;
        let rewrapped = rewrapped.map_err(|_| Rejection::new(ErrorCode::Internal))?;
        rewrapped.map(Json).map_err(|error| {
            tracing::error!("keys were not wrapped anew: {error:#}");
            let detail = "some keys may be wrapped anew; ask for `passbook keys rewrap` again";
            Rejection::new(ErrorCode::Unavailable).with_detail(detail)
        })
    };
    Router::new()
        .route("/v1/operator/keys", post(rewrap))
        .with_state(services)
}

impl Services {
    async fn rewrap(&self, rotate: bool) -> anyhow::Result<RewrappedKeys> {
        let notification = &self.stated.notification;
        if rotate {
            let key = self.stated.vault.rotate().await?;
            let act = Act::new((self.clock)(), "operator", "key_encryption_key.made");
            notification.record(act.with("key", key)).await?;
        }
        // Before the message keys, so that the answer means that nothing is wrapped under an older key.
        notification.ensure_keys().await?;
        self.ciam.ensure_keys().await?;
        let message_keys = notification.rewrap_message_keys().await?;
        let key = self.stated.vault.newest().await?;
        Ok(RewrappedKeys { key, message_keys })
    }
}
