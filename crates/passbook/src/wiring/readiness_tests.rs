//! A node reports that it is not ready, with the code of the part that failed.

use super::{Services, readiness};
use crate::config::Config;
use crate::deployment::Deployment;
use axum::body::Body;
use axum::http::Request;
use operator::DataDirectory;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tower::ServiceExt as _;
use types::{Clock, ErrorCode, Time};

const START_MS: u64 = 1_790_000_000_000;
const DAY_MS: u64 = 86_400_000;

async fn opened() -> (TempDir, Arc<Services>, Arc<AtomicU64>) {
    let directory = tempfile::tempdir().unwrap();
    let data = DataDirectory::create(&directory.path().join("data")).unwrap();
    let now = Arc::new(AtomicU64::new(START_MS));
    let shown = Arc::clone(&now);
    let clock: Clock = Arc::new(move || Time::from_ms(shown.load(Ordering::SeqCst)));
    let deployment = Deployment::of(&data).unwrap();
    let config = Config::default();
    let services = Services::open(&config, (&data, &deployment), clock).await;
    (directory, Arc::new(services.unwrap()), now)
}

fn codes(services: &Services) -> Vec<ErrorCode> {
    let reasons = services.not_ready().into_iter();
    reasons.map(|(code, _)| code).collect()
}

/// The status of `GET /readyz`, and the code of its problem.
async fn answered(services: &Arc<Services>) -> (u16, u64) {
    let request = Request::get("/readyz").body(Body::empty()).unwrap();
    let response = readiness(services).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 16)
        .await
        .unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    (status, body["code"].as_u64().unwrap_or(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_log_is_named() {
    for log in 0..2 {
        let (_directory, services, _) = opened().await;
        assert_eq!(answered(&services).await, (200, 0));
        services.logs[log].close().await;
        assert_eq!(codes(&services), [ErrorCode::LogStopped]);
        assert_eq!(answered(&services).await, (503, 7004));
        let status = services.status().await;
        assert!(
            !status.ready && status.logs[log].stopped.is_some(),
            "{status:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_database_is_named() {
    for database in 0..3 {
        let (_directory, services, _) = opened().await;
        match database {
            0 => services.sandbox().close().await,
            1 => services.stated.notification.close().await,
            _ => services.ciam.close().await,
        }
        assert_eq!(codes(&services), [ErrorCode::DatabaseStopped]);
        assert_eq!(answered(&services).await, (503, 7003));
        let status = services.status().await;
        let stopped = status
            .databases
            .iter()
            .position(|database| database.stopped);
        assert_eq!(stopped, Some(database));
        assert_eq!(status.events.waiting.is_none(), database == 1, "{status:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_trust_list_is_named() {
    let (_directory, services, now) = opened().await;
    assert_eq!(codes(&services), []);
    now.fetch_add(91 * DAY_MS, Ordering::SeqCst);
    // Revocations were not read meanwhile either.
    let both = [ErrorCode::TrustListExpired, ErrorCode::RevocationsUnknown];
    assert_eq!(codes(&services), both);
    assert_eq!(answered(&services).await, (503, 7002));
}
