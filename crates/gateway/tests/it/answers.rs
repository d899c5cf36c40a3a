//! The answers that devices get.

use crate::rig::{CHANNEL, ROUTES, Rig, SNAPSHOT, path};
use http_edge::DeviceGuard;
use serde_json::json;
use testkit::credentials::{Ask, ask};

#[tokio::test]
async fn each_question_reaches_notification_for_the_device_that_asks() {
    let rig = Rig::new().await;
    let device = rig.issuer.device(&[CHANNEL]);
    let mut answers = Vec::new();
    for (method, route, body) in ROUTES {
        let path = path(route);
        let headers = device.headers(method, &path, &rig.issuer.nonce());
        let question = Ask {
            method,
            path: &path,
            body,
        };
        let (status, headers, answer) = ask(&rig.router, question, &headers).await;
        assert!(headers.contains_key("dpop-nonce"), "{route}");
        answers.push((status.as_u16(), answer));
    }
    let (device, text) = (device.id(), types::base64url::encode);
    let asked = rig.notification.asked();
    assert_eq!(
        asked,
        [
            format!("checkpoint {CHANNEL} {device} AAAAAAAAAAAAAAAAAAAAAA"),
            format!("snapshot {CHANNEL} {device} AAAAAAAAAAAAAAAAAAAAAA"),
            format!("parts from 3 of {SNAPSHOT} in {CHANNEL} {device}"),
            format!("pages from 2 of a/1, part 4 of {SNAPSHOT} in {CHANNEL} {device}"),
            format!("report {CHANNEL} {device} Withheld"),
        ]
    );
    let checkpoint = json!({"checkpoint": text(b"checkpoint"), "grant": text(b"grant")});
    assert_eq!(answers[0], (200, checkpoint));
    let snapshot = json!({"id": SNAPSHOT, "snapshot": text(b"snapshot"), "parts": [text(b"part")]});
    assert_eq!(answers[1], (200, snapshot));
    assert_eq!(answers[2], (200, json!({"parts": [text(b"part")]})));
    assert_eq!(answers[3], (200, json!({"pages": [text(b"page")]})));
    assert_eq!(answers[4].0, 202);
}

#[tokio::test]
async fn the_trust_list_is_for_everybody_and_comes_with_a_nonce() {
    let rig = Rig::new().await;
    let question = Ask {
        method: "GET",
        path: "/v1/trust",
        body: None,
    };
    let (status, headers, answer) = ask(&rig.router, question, &[]).await;
    assert_eq!(status, 200);
    assert_eq!(answer["roots"], json!([]));
    assert_eq!(answer["public_url"], testkit::devices::PUBLIC_URL);
    assert!(headers.contains_key("dpop-nonce"));
}

#[tokio::test]
async fn nobody_is_served_before_it_is_known_who_was_removed() {
    let rig = Rig::new().await;
    let guard: DeviceGuard = rig.issuer.uninformed_guard();
    let router = gateway::http::routes(rig.notification.clone(), &guard);
    let device = rig.issuer.device(&[CHANNEL]);
    for (method, route, body) in ROUTES {
        let path = path(route);
        let headers = device.headers(method, &path, &rig.issuer.nonce());
        let question = Ask {
            method,
            path: &path,
            body,
        };
        assert_eq!(ask(&router, question, &headers).await.0, 503, "{route}");
    }
    assert_eq!(rig.notification.asked(), [""; 0]);
}
