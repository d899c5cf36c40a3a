//! Which devices are accepted.

use crate::listening::serve_admitting;
use axum::Router;
use axum::routing::{get, post};
use envelope::SoftwareKey;
use http_edge::{AdmissionSettings, Device, DeviceGuard, NamesClient, Proxies, Rejection};
use std::sync::Arc;
use testkit::credentials::{self, Ask, ask, check_problem};
use testkit::devices::TestIssuer;
use testkit::http_client;
use types::{ChannelId, ErrorCode};

const CHANNEL: ChannelId = ChannelId::new([1; 16]);
const GET: Ask<'_> = Ask {
    method: "GET",
    path: "/device?with=a%20query",
    body: None,
};

/// Two routes behind the guard that answer with the authenticated device.
fn router(guard: &DeviceGuard) -> Router {
    let who = async |device: Device| device.device.to_string();
    let open = async |device: Device| -> Result<(), Rejection> {
        device.check_opens(ChannelId::new([2; 16]))
    };
    let router = Router::new()
        .route("/device", get(who).post(who))
        .route("/another's", post(open))
        .method_not_allowed_fallback(async || Rejection::new(ErrorCode::MethodNotAllowed));
    guard.protect(router)
}

async fn rig() -> (Arc<TestIssuer>, DeviceGuard, Router) {
    let issuer = TestIssuer::new();
    let guard = issuer.guard().await;
    let router = router(&guard);
    (issuer, guard, router)
}

#[tokio::test]
async fn wrong_credentials_are_refused() {
    for method in ["GET", "POST"] {
        let (issuer, _guard, router) = rig().await;
        credentials::are_checked(&router, &issuer, &[CHANNEL], Ask { method, ..GET }).await;
    }
}

#[tokio::test]
async fn a_device_needs_no_nonce_of_its_own() {
    let (issuer, _guard, router) = rig().await;
    let device = issuer.device(&[CHANNEL]);
    let refused = ask(&router, GET, &device.headers("GET", GET.path, "")).await;
    check_problem("no nonce", &refused, ErrorCode::UseDpopNonce);
    let given = refused.1["dpop-nonce"].to_str().unwrap();
    let (status, headers, _) = ask(&router, GET, &device.headers("GET", GET.path, given)).await;
    assert_eq!(status, 200);
    assert!(headers.contains_key("dpop-nonce"));
}

#[tokio::test]
async fn a_proof_from_before_a_restart_must_be_made_again() {
    let (issuer, _before, router_before) = rig().await;
    let device = issuer.device(&[CHANNEL]);
    let headers = device.headers("GET", GET.path, &issuer.nonce());
    let (status, ..) = ask(&router_before, GET, &headers).await;
    assert_eq!(status, 200);
    issuer.advance(1);
    let after = issuer.guard().await;
    let router = router(&after);
    let refused = ask(&router, GET, &headers).await;
    check_problem("captured", &refused, ErrorCode::UseDpopNonce);
    let given = refused.1["dpop-nonce"].to_str().unwrap();
    let headers = device.headers("GET", GET.path, given);
    assert_eq!(ask(&router, GET, &headers).await.0, 200);
}

#[tokio::test]
async fn a_token_opens_its_own_channels() {
    let (issuer, _guard, router) = rig().await;
    let device = issuer.device(&[CHANNEL]);
    let post = Ask {
        method: "POST",
        path: "/another's",
        body: None,
    };
    let headers = device.headers("POST", post.path, &issuer.nonce());
    check_problem(
        "another's",
        &ask(&router, post, &headers).await,
        ErrorCode::ChannelForbidden,
    );
    let get = Ask {
        method: "GET",
        ..post
    };
    check_problem(
        "a stranger",
        &ask(&router, get, &[]).await,
        ErrorCode::TokenMissing,
    );
    let headers = device.headers("GET", get.path, &issuer.nonce());
    check_problem(
        "a method",
        &ask(&router, get, &headers).await,
        ErrorCode::MethodNotAllowed,
    );
}

