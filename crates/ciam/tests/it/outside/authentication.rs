//! The bank proves to the provider who it is.

use super::provider::{CLIENT, OutsideProvider, PROVIDER};
use super::visitor::bank_with;
use crate::person::Person;
use ciam::ProviderSettings;
use token::{ClientAssertion, ClientKey, ClientKeys};

#[tokio::test]
async fn with_the_clients_secret() {
    let (bank, provider) = bank_with(OutsideProvider::settings()).await;
    let person = Person::enrolled(&bank, "1001").await;
    person.log_in_at(&provider, "1001", |_| {}).await.unwrap();
    let redeemed = provider.state().redeemed[0].clone();
    let (user, password) = redeemed.basic.unwrap();
    // Both are encoded as in a form (RFC 6749, 2.3.1).
    assert_eq!(
        (user.as_str(), password.as_str()),
        (CLIENT, "hush+%26+more")
    );
    assert_eq!(redeemed.form["grant_type"], "authorization_code");
    assert!(!redeemed.form.contains_key("client_assertion"));
}

#[tokio::test]
async fn without_one_with_a_key_that_the_bank_publishes() {
    let (bank, provider) = bank_with(ProviderSettings {
        secret: None,
        ..OutsideProvider::settings()
    })
    .await;
    let person = Person::enrolled(&bank, "1001").await;
    let mut ids = Vec::new();
    for nth in 0..2 {
        person.log_in_at(&provider, "1001", |_| {}).await.unwrap();
        let redeemed = provider.state().redeemed[nth].clone();
        assert_eq!(redeemed.basic, None);
        assert_eq!(redeemed.form["client_id"], CLIENT);
        assert_eq!(
            redeemed.form["client_assertion_type"],
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        let jwks = bank.ciam.jwks();
        let keys = jwks.keys().iter().map(|key| ClientKey {
            kid: Some(key.kid().to_string()),
            key: *key,
        });
        let keys = ClientKeys::new(keys.collect());
        let assertion = &redeemed.form["client_assertion"];
        let claimed = ClientAssertion::claimed(assertion, PROVIDER, bank.now());
        let verified = claimed.unwrap().verify(&keys).unwrap();
        assert_eq!(verified.client.as_str(), CLIENT);
        assert_eq!(verified.expires.seconds(), bank.now().seconds() + 60);
        ids.push(verified.id);
    }
    assert_ne!(ids[0], ids[1]);
}
