//! The number of signatures verified for strangers.

use crate::listening::at_once;
use crate::listening::{Running, run};
use axum::Router;
use axum::routing::get;
use envelope::{Signer as _, SoftwareKey};
use http_edge::{Admission, AdmissionSettings, Cors, Device, DeviceGuard, Limits, Rate};
use protocol::http::Problem;
use std::sync::Arc;
use testkit::devices::{TestDevice, TestIssuer};
use testkit::http_client;
use types::ErrorCode;

const PATH: &str = "/device";

struct Rig {
    issuer: Arc<TestIssuer>,
    guard: DeviceGuard,
    admission: Admission,
    running: Running,
}

/// A server that verifies `burst` signatures at once for strangers from one address, and one a second.
async fn rig(burst: u32) -> Rig {
    let issuer = TestIssuer::new();
    let guard = issuer.guard().await;
    let who = async |device: Device| device.device.to_string();
    let router = guard.protect(Router::new().route(PATH, get(who)));
    let settings = AdmissionSettings {
        key_operations_of_prefix: Rate {
            per_second: 1,
            burst,
        },
        ..at_once()
    };
    let admission = Admission::new(settings, Vec::new());
    let limits = Limits::default();
    let running = run(router, limits, Cors::default(), admission.clone()).await;
    Rig {
        issuer,
        guard,
        admission,
        running,
    }
}

impl Rig {
    /// The code of the problem in the answer. `None` if the device is accepted.
    async fn ask(&self, device: &TestDevice) -> Option<ErrorCode> {
        let headers = device.headers("GET", PATH, &self.issuer.nonce());
        self.ask_with(&headers).await
    }

    async fn ask_with(&self, headers: &[(&'static str, String)]) -> Option<ErrorCode> {
        let mut request = http_client().get(format!("http://{}{PATH}", self.running.address));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.unwrap();
        if answer.status() == 200 {
            return None;
        }
        let problem: Problem = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        problem.error_code()
    }

    /// A device whose token names one key and is signed with another.
    fn forged(&self) -> TestDevice {
        let device = self.issuer.device(&[]);
        let (input, _) = device.token.rsplit_once('.').unwrap();
        let key = SoftwareKey::from_bytes(&[9; 32]).unwrap();
        let token = format!("{input}.{}", key.sign(input.as_bytes()).unwrap());
        device.with_token(token)
    }
}

#[tokio::test]
async fn a_token_is_verified_once() {
    let rig = rig(100).await;
    let device = rig.issuer.device(&[]);
    for _ in 0..3 {
        assert_eq!(rig.ask(&device).await, None);
    }
    assert_eq!(rig.admission.key_operations(), 1);
    rig.issuer.revoke(device.id());
    rig.guard.learn().await.unwrap();
    assert_eq!(rig.ask(&device).await, Some(ErrorCode::DeviceRevoked));
}

#[tokio::test]
async fn signatures_for_strangers_are_limited_and_devices_continue() {
    let rig = rig(3).await;
    let device = rig.issuer.device(&[]);
    assert_eq!(rig.ask(&device).await, None);
    let (mut verified, mut refused) = (0, 0);
    while refused < 20 {
        match rig.ask(&rig.forged()).await {
            Some(ErrorCode::TokenInvalid) => verified += 1,
            other => {
                assert_eq!(other, Some(ErrorCode::TooManyRequests));
                refused += 1;
            }
        }
    }
    assert!(verified >= 3, "{verified}");
    assert_eq!(rig.admission.key_operations(), 1 + verified);
    assert_eq!(
        rig.ask(&device).await,
        None,
        "its token was verified before"
    );
}

#[tokio::test]
async fn cheap_refusals_verify_no_signature() {
    let rig = rig(100).await;
    let device = rig.forged();
    let nonce = rig.issuer.nonce();
    let unproven = [("authorization", format!("DPoP {}", device.token))];
    assert_eq!(rig.ask_with(&unproven).await, Some(ErrorCode::ProofMissing));
    let stale = device.headers("GET", PATH, "guess");
    assert_eq!(rig.ask_with(&stale).await, Some(ErrorCode::UseDpopNonce));
    let other = device.headers("GET", "/other", &nonce);
    assert_eq!(rig.ask_with(&other).await, Some(ErrorCode::ProofInvalid));
    rig.issuer.revoke(device.id());
    rig.guard.learn().await.unwrap();
    assert_eq!(rig.ask(&device).await, Some(ErrorCode::DeviceRevoked));
    assert_eq!(rig.admission.key_operations(), 0);
}

#[tokio::test]
async fn proofs_for_a_token_without_its_key_are_limited() {
    let rig = rig(100).await;
    let (device, other) = (rig.issuer.device(&[]), rig.issuer.device(&[]));
    assert_eq!(rig.ask(&device).await, None);
    let mut verified = 0;
    loop {
        let mut headers = device.headers("GET", PATH, &rig.issuer.nonce());
        let [_, (_, proof)] = &mut headers;
        proof.replace_range(proof.len() - 4.., "AAAA");
        match rig.ask_with(&headers).await {
            Some(ErrorCode::ProofInvalid) => verified += 1,
            refused => {
                assert_eq!(refused, Some(ErrorCode::TooManyProofs));
                break;
            }
        }
    }
    assert!(verified >= 16, "{verified}");
    assert_eq!(rig.ask(&other).await, None, "another device continues");
}
