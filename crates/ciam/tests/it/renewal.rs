//! Enrolled devices renew channel tokens, over HTTP and behind the guard of all device routes.

use crate::bank::{Bank, DAY_MS, ISSUER, MINUTE_MS, START};
use crate::phone::Phone;
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use ciam::http::device_routes;
use ciam::{Ciam, RenewError, Settings};
use http::Request;
use http_body_util::BodyExt as _;
use http_edge::{DeviceGuard, GuardSettings, Issuer, IssuerError, Revocation};
use protocol::http::{Problem, RenewedToken};
use std::sync::Arc;
use token::{DpopNonce, Jwks};
use tower::ServiceExt as _;
use types::ErrorCode;

/// ciam as the edge calls it.
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
        let revoked = revoked.map_err(IssuerError::new)?;
        let row = |row: &ciam::Revocation| Revocation {
            number: row.number,
            device: row.device,
            by_stop: row.by_stop,
        };
        Ok(revoked.iter().map(row).collect())
    }
}

async fn edge(bank: &Bank) -> (Router, DpopNonce) {
    let nonces = DpopNonce::new(&[7; 32]);
    let settings = GuardSettings {
        public_url: ISSUER.parse().unwrap(),
        issuer: ISSUER.into(),
        audience: "passbook".into(),
        nonces: nonces.clone(),
        clock: bank.clock(),
    };
    let guard = DeviceGuard::new(settings, Arc::new(Tokens(bank.ciam.clone())));
    guard.learn().await.unwrap();
    (device_routes(bank.ciam.clone(), &guard), nonces)
}

/// Requests a new token with `token` and a proof by `signer`'s session key.
async fn renew(bank: &Bank, signer: &Phone, token: &str) -> Result<String, ErrorCode> {
    let (router, nonces) = edge(bank).await;
    bank.advance(1);
    let nonce = nonces.mint(bank.now());
    let url = format!("{ISSUER}/v1/token");
    let proof = signer.proof(("POST", &url), token, &nonce, bank.now());
    let request = Request::post("/v1/token")
        .header("authorization", format!("DPoP {token}"))
        .header("dpop", proof)
        .body(Body::empty())
        .unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    if status == 200 {
        let renewed: RenewedToken = serde_json::from_slice(&body).unwrap();
        return Ok(renewed.channel_token);
    }
    let problem: Problem = serde_json::from_slice(&body).unwrap();
    let code = problem.error_code().unwrap();
    assert_eq!(code.status(), status);
    Err(code)
}

#[tokio::test]
async fn a_device_renews_its_token_with_its_session_key_alone() {
    let bank = Bank::open().await;
    let (phone, answer) = bank.enrolled("1001").await;
    let first = bank.verify(&answer.channel_token).unwrap();
    bank.advance(20 * DAY_MS);
    bank.list_keys().await;
    let renewed = renew(&bank, &phone, &answer.channel_token).await.unwrap();
    let second = bank.verify(&renewed).unwrap();
    assert_eq!(
        (
            &second.subject,
            second.device,
            &second.channels,
            second.session
        ),
        (&first.subject, first.device, &first.channels, first.session)
    );
    assert_ne!(second.id, first.id);
    let life_ms = second.expires.ms_since(second.issued);
    assert!((27 * DAY_MS - 1000..=33 * DAY_MS).contains(&life_ms));
    assert!(
        bank.verify(&answer.channel_token).is_ok(),
        "the earlier token stays valid"
    );

    let records = bank.records();
    let record = records.last().unwrap();
    let record = String::from_utf8_lossy(record);
    for part in [
        "channel_token.renewed",
        &phone.device.to_string(),
        &second.id,
    ] {
        assert!(record.contains(part), "{record}");
    }
    assert!(
        !record.contains(&renewed),
        "the token itself is not recorded"
    );

    // A token without its key renews nothing.
    let stolen = renew(&bank, &Phone::new(), &answer.channel_token).await;
    assert_eq!(stolen, Err(ErrorCode::ProofInvalid));
}

#[tokio::test]
async fn a_revoked_device_and_an_expired_token_are_refused() {
    let bank = Bank::open().await;
    let (phone, answer) = bank.enrolled("1001").await;
    bank.advance(34 * DAY_MS);
    let expired = renew(&bank, &phone, &answer.channel_token).await;
    assert_eq!(expired, Err(ErrorCode::TokenExpired));

    let bank = Bank::open().await;
    let (phone, answer) = bank.enrolled("1001").await;
    bank.ciam.revoke(phone.device).await.unwrap();
    let revoked = renew(&bank, &phone, &answer.channel_token).await;
    assert_eq!(revoked, Err(ErrorCode::DeviceRevoked));
    // A node that does not know the revocation yet asks ciam itself.
    let channels = vec![answer.channels[0].channel];
    let refused = bank.ciam.renew_token(phone.device, channels.clone()).await;
    assert!(
        matches!(refused, Err(RenewError::DeviceRevoked)),
        "{refused:?}"
    );
    let stranger = Phone::new().device;
    let refused = bank.ciam.renew_token(stranger, channels).await;
    assert!(
        matches!(refused, Err(RenewError::DeviceRevoked)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn no_token_outlives_400_days_of_an_enrolment() {
    let bank = Bank::open().await;
    let (phone, answer) = bank.enrolled("1001").await;
    let mut token = answer.channel_token;
    let end = START.plus_ms(400 * DAY_MS);
    let mut renewals = 0;
    loop {
        let times = bank.verify(&token).unwrap();
        assert!(times.expires <= end);
        if times.expires == end {
            break;
        }
        bank.set_clock(times.expires.minus_ms(DAY_MS));
        bank.ciam.ensure_keys().await.unwrap();
        token = renew(&bank, &phone, &token).await.unwrap();
        renewals += 1;
        assert!(renewals < 20);
    }
    assert!(renewals > 11, "{renewals}");

    let directory = Settings {
        token_lifetime_ms: 500 * DAY_MS,
        ..Settings::new(ISSUER)
    };
    let bank = Bank::with(directory).await;
    let (phone, answer) = bank.enrolled("1001").await;
    assert_eq!(bank.verify(&answer.channel_token).unwrap().expires, end);
    bank.advance(400 * DAY_MS - MINUTE_MS);
    let channels = vec![answer.channels[0].channel];
    let renewed = bank.ciam.renew_token(phone.device, channels.clone()).await;
    assert!(renewed.is_ok(), "{renewed:?}");
    bank.advance(MINUTE_MS);
    let refused = bank.ciam.renew_token(phone.device, channels).await;
    let Err(refused @ RenewError::EnrolmentExpired) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(refused.code(), ErrorCode::EnrolmentExpired);
}
