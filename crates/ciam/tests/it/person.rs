//! A person with a phone and a passkey in software, over HTTP and behind the guard of all device routes.

use crate::bank::{Bank, ISSUER};
use crate::phone::Phone;
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use ciam::Ciam;
use ciam::http::device_routes;
use envelope::SoftwareKey;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use http_edge::{Device, DeviceGuard, GuardSettings, Issuer, IssuerError, Returning, Revocation};
use protocol::http::{PasskeyAssertion, PasskeyOptions, PasskeyRow, Problem, SessionBegun};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::net::IpAddr;
use std::sync::Arc;
use token::{DpopNonce, Jwks};
use tower::ServiceExt as _;
use types::{ErrorCode, PasskeyId, base64url};
use webauthn::{Assertion, Attestation, RelyingParty, SoftwarePasskey};

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

/// An answer that is a refusal.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) code: ErrorCode,
    pub(crate) problem: Problem,
    pub(crate) headers: HeaderMap,
}

pub(crate) type Answered<T> = Result<T, Refused>;

/// The code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(answered: &Answered<T>) -> ErrorCode {
    answered.as_ref().unwrap_err().code
}

pub(crate) fn party() -> RelyingParty {
    RelyingParty::at(ISSUER)
}

pub(crate) fn passkey(secret: u8) -> SoftwarePasskey {
    passkey_with(secret, secret)
}

/// A passkey whose credential has the id of another's.
pub(crate) fn passkey_with(secret: u8, credential: u8) -> SoftwarePasskey {
    let key = SoftwareKey::from_bytes(&[secret; 32]).unwrap();
    SoftwarePasskey::new(key, [credential; 16], party())
}

pub(crate) fn id_of(passkey: &SoftwarePasskey) -> PasskeyId {
    PasskeyId::of(passkey.credential())
}

fn bytes(bytes: &[u8]) -> String {
    base64url::encode(bytes)
}

pub(crate) struct Person<'b> {
    pub(crate) bank: &'b Bank,
    pub(crate) phone: Phone,
    pub(crate) channel_token: String,
    guard: DeviceGuard,
    router: Router,
    nonces: DpopNonce,
}

impl<'b> Person<'b> {
    /// A customer's new device.
    pub(crate) async fn enrolled(bank: &'b Bank, customer: &str) -> Self {
        let (phone, answer) = bank.enrolled(customer).await;
        let nonces = DpopNonce::new(&[7; 32]);
        let settings = GuardSettings {
            public_url: bank.issuer().parse().unwrap(),
            issuer: bank.issuer().into(),
            audience: "passbook".into(),
            nonces: nonces.clone(),
            clock: bank.clock(),
        };
        let guard = DeviceGuard::new(settings, Arc::new(Tokens(bank.ciam.clone())));
        guard.learn().await.unwrap();
        bank.advance(1);
        Self {
            bank,
            phone,
            channel_token: answer.channel_token,
            router: device_routes(bank.ciam.clone(), &guard),
            guard,
            nonces,
        }
    }

    /// This device as the edge knows it, at that address.
    pub(crate) fn at(&self, address: Option<IpAddr>) -> Device {
        let token = self.bank.verify(&self.channel_token).unwrap();
        Device {
            device: token.device,
            channels: token.channels,
            issued: token.issued,
            expires: token.expires,
            address,
        }
    }

    /// This device as the edge knows it when it logs in, at that address.
    pub(crate) fn returning(&self, address: Option<IpAddr>) -> Returning {
        Returning {
            device: self.phone.device,
            session_key: self.phone.session_thumbprint(),
            address,
        }
    }

    /// A request with `token` and a proof by this device.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        (method, path): (&str, &str),
        token: &str,
        body: Option<Json>,
    ) -> Answered<T> {
        // As the guard does by itself while the clock runs.
        self.guard.learn().await.unwrap();
        let url = format!("{}{path}", self.bank.issuer());
        let nonce = self.nonces.mint(self.bank.now());
        let proof = self
            .phone
            .proof((method, &url), token, &nonce, self.bank.now());
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", proof)
            .header("content-type", "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        assert_eq!(headers["cache-control"], "no-store");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        if status == 200 {
            return Ok(serde_json::from_slice(&body).unwrap());
        }
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        let code = problem.error_code().unwrap();
        assert_eq!(code.status(), status);
        Err(Refused {
            code,
            problem,
            headers,
        })
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        token: &str,
        body: Json,
    ) -> Answered<T> {
        self.ask(("POST", path), token, Some(body)).await
    }

    /// The options of a registration.
    pub(crate) async fn options(&self) -> PasskeyOptions {
        let asked = ("POST", "/v1/passkeys/challenge");
        self.ask(asked, &self.channel_token, None).await.unwrap()
    }

    pub(crate) async fn send_attestation(
        &self,
        token: &str,
        made: &Attestation,
    ) -> Answered<PasskeyRow> {
        let body = json!({
            "name": "phone",
            "client_data_json": bytes(&made.client_data_json),
            "attestation_object": bytes(&made.attestation_object),
        });
        self.post("/v1/passkeys", token, body).await
    }

    /// Registers a passkey with a new challenge, under that token.
    pub(crate) async fn register_with(
        &self,
        token: &str,
        passkey: &SoftwarePasskey,
    ) -> Answered<PasskeyRow> {
        let made = passkey.register(self.options().await.challenge.as_ref());
        self.send_attestation(token, &made.unwrap()).await
    }

    /// Registers the customer's first passkey.
    pub(crate) async fn register(&self, passkey: &SoftwarePasskey) -> PasskeyRow {
        let registered = self.register_with(&self.channel_token, passkey).await;
        registered.unwrap()
    }

    /// The challenge of a login.
    pub(crate) async fn login_challenge(&self) -> Vec<u8> {
        let asked = ("POST", "/v1/login/challenge");
        let options: Json = self.ask(asked, &self.channel_token, None).await.unwrap();
        assert_eq!(options["relying_party"]["id"], "bank.example");
        base64url::decode(options["challenge"].as_str().unwrap()).unwrap()
    }

    pub(crate) async fn send_assertion(&self, made: &Assertion) -> Answered<SessionBegun> {
        let assertion = PasskeyAssertion {
            credential: made.credential.clone().into(),
            authenticator_data: made.authenticator_data.clone().into(),
            client_data_json: made.client_data_json.clone().into(),
            signature: made.signature.clone().into(),
        };
        let body = json!({ "assertion": assertion });
        self.post("/v1/login", &self.channel_token, body).await
    }

    /// Logs in with a new challenge.
    pub(crate) async fn log_in(&self, passkey: &SoftwarePasskey) -> Answered<SessionBegun> {
        let made = passkey.assert(&self.login_challenge().await);
        self.send_assertion(&made.unwrap()).await
    }

    /// The reasons of the refused logins in the audit records, oldest first.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let records = self.bank.records();
        let refusal = |bytes: &Vec<u8>| {
            let act = audit::Record::parse(bytes).unwrap().act;
            (act.action == "login.refused").then(|| act.details["reason"].clone())
        };
        records.iter().filter_map(refusal).collect()
    }
}
