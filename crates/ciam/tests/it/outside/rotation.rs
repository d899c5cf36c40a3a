//! The provider rotates its keys.

use super::provider::{Signing, rsa_jwk};
use super::visitor::bank;
use crate::person::{Person, code};
use types::ErrorCode;

#[tokio::test]
async fn a_new_key_is_learnt_when_it_signs_and_a_withdrawn_one_is_forgotten_within_an_hour() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let sign_with = |nth: usize, kid: &str| {
        let mut state = provider.state();
        (state.signing, state.kid) = (Signing::Rs256(nth), Some(kid.into()));
    };
    let log_in = async || person.log_in_at(&provider, "1001", |_| {}).await;
    log_in().await.unwrap();
    log_in().await.unwrap();
    assert_eq!(provider.state().keys_read, 1, "they are kept");
    // Withdrawn at once, with a successor.
    provider.state().keys = vec![rsa_jwk(1, "two")];
    sign_with(1, "two");
    log_in().await.unwrap();
    assert_eq!(provider.state().keys_read, 2);
    sign_with(0, "one");
    let refused = log_in().await;
    assert_eq!(code(&refused), ErrorCode::ProviderLoginRefused);
    assert_eq!(person.refusals(), ["unknown_key"]);
    // Withdrawn, and nothing signed with the successor yet.
    provider.state().keys = vec![rsa_jwk(0, "three")];
    sign_with(1, "two");
    bank.advance(3_600_000 - 1);
    log_in().await.unwrap();
    bank.advance(1);
    let refused = log_in().await;
    assert_eq!(code(&refused), ErrorCode::ProviderLoginRefused);
    assert_eq!(person.refusals(), ["unknown_key", "unknown_key"]);
}