#[tokio::test]
async fn a_device_over_its_rate_gets_a_waiting_time() {
    let (issuer, _guard, router) = rig().await;
    let (device, other) = (issuer.device(&[CHANNEL]), issuer.device(&[CHANNEL]));
    let nonce = issuer.nonce();
    let mut accepted = 0;
    let refused = loop {
        let answer = ask(&router, GET, &device.headers("GET", GET.path, &nonce)).await;
        if answer.0 != 200 {
            break answer;
        }
        accepted += 1;
    };
    assert!(accepted >= 256, "{accepted}");
    check_problem("one too many", &refused, ErrorCode::TooManyProofs);
    assert_eq!(refused.1["retry-after"], "1");
    let (status, ..) = ask(&router, GET, &other.headers("GET", GET.path, &nonce)).await;
    assert_eq!(status, 200, "another device continues");
    issuer.advance(1_000);
    for _ in 0..4 {
        let (status, ..) = ask(&router, GET, &device.headers("GET", GET.path, &nonce)).await;
        assert_eq!(status, 200, "after the reported wait");
    }
}

#[tokio::test]
async fn a_new_issuer_key_is_requested_and_an_unlisted_one_is_dropped() {
    let (issuer, guard, router) = rig().await;
    let device = issuer.device(&[CHANNEL]);
    let new = SoftwareKey::from_bytes(&[8; 32]).unwrap();
    let token = device.claims.sign(&new).unwrap();
    let device = device.with_token(token);
    let status = async || {
        let headers = device.headers("GET", GET.path, &issuer.nonce());
        ask(&router, GET, &headers).await
    };
    check_problem("not listed", &status().await, ErrorCode::TokenInvalid);
    issuer.list(&[issuer.key(), &new]);
    issuer.advance(1_500);
    assert_eq!(status().await.0, 200, "an unknown key causes a request");
    issuer.list(&[issuer.key()]);
    issuer.advance(10_500);
    guard.learn().await.unwrap();
    check_problem("listed no more", &status().await, ErrorCode::TokenInvalid);
}

#[tokio::test]
async fn without_keys_no_device_is_accepted() {
    let issuer = TestIssuer::new();
    let guard = issuer.uninformed_guard();
    let device = issuer.device(&[CHANNEL]);
    issuer.set_answering(false);
    let headers = device.headers("GET", GET.path, &issuer.nonce());
    let refused = ask(&router(&guard), GET, &headers).await;
    check_problem("no keys", &refused, ErrorCode::Unavailable);
}

/// The address is the client's that a proxy names, and the session is as old as the token.
#[tokio::test]
async fn a_device_has_the_address_and_the_session_of_its_request() {
    let issuer = TestIssuer::new();
    let guard = issuer.guard().await;
    let who = async |device: Device| format!("{:?} {}", device.address, device.issued.seconds());
    let router = guard.protect(Router::new().route("/device", get(who)));
    let settings = AdmissionSettings {
        proxies: Proxies {
            networks: vec!["127.0.0.1".parse().unwrap()],
            name_client: NamesClient::Forwarded,
        },
        ..AdmissionSettings::default()
    };
    let running = serve_admitting(router, settings, &[]).await;
    let device = issuer.device(&[CHANNEL]);
    let issued = device.claims.issued.seconds();
    let url = format!("http://{}/device", running.address);
    let check = async |forwarded: Option<&str>, address: &str| {
        let mut request = http_client().get(&url);
        for (name, value) in device.headers("GET", "/device", &issuer.nonce()) {
            request = request.header(name, value);
        }
        if let Some(client) = forwarded {
            request = request.header("forwarded", format!("for={client}"));
        }
        let answer = request.send().await.unwrap().text().await.unwrap();
        assert_eq!(answer, format!("Some({address}) {issued}"));
    };
    check(None, "127.0.0.1").await;
    check(Some("192.0.2.7"), "192.0.2.7").await;
}
