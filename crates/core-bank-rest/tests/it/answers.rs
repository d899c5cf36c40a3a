//! Answers of a bank behind a security stack, and of somebody else in its place.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use core_bank::{CoreBank as _, CoreBankError};
use core_bank_rest::{Connection, Packages, RestBank};
use envelope::{AnswerMac, ServerKey};
use protocol::package::{CLIENT_SESSION, LAYERS, SERVER_KEY, SERVER_SESSION, TRANSACTION};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use types::{Time, base64url, error_chain};

const NOW: Time = Time::from_ms(1_790_000_000_000);

const PASSED: &str = r#"[{"layer":"transport","passed":true,"saw":""},{"layer":"origin","passed":true,"saw":""},{"layer":"client_session","passed":true,"saw":""},{"layer":"server_session","passed":true,"saw":""}]"#;

fn key() -> ServerKey {
    ServerKey::new([7; 32])
}

/// How an answer is made.
#[derive(Clone)]
struct Answering {
    status: StatusCode,
    layers: Option<String>,
    body: &'static str,
    /// The key of the answer's MAC. `None` leaves the MAC out.
    key: Option<ServerKey>,
    /// What is changed once the MAC is made.
    altered: Option<&'static str>,
    /// The header of the newest package, or of the first one for ever.
    of_first: bool,
    seen: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Answering {
    fn right() -> Self {
        Self {
            status: StatusCode::OK,
            layers: Some(PASSED.to_owned()),
            body: r#"{"role":"owner"}"#,
            key: Some(key()),
            altered: None,
            of_first: false,
            seen: Arc::default(),
        }
    }
}

async fn answer(State(how): State<Answering>, headers: HeaderMap, _: Bytes) -> Response {
    let of = {
        let mut seen = how.seen.lock().unwrap();
        seen.push(headers);
        let place = if how.of_first { 0 } else { seen.len() - 1 };
        seen[place].clone()
    };
    let field = |name: &str| of[name].to_str().unwrap().to_owned();
    let layers = how.layers.unwrap_or_default();
    let mut response = how.altered.unwrap_or(how.body).into_response();
    *response.status_mut() = how.status;
    if let Some(key) = how.key {
        let mac = AnswerMac {
            package: field(TRANSACTION).parse().unwrap(),
            of: &base64url::decode(&field(SERVER_SESSION)).unwrap(),
            status: how.status.as_u16(),
            layers: layers.as_bytes(),
            body: how.body.as_bytes(),
        };
        let mac = base64url::encode(&mac.made_with(&key));
        response
            .headers_mut()
            .insert(SERVER_SESSION, mac.parse().unwrap());
    }
    response
        .headers_mut()
        .insert(LAYERS, layers.parse().unwrap());
    response
}

/// A bank that answers so, at an address, for a service broker who expects the bank at 127.0.0.1.
async fn bank_at(address: IpAddr, how: Answering) -> RestBank {
    let listener = TcpListener::bind((address, 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new().fallback(answer).with_state(how);
    tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
    let expected = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let packages = Packages::new(Arc::new(key), expected, Arc::new(|| NOW));
    let connection = Connection::new(testkit::http_client(), origin);
    RestBank::new(connection.through_security_stack(packages))
}

async fn bank(how: Answering) -> RestBank {
    bank_at(IpAddr::V4(Ipv4Addr::LOCALHOST), how).await
}

async fn role(bank: &RestBank) -> Result<String, String> {
    let (customer, account) = ("1001".parse().unwrap(), "576".parse().unwrap());
    match bank.role(&customer, &account).await {
        Ok(role) => Ok(format!("{role:?}")),
        Err(error @ CoreBankError::Unavailable(_)) => Err(error_chain(&error)),
        Err(error) => panic!("an answer that does not count is none: {error}"),
    }
}

#[tokio::test]
async fn the_banks_answer_counts() {
    let how = Answering::right();
    let seen = how.seen.clone();
    let bank = bank(how).await;
    assert_eq!(role(&bank).await, Ok("Some(Owner)".to_owned()));
    role(&bank).await.unwrap();
    // Each package has its own number and variable.
    let seen = seen.lock().unwrap();
    for field in [TRANSACTION, CLIENT_SESSION, SERVER_SESSION] {
        assert_ne!(seen[0][field], seen[1][field], "{field}");
    }
    assert_eq!(seen[0][SERVER_KEY], seen[1][SERVER_KEY]);
}

#[tokio::test]
async fn an_answer_without_the_key_does_not_count() {
    for (key, reason) in [
        (None, "did not let the package pass"),
        (Some(ServerKey::new([8; 32])), "does not fit the package"),
    ] {
        let bank = bank(Answering {
            key,
            ..Answering::right()
        });
        let refused = role(&bank.await).await.unwrap_err();
        assert!(refused.contains(reason), "{refused}");
    }
}

#[tokio::test]
async fn an_altered_answer_does_not_count() {
    let altered = Answering {
        altered: Some(r#"{"role":"authorised"}"#),
        ..Answering::right()
    };
    let refused = role(&bank(altered).await).await.unwrap_err();
    assert!(refused.contains("does not fit the package"), "{refused}");
}

#[tokio::test]
async fn the_answer_to_another_package_does_not_count() {
    let bank = bank(Answering {
        of_first: true,
        ..Answering::right()
    })
    .await;
    role(&bank).await.unwrap();
    let refused = role(&bank).await.unwrap_err();
    assert!(refused.contains("does not fit the package"), "{refused}");
}

#[tokio::test]
async fn an_answer_from_another_address_does_not_count() {
    let elsewhere = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let bank = bank_at(elsewhere, Answering::right()).await;
    let refused = role(&bank).await.unwrap_err();
    assert!(refused.contains("the bank's address"), "{refused}");
}

#[tokio::test]
async fn an_answer_counts_only_if_all_layers_let_the_package_pass() {
    let three = PASSED.replace(r#","saw":""},{"layer":"server_session","passed":true"#, "");
    for layers in [
        PASSED.replacen("true", "false", 1),
        three,
        "[]".to_owned(),
        "what".to_owned(),
    ] {
        let bank = bank(Answering {
            layers: Some(layers.clone()),
            ..Answering::right()
        });
        role(&bank.await).await.unwrap_err();
    }
}

#[tokio::test]
async fn the_banks_refusals_are_those_that_are_predefined() {
    let refusing = |status, body| Answering {
        status,
        body,
        ..Answering::right()
    };
    let unknown = refusing(
        StatusCode::NOT_FOUND,
        r#"{"problem":"account_unknown","account":"576"}"#,
    );
    let (customer, account) = ("1001".parse().unwrap(), "576".parse().unwrap());
    let refused = bank(unknown).await.role(&customer, &account).await;
    assert!(matches!(refused, Err(CoreBankError::AccountUnknown(_))));
    for body in ["", "{}", r#"{"problem":"out of paper"}"#, r#"["broken"]"#] {
        let refused = role(&bank(refusing(StatusCode::CONFLICT, body)).await).await;
        assert!(refused.unwrap_err().contains("not in the form"), "{body}");
    }
}
