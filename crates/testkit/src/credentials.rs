//! What every route for devices must refuse.

use crate::Logged;
use crate::devices::{PUBLIC_URL, TestDevice, TestIssuer};
use axum::Router;
use axum::body::Body;
use envelope::{Signer as _, SoftwareKey};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};
use token::ProofFor;
use tower::ServiceExt as _;
use types::{ChannelId, ErrorCode, base64url};

/// A request in a test's table.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// A JSON body.
    pub body: Option<&'a str>,
}

/// Sends the request and returns status, headers and body. A body that is not JSON becomes null; a stream is not read.
pub async fn ask(
    router: &Router,
    ask: Ask<'_>,
    headers: &[(&str, String)],
) -> (StatusCode, HeaderMap, Json) {
    let mut request = Request::builder().method(ask.method).uri(ask.path);
    if ask.body.is_some() {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let body = ask
        .body
        .map_or_else(Body::empty, |body| Body::from(body.to_owned()));
    let response = router
        .clone()
        .oneshot(request.body(body).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let kind = parts.headers.get("content-type");
    if kind.is_some_and(|kind| kind == "text/event-stream") {
        return (parts.status, parts.headers, Json::Null);
    }
    let body = body.collect().await.unwrap().to_bytes();
    let json = serde_json::from_slice(&body).unwrap_or(Json::Null);
    (parts.status, parts.headers, json)
}

/// Checks that an answer is the problem with `code`.
pub fn check_problem(what: &str, answer: &(StatusCode, HeaderMap, Json), code: ErrorCode) {
    let (status, headers, problem) = answer;
    assert_eq!(problem["code"], code.number(), "{what}: {problem}");
    assert_eq!(status.as_u16(), code.status(), "{what}");
    assert_eq!(
        headers["content-type"], "application/problem+json",
        "{what}"
    );
    assert!(
        problem["type"].as_str().unwrap().ends_with(code.slug()),
        "{what}"
    );
}

/// A token whose header and claims were changed before `key` signed it.
fn altered(token: &str, key: &SoftwareKey, change: impl FnOnce(&mut Json, &mut Json)) -> String {
    let mut parts = token.split('.').map(|part| {
        let decoded = base64url::decode(part).unwrap();
        serde_json::from_slice(&decoded).unwrap_or(Json::Null)
    });
    let (mut header, mut claims) = (parts.next().unwrap(), parts.next().unwrap());
    change(&mut header, &mut claims);
    let part = |json: &Json| base64url::encode(json.to_string().as_bytes());
    let input = format!("{}.{}", part(&header), part(&claims));
    let signature = key.sign(input.as_bytes()).unwrap();
    format!("{input}.{signature}")
}

/// Sends `good`, a request that a device of `channels` may send, with every fault of tokens and proofs, one at a time.
/// Checks that each is refused with its code and a new nonce, and that neither tokens nor proofs are logged.
pub async fn are_checked(
    router: &Router,
    issuer: &TestIssuer,
    channels: &[ChannelId],
    good: Ask<'_>,
) {
    let logged = Logged::capture();
    let device = issuer.device(channels);
    let mut secrets = vec![device.token.clone()];
    let mut check = async |what: &str, headers: Vec<(&'static str, String)>, code: ErrorCode| {
        secrets.extend(headers.iter().map(|(_, value)| value.clone()));
        let answer = ask(router, good, &headers).await;
        check_problem(what, &answer, code);
        let (status, headers, problem) = answer;
        assert!(headers.contains_key("dpop-nonce"), "{what}");
        assert_eq!(headers["cache-control"], "no-store", "{what}");
        let challenged = headers
            .get("www-authenticate")
            .map(|value| value.to_str().unwrap());
        if status == StatusCode::UNAUTHORIZED {
            assert!(challenged.unwrap().starts_with("DPoP "), "{what}");
        }
        if code == ErrorCode::UseDpopNonce {
            assert!(
                challenged.unwrap().contains(r#"error="use_dpop_nonce""#),
                "{what}"
            );
        }
        assert!(!problem.to_string().contains(&device.token), "{what}");
    };
    let path = good.path.split('?').next().unwrap();
    let url = format!("{PUBLIC_URL}{path}");
    let this = |token| ProofFor {
        method: good.method,
        url: &url,
        token,
    };
    let with = |token: &str, proof: String| {
        vec![("authorization", format!("DPoP {token}")), ("dpop", proof)]
    };
    let proved = |device: &TestDevice, token: &str| {
        let what = ProofFor {
            method: good.method,
            url: &url,
            token,
        };
        with(token, device.proof_of(what, Some(&issuer.nonce())))
    };

    check("no token", vec![], ErrorCode::TokenMissing).await;
    let bearer = vec![("authorization", format!("Bearer {}", device.token))];
    check("as a bearer's", bearer, ErrorCode::TokenMissing).await;
    let twice = vec![("authorization", format!("DPoP {}", device.token)); 2];
    check("two tokens", twice, ErrorCode::TokenMissing).await;
    for (what, token) in [
        ("no JWT", "guess".to_owned()),
        ("an endless one", format!("{}.a.b", "x".repeat(8_000))),
        (
            "no signature",
            device.token.rsplit_once('.').unwrap().0.to_owned() + ".",
        ),
        (
            "another's signature",
            altered(
                &device.token,
                &SoftwareKey::from_bytes(&[9; 32]).unwrap(),
                |_, _| {},
            ),
        ),
        (
            "alg none",
            altered(&device.token, issuer.key(), |header, _| {
                header["alg"] = json!("none")
            }),
        ),
        (
            "alg HS256",
            altered(&device.token, issuer.key(), |header, _| {
                header["alg"] = json!("HS256")
            }),
        ),
        (
            "an unknown key",
            altered(&device.token, issuer.key(), |header, _| {
                header["kid"] = json!("AAAAAAAAAAA")
            }),
        ),
        (
            "another issuer",
            altered(&device.token, issuer.key(), |_, claims| {
                claims["iss"] = json!("https://other.example")
            }),
        ),
        (
            "another audience",
            altered(&device.token, issuer.key(), |_, claims| {
                claims["aud"] = json!("another")
            }),
        ),
        (
            "not bound to a key",
            altered(&device.token, issuer.key(), |_, claims| {
                claims["cnf"] = json!({})
            }),
        ),
        (
            "of tomorrow",
            altered(&device.token, issuer.key(), |_, claims| {
                claims["iat"] = json!(issuer.now().seconds() + 60)
            }),
        ),
    ] {
        check(what, proved(&device, &token), ErrorCode::TokenInvalid).await;
    }
    let access = altered(&device.token, issuer.key(), |header, _| {
        header["typ"] = json!("at+jwt")
    });
    let headers = proved(&device, &access);
    check("an access token", headers, ErrorCode::TokenOfAnotherType).await;
    let expired = issuer.device_until(channels, issuer.now());
    check(
        "expired",
        proved(&expired, &expired.token),
        ErrorCode::TokenExpired,
    )
    .await;

    let token = || vec![("authorization", format!("DPoP {}", device.token))];
    check("no proof", token(), ErrorCode::ProofMissing).await;
    let nonce = issuer.nonce();
    let proof = || device.proof_of(this(&device.token), Some(&nonce));
    let two = vec![
        ("authorization", format!("DPoP {}", device.token)),
        ("dpop", proof()),
        ("dpop", proof()),
    ];
    check("two proofs", two, ErrorCode::ProofInvalid).await;
    let other = issuer.device(channels);
    let another_url = format!("{url}/other");
    let another_method = if good.method == "GET" { "POST" } else { "GET" };
    let mut forged = proof();
    forged.replace_range(forged.len() - 4.., "AAAA");
    for (what, proof) in [
        ("no proof at all", "guess".to_owned()),
        ("a token as proof", device.token.clone()),
        (
            "another key",
            other.proof_of(this(&device.token), Some(&nonce)),
        ),
        (
            "another token",
            device.proof_of(this(&other.token), Some(&nonce)),
        ),
        (
            "another method",
            device.proof_of(
                ProofFor {
                    method: another_method,
                    ..this(&device.token)
                },
                Some(&nonce),
            ),
        ),
        (
            "another URL",
            device.proof_of(
                ProofFor {
                    url: &another_url,
                    ..this(&device.token)
                },
                Some(&nonce),
            ),
        ),
        ("a signature that does not hold", forged),
    ] {
        check(what, with(&device.token, proof), ErrorCode::ProofInvalid).await;
    }
    let without_nonce = device.proof_of(this(&device.token), None);
    check(
        "no nonce",
        with(&device.token, without_nonce),
        ErrorCode::UseDpopNonce,
    )
    .await;
    let invented = device.proof_of(this(&device.token), Some("guess"));
    check(
        "an invented nonce",
        with(&device.token, invented),
        ErrorCode::UseDpopNonce,
    )
    .await;
    let replayed = proof();
    let (status, ..) = ask(router, good, &with(&device.token, replayed.clone())).await;
    assert!(
        status.is_success(),
        "a good request was answered with {status}"
    );
    check(
        "replayed",
        with(&device.token, replayed),
        ErrorCode::ProofReplayed,
    )
    .await;
    issuer.advance(301_000);
    let stale = proof();
    check(
        "a stale nonce",
        with(&device.token, stale),
        ErrorCode::UseDpopNonce,
    )
    .await;

    let text = logged.text();
    for secret in &secrets {
        let secret = secret.trim_start_matches("DPoP ");
        // Words from the tests' tables are not secrets.
        assert!(
            secret.len() < 20 || !text.contains(secret),
            "a credential is in the log"
        );
    }
}
