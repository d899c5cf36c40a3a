//! Requests of other apps: what reaches a route, and with whose permission.

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use http_edge::{ClientGuard, ClientRequest, Permission, Permissions, Rejection};
use std::sync::{Arc, Mutex};
use token::Scope;
use tower::ServiceExt as _;
use types::ErrorCode;

/// An issuer that permits what the token says: it is the scope.
#[derive(Default)]
struct Issuer(Mutex<Vec<(String, String)>>);

#[async_trait]
impl Permissions for Issuer {
    async fn permission(&self, request: ClientRequest) -> Result<Permission, Rejection> {
        let asked = (request.method, request.path);
        self.0.lock().unwrap().push(asked);
        if request.proof != "proof" {
            return Err(ErrorCode::ProofReplayed.into());
        }
        Ok(Permission {
            client: "shop".parse().unwrap(),
            name: "The shop".to_owned(),
            customer: "1001".parse().unwrap(),
            scopes: request.token.parse().unwrap(),
        })
    }

    fn nonce(&self) -> String {
        "a nonce".to_owned()
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

async fn ask(issuer: &Arc<Issuer>, token: Option<&str>, proof: Option<&str>) -> Answer {
    let whose = async |permission: Permission| format!("of {}", permission.customer);
    let routes = Router::new().route("/v1/accounts/{account}", get(whose));
    let guard = ClientGuard::new(Arc::<Issuer>::clone(issuer));
    let router = guard.protect(Scope::Accounts, routes);
    let mut request = Request::get("/v1/accounts/a%2F1?after=7");
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, token);
    }
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    let request = request.body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    Answer {
        status,
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

#[tokio::test]
async fn a_route_knows_whose_permission_it_is() {
    let issuer = Arc::new(Issuer::default());
    let answer = ask(&issuer, Some("DPoP openid accounts"), Some("proof")).await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "of 1001"));
    assert_eq!(answer.headers["dpop-nonce"], "a nonce");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let asked = issuer.0.lock().unwrap().pop().unwrap();
    let expected = ("GET", "/v1/accounts/a%2F1");
    assert_eq!((&*asked.0, &*asked.1), expected, "a proof is for a URL");
}

#[tokio::test]
async fn a_token_without_the_scope_is_refused_and_told_so() {
    let issuer = Arc::new(Issuer::default());
    let answer = ask(&issuer, Some("DPoP openid payments"), Some("proof")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    let challenge = answer.headers[WWW_AUTHENTICATE].to_str().unwrap();
    assert!(challenge.contains("insufficient_scope"), "{challenge}");
    let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(problem["code"], ErrorCode::ScopeMissing.number());
    assert!(problem["detail"].as_str().unwrap().contains("accounts"));
    assert_eq!(answer.headers["dpop-nonce"], "a nonce");
}

#[tokio::test]
async fn without_a_token_and_its_proof_nobody_is_asked() {
    let issuer = Arc::new(Issuer::default());
    let check = async |token: Option<&str>, proof: Option<&str>, code: ErrorCode| {
        let answer = ask(&issuer, token, proof).await;
        let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(problem["code"], code.number(), "{token:?} {proof:?}");
        assert_eq!(answer.headers["dpop-nonce"], "a nonce", "for the next try");
    };
    check(None, Some("proof"), ErrorCode::TokenMissing).await;
    let bearer = Some("Bearer accounts");
    check(bearer, Some("proof"), ErrorCode::TokenMissing).await;
    check(Some("DPoP accounts"), None, ErrorCode::ProofMissing).await;
    assert_eq!(issuer.0.lock().unwrap().len(), 0);
    let used = Some("used before");
    check(Some("DPoP accounts"), used, ErrorCode::ProofReplayed).await;
}
