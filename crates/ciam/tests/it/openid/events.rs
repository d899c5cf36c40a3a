//! Apps hear what changed for people who permit them to know it.

use super::app::{App, EVENTS, SHOP, TAXES, bank, claims, webhook_uri};
use super::flow::is_signed_by;
use crate::bank::{Bank, ISSUER};
use crate::neighbour::Call;
use crate::person::{Person, passkey};
use serde_json::{Value as Json, json};
use token::TokenType;
use types::{CustomerId, IntentId, Time};

const DAY_MS: u64 = 86_400_000;

fn customer(id: &str) -> CustomerId {
    id.parse().unwrap()
}

/// What apps were told: where, and the claims.
fn told(bank: &Bank) -> Vec<(String, Json)> {
    let calls = bank.neighbour.calls().into_iter();
    let told = calls.filter_map(|call| match call {
        Call::Event(uri, token) => {
            assert_eq!(TokenType::of(&token), Some(TokenType::Event));
            assert!(is_signed_by(&token, &bank.ciam.jwks()));
            Some((uri, claims(&token)))
        }
        _ => None,
    });
    told.collect()
}

/// Where apps were told.
fn heard_by(bank: &Bank) -> Vec<String> {
    told(bank).into_iter().map(|(uri, _)| uri).collect()
}

/// Tells the apps, and expects that so many events are still to be told.
async fn tell(bank: &Bank, waiting: usize) {
    bank.ciam.tell_clients().await.unwrap();
    assert_eq!(bank.count("client_event"), waiting);
}

async fn change(bank: &Bank, customers: &[&str]) {
    let customers: Vec<_> = customers.iter().map(|id| customer(id)).collect();
    bank.ciam.accounts_changed(&customers).await.unwrap();
}

async fn person_at_shop(bank: &Bank) -> (Person<'_>, Json) {
    let person = Person::enrolled(bank, "1001").await;
    person.register(&passkey(1)).await;
    let tokens = App::shop(bank).tokens_for(&passkey(1), EVENTS).await;
    (person, tokens)
}

#[tokio::test]
async fn an_app_hears_once_that_something_changed() {
    let bank = bank().await;
    let (_person, tokens) = person_at_shop(&bank).await;
    for _ in 0..3 {
        change(&bank, &["1001", "1002"]).await;
    }
    for _ in 0..2 {
        tell(&bank, 0).await;
        let [(uri, claims)] = told(&bank).try_into().unwrap();
        assert_eq!(uri, webhook_uri(SHOP));
        let sub = super::app::claims(tokens["id_token"].as_str().unwrap())["sub"].clone();
        let expected = json!({
            "iss": ISSUER,
            "aud": SHOP,
            "sub_id": {"format": "iss_sub", "iss": ISSUER, "sub": sub},
            "jti": claims["jti"],
            "iat": bank.now().seconds(),
            "events": {"urn:passbook:event:accounts-changed": {}},
        });
        assert_eq!(claims, expected, "what changed it reads itself");
    }
    change(&bank, &["1001"]).await;
    tell(&bank, 0).await;
    assert_eq!(told(&bank).len(), 2, "another change is another event");
}

#[tokio::test]
async fn an_app_hears_of_its_payment() {
    let bank = bank().await;
    let (_person, _) = person_at_shop(&bank).await;
    let payment = IntentId::at(Time::from_ms(7), [7; 10]);
    let (shop, customer) = (SHOP.parse().unwrap(), customer("1001"));
    for client in [&shop, &"unknown".parse().unwrap()] {
        let changed = bank.ciam.payment_changed(client, &customer, payment);
        changed.await.unwrap();
    }
    tell(&bank, 0).await;
    let [(uri, claims)] = told(&bank).try_into().unwrap();
    assert_eq!(uri, webhook_uri(SHOP));
    let expected = json!({"urn:passbook:event:payment-changed": {"initiation": payment}});
    assert_eq!(claims["events"], expected);
}

#[tokio::test]
async fn who_may_not_know_does_not_hear() {
    let bank = bank().await;
    let (person, _) = person_at_shop(&bank).await;
    let taxes = App::taxes(&bank);
    taxes.tokens_for(&passkey(1), "openid payments").await;
    change(&bank, &["1001"]).await;
    tell(&bank, 0).await;
    assert_eq!(
        heard_by(&bank),
        [webhook_uri(SHOP)],
        "taxes may not see accounts"
    );

    // What waits when the consent is withdrawn is not told any more.
    change(&bank, &["1001"]).await;
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    let body = json!({ "client": SHOP });
    let withdrawn = person.post::<Json>("/v1/consents/withdrawals", &access, body);
    withdrawn.await.unwrap();
    tell(&bank, 0).await;
    change(&bank, &["1001"]).await;
    tell(&bank, 0).await;
    assert_eq!(heard_by(&bank).len(), 1);

    // An erased customer is nobody.
    taxes.tokens_for(&passkey(1), EVENTS).await;
    change(&bank, &["1001"]).await;
    assert!(
        bank.ciam
            .erase_customer(&customer("1001"))
            .await
            .unwrap()
            .known
    );
    tell(&bank, 0).await;
    assert_eq!(heard_by(&bank).len(), 1);
}

#[tokio::test]
async fn an_app_that_is_away_hears_later_in_order() {
    let bank = bank().await;
    let (_person, _) = person_at_shop(&bank).await;
    App::taxes(&bank).tokens_for(&passkey(1), EVENTS).await;
    bank.neighbour
        .state()
        .clients_down
        .insert(webhook_uri(SHOP));
    change(&bank, &["1001"]).await;
    bank.advance(1);
    let payment = IntentId::at(Time::from_ms(7), [7; 10]);
    let (shop, customer) = (SHOP.parse().unwrap(), customer("1001"));
    let changed = bank.ciam.payment_changed(&shop, &customer, payment);
    changed.await.unwrap();
    tell(&bank, 2).await;
    let mut heard = heard_by(&bank);
    heard.sort();
    assert_eq!(
        heard,
        [webhook_uri(SHOP), webhook_uri(TAXES)],
        "one keeps no other waiting"
    );
    let ids: Vec<_> = told(&bank)
        .iter()
        .map(|(_, claims)| claims["jti"].clone())
        .collect();
    assert_ne!(
        ids[0], ids[1],
        "two apps do not find out that they have a person in common"
    );
    bank.neighbour.state().clients_down.clear();
    tell(&bank, 2).await;
    assert_eq!(heard_by(&bank).len(), 2, "it is left alone for a while");
    bank.advance(1_000);
    tell(&bank, 0).await;
    let at_shop = told(&bank)
        .into_iter()
        .filter(|(uri, _)| *uri == webhook_uri(SHOP));
    let events: Vec<_> = at_shop
        .map(|(_, claims)| claims["events"].to_string())
        .collect();
    assert_eq!(events.len(), 3);
    assert_eq!(events[0], events[1], "the first one again");
    assert!(events[2].contains("payment-changed"), "{events:?}");

    // After a day it is not told any more.
    bank.neighbour
        .state()
        .clients_down
        .insert(webhook_uri(SHOP));
    change(&bank, &["1001"]).await;
    tell(&bank, 1).await;
    bank.advance(DAY_MS + 1);
    tell(&bank, 0).await;
}
