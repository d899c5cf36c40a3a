//! What a client's request costs of the key operations that all strangers share.

use super::app::{App, BACK, SHOP, bank, configured, form, jwt, key, settings};
use crate::bank::{Bank, ISSUER};
use ciam::http::{classes, routes};
use envelope::Signer as _;
use http_edge::{Admission, AdmissionSettings, Limits, Listener};
use serde_json::json;
use testkit::http_client;
use token::ClientKey;
use tokio::sync::watch;

const PATHS: [&str; 4] = [
    "/openid/par",
    "/openid/token",
    "/openid/introspection",
    "/openid/revocation",
];

/// A bank behind a listener that counts key operations.
struct Counted {
    admission: Admission,
    url: String,
    _running: watch::Sender<bool>,
}

impl Counted {
    async fn bank(bank: &Bank) -> Self {
        let admission = Admission::new(AdmissionSettings::default(), classes());
        let loopback = ([127, 0, 0, 1], 0).into();
        let listener = Listener::bind(loopback, None, Limits::default())
            .await
            .unwrap();
        let url = format!("http://{}", listener.address().unwrap());
        let (running, stopping) = watch::channel(false);
        let listener = listener.admitting(admission.clone());
        tokio::spawn(listener.serve(routes(bank.ciam.clone()), stopping));
        Self {
            admission,
            url,
            _running: running,
        }
    }

    /// The status of the answer to a form, and how many key operations it cost.
    async fn cost(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        proof: Option<&str>,
    ) -> (u16, u64) {
        let before = self.admission.key_operations();
        let mut request = http_client()
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form(parameters));
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        let answer = request.send().await.unwrap();
        (
            answer.status().as_u16(),
            self.admission.key_operations() - before,
        )
    }
}

/// What a client authenticates with.
fn by(assertion: &str) -> [(&str, &str); 2] {
    let jwt_bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    [
        ("client_assertion_type", jwt_bearer),
        ("client_assertion", assertion),
    ]
}

#[tokio::test]
async fn what_is_refused_by_its_form_costs_nothing() {
    let bank = bank().await;
    let counted = Counted::bank(&bank).await;
    let shop = App::shop(&bank);
    let expired = {
        let mut claims = shop.assertion_claims();
        claims["exp"] = json!(bank.now().seconds());
        jwt(&json!({"alg": "ES256"}), &claims, &shop.key)
    };
    let mut nobodys = shop.assertion_claims();
    nobodys["iss"] = json!("nobody");
    nobodys["sub"] = json!("nobody");
    let nobodys = jwt(&json!({"alg": "ES256"}), &nobodys, &shop.key);
    for path in PATHS {
        assert_eq!(counted.cost(path, &[], None).await, (401, 0), "{path}");
        for assertion in ["", "a.b.c", &expired, &nobodys] {
            let cost = counted.cost(path, &by(assertion), None).await;
            assert_eq!(cost, (401, 0), "{path}");
        }
    }
    for path in ["/openid/par", "/openid/token"] {
        let old = counted
            .cost(path, &by(&shop.assertion()), Some("a.b.c"))
            .await;
        assert_eq!(old, (400, 0), "{path}");
    }
}

#[tokio::test]
async fn an_assertion_costs_as_many_operations_as_keys_may_have_signed_it() {
    let named = |kid: &str, secret| ClientKey {
        kid: Some(kid.to_owned()),
        key: *key(secret).public_key(),
    };
    let mut settings = settings(ISSUER, BACK);
    let clients = &mut settings.openid.clients;
    let shop = clients.iter_mut().find(|client| client.id.as_str() == SHOP);
    shop.unwrap().keys = configured(vec![named("old", 21), named("new", 11)]);
    let bank = Bank::with(settings).await;
    let counted = Counted::bank(&bank).await;
    let shop = App::shop(&bank);
    let unnamed = json!({"alg": "ES256"});
    let naming = |kid: &str| json!({"alg": "ES256", "kid": kid});
    // A token is verified, too.
    for (header, status, operations) in [
        (&unnamed, 200, 2 + 1),
        (&naming("new"), 200, 1 + 1),
        (&naming("old"), 401, 1 + 1),
        (&naming("none"), 401, 1),
    ] {
        let assertion = jwt(header, &shop.assertion_claims(), &shop.key);
        let parameters = [by(&assertion).as_slice(), &[("token", "a")]].concat();
        let cost = counted
            .cost("/openid/introspection", &parameters, None)
            .await;
        assert_eq!(cost, (status, operations), "{header}");
    }
    // A proof, and two tokens to sign.
    let assertion = jwt(&naming("new"), &shop.assertion_claims(), &shop.key);
    let proof = shop.proof("/openid/token").await;
    let cost = counted
        .cost("/openid/token", &by(&assertion), Some(&proof))
        .await;
    assert_eq!(cost, (400, 1 + 1 + 2));
}
