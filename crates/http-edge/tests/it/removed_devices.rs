//! Revoked devices, and outdated revocations.

use axum::Router;
use axum::routing::get;
use http_edge::{Device, DeviceGuard, SessionEnd};
use std::time::Duration;
use testkit::credentials::{Ask, ask, check_problem};
use testkit::devices::{TestDevice, TestIssuer};
use tokio::sync::watch;
use types::{ChannelId, ErrorCode};

const GET: Ask<'_> = Ask {
    method: "GET",
    path: "/",
    body: None,
};
const GENEROUS: Duration = Duration::from_secs(20);

fn router(guard: &DeviceGuard) -> Router {
    guard.protect(Router::new().route("/", get(async |_: Device| ())))
}

fn device(device: &TestDevice) -> Device {
    Device {
        device: device.id(),
        channels: device.claims.channels.clone(),
        issued: device.claims.issued,
        expires: device.claims.expires,
        address: None,
    }
}

#[tokio::test]
async fn a_removed_device_is_refused_and_its_streams_end() {
    let issuer = TestIssuer::new();
    let guard = issuer.guard().await;
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn({
        let guard = guard.clone();
        async move { guard.run(stopping).await }
    });
    let (removed, other) = (
        issuer.device(&[ChannelId::new([1; 16])]),
        issuer.device(&[]),
    );
    let mut stream = guard.open_session(&device(&removed), true).unwrap();
    let mut others = guard.open_session(&device(&other), true).unwrap();
    issuer.revoke(removed.id());
    let ended = tokio::time::timeout(GENEROUS, stream.ended()).await;
    assert_eq!(ended, Ok(SessionEnd::Revoked));
    let headers = removed.headers("GET", "/", &issuer.nonce());
    let refused = ask(&router(&guard), GET, &headers).await;
    check_problem("removed", &refused, ErrorCode::DeviceRevoked);
    assert!(guard.open_session(&device(&removed), true).is_err());
    let headers = other.headers("GET", "/", &issuer.nonce());
    assert_eq!(ask(&router(&guard), GET, &headers).await.0, 200);
    assert!(
        futures_now(others.ended()).is_none(),
        "another's stream goes on"
    );
    stop.send(true).unwrap();
    tokio::time::timeout(GENEROUS, running)
        .await
        .unwrap()
        .unwrap();
}

/// The future's value, if it is ready at once.
fn futures_now<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

#[tokio::test]
async fn a_signal_causes_a_request_at_once() {
    let issuer = TestIssuer::new();
    let guard = issuer.guard().await;
    let (_stop, stopping) = watch::channel(false);
    tokio::spawn({
        let guard = guard.clone();
        async move { guard.run(stopping).await }
    });
    let removed = issuer.device(&[]);
    let mut stream = guard.open_session(&device(&removed), true).unwrap();
    issuer.revoke(removed.id());
    guard.revocation_signalled();
    let ended = tokio::time::timeout(GENEROUS, stream.ended()).await;
    assert_eq!(ended, Ok(SessionEnd::Revoked));
}

#[tokio::test]
async fn revocations_beyond_one_answer_are_all_read() {
    let issuer = TestIssuer::new();
    let devices: Vec<_> = (0..2_100).map(|_| issuer.device_id()).collect();
    for device in &devices {
        issuer.revoke(*device);
    }
    let guard = issuer.guard().await;
    for id in devices {
        let device = Device {
            device: id,
            channels: vec![],
            issued: issuer.now(),
            expires: issuer.now(),
            address: None,
        };
        let refused = guard.open_session(&device, true).err().unwrap();
        assert_eq!(refused.code(), ErrorCode::DeviceRevoked.number());
    }
}

#[tokio::test]
async fn outdated_revocations_open_no_stream_after_5_s_and_end_private_ones_after_60() {
    let issuer = TestIssuer::new();
    let guard = issuer.uninformed_guard();
    let reader = issuer.device(&[]);
    assert!(
        guard.open_session(&device(&reader), true).is_err(),
        "nothing is known yet"
    );
    assert!(!guard.is_informed());
    guard.learn().await.unwrap();
    let mut private = guard.open_session(&device(&reader), true).unwrap();
    let mut public = guard.open_session(&device(&reader), false).unwrap();
    issuer.set_answering(false);
    let (_stop, stopping) = watch::channel(false);
    tokio::spawn({
        let guard = guard.clone();
        async move { guard.run(stopping).await }
    });

    issuer.advance(5_100);
    let refused = guard.open_session(&device(&reader), false).err().unwrap();
    assert_eq!(refused.code(), ErrorCode::RevocationsUnknown.number());
    let headers = reader.headers("GET", "/", &issuer.nonce());
    assert_eq!(
        ask(&router(&guard), GET, &headers).await.0,
        200,
        "requests go on meanwhile"
    );
    assert!(futures_now(private.ended()).is_none());

    issuer.advance(55_000);
    let ended = tokio::time::timeout(GENEROUS, private.ended()).await;
    assert_eq!(ended, Ok(SessionEnd::RevocationsUnknown));
    assert!(
        futures_now(public.ended()).is_none(),
        "public streams continue"
    );
    let headers = reader.headers("GET", "/", &issuer.nonce());
    let refused = ask(&router(&guard), GET, &headers).await;
    check_problem("a minute later", &refused, ErrorCode::RevocationsUnknown);

    issuer.set_answering(true);
    guard.learn().await.unwrap();
    assert!(guard.open_session(&device(&reader), true).is_ok());
}
