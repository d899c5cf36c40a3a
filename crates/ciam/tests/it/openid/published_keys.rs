//! A client publishes its keys and changes them by itself.

use super::app::{App, BACK, SHOP, jwk, jwt, key, settings};
use crate::bank::{Bank, ISSUER};
use crate::neighbour::Call;
use ciam::KeySource;
use envelope::Signer as _;
use futures_util::future::join_all;
use serde_json::{Value as Json, json};

const URI: &str = "https://shop.example/keys.json";
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// The keys that a client publishes, each with its name.
fn set(keys: &[(&str, u8)]) -> Json {
    let named = |(kid, secret): &(&str, u8)| {
        let mut named = jwk(key(*secret).public_key());
        named["kid"] = json!(kid);
        named
    };
    json!({ "keys": keys.iter().map(named).collect::<Vec<_>>() })
}

fn publish(bank: &Bank, set: &Json) {
    let set = set.to_string().into_bytes();
    bank.neighbour.state().documents.insert(URI.to_owned(), set);
}

/// A bank whose shop publishes the key 11 as `one`.
async fn bank() -> Bank {
    let mut settings = settings(ISSUER, BACK);
    let clients = &mut settings.openid.clients;
    let shop = clients.iter_mut().find(|client| client.id.as_str() == SHOP);
    shop.unwrap().keys = KeySource::At(URI.to_owned());
    let bank = Bank::with(settings).await;
    publish(&bank, &set(&[("one", 11)]));
    bank
}

/// Whether the shop is who it says, by the key of that name.
async fn is_known(bank: &Bank, (kid, secret): (&str, u8)) -> bool {
    let shop = App::shop(bank);
    let header = json!({"alg": "ES256", "kid": kid});
    let assertion = jwt(&header, &shop.assertion_claims(), &key(secret));
    let revoked = shop.post_as("/openid/revocation", &[("token", "a")], None, &assertion);
    let answer = revoked.await;
    if answer.status != 200 {
        assert_eq!(answer.error(), "invalid_client");
    }
    answer.status == 200
}

/// How often the shop's keys were read.
fn reads(bank: &Bank) -> usize {
    let calls = bank.neighbour.calls();
    calls
        .iter()
        .filter(|call| matches!(call, Call::Read(uri) if uri == URI))
        .count()
}

#[tokio::test]
async fn a_client_changes_its_keys_by_itself() {
    let bank = bank().await;
    assert!(is_known(&bank, ("one", 11)).await);
    assert!(is_known(&bank, ("one", 11)).await);
    assert_eq!(reads(&bank), 1, "they are kept");
    publish(&bank, &set(&[("one", 11), ("two", 12)]));
    bank.advance(MINUTE);
    assert!(is_known(&bank, ("two", 12)).await);
    assert_eq!(reads(&bank), 2);
    assert!(!is_known(&bank, ("two", 11)).await, "by another key");
    // What is withdrawn is good until the hour is over.
    publish(&bank, &set(&[("two", 12)]));
    bank.advance(HOUR - 1);
    assert!(is_known(&bank, ("one", 11)).await);
    bank.advance(1);
    assert!(!is_known(&bank, ("one", 11)).await);
    assert!(is_known(&bank, ("two", 12)).await);
    assert_eq!(reads(&bank), 3);
}

/// Anybody can name a client and a key that it does not have.
#[tokio::test]
async fn strangers_have_a_clients_keys_read_once_a_minute_at_most() {
    let bank = bank().await;
    assert!(is_known(&bank, ("one", 11)).await);
    for minute in 1..4 {
        bank.advance(MINUTE);
        for nth in 0..10 {
            assert!(!is_known(&bank, (&format!("none {nth}"), 66)).await);
            bank.advance(MINUTE / 20);
        }
        assert_eq!(reads(&bank), 1 + minute, "in minute {minute}");
        bank.advance(MINUTE / 2);
        assert!(is_known(&bank, ("one", 11)).await);
    }
    // The same for a client that does not answer, and of which nothing is known.
    let bank = self::bank().await;
    let down = URI.to_owned();
    bank.neighbour.state().clients_down.insert(down);
    let all = (0..10).map(|_| is_known(&bank, ("one", 11)));
    assert_eq!(join_all(all).await, [false; 10]);
    assert_eq!(reads(&bank), 1);
    bank.neighbour.state().clients_down.clear();
    bank.advance(MINUTE);
    let all = (0..10).map(|_| is_known(&bank, ("one", 11)));
    assert_eq!(join_all(all).await, [true; 10], "all wait for one reading");
    assert_eq!(reads(&bank), 2);
}

#[tokio::test]
async fn the_keys_of_a_client_that_is_away_stay_for_a_day() {
    let bank = bank().await;
    assert!(is_known(&bank, ("one", 11)).await);
    let down = URI.to_owned();
    bank.neighbour.state().clients_down.insert(down);
    bank.advance(24 * HOUR - 1);
    assert!(is_known(&bank, ("one", 11)).await);
    assert_eq!(reads(&bank), 2);
    bank.advance(1);
    assert!(!is_known(&bank, ("one", 11)).await);
    bank.neighbour.state().clients_down.clear();
    bank.advance(MINUTE);
    assert!(is_known(&bank, ("one", 11)).await);
}

#[tokio::test]
async fn a_set_that_no_client_may_have_changes_nothing() {
    let bank = bank().await;
    assert!(is_known(&bank, ("one", 11)).await);
    let mut secret = set(&[("two", 12)]);
    secret["keys"][0]["d"] = json!("AQ");
    let many = ["a", "b", "c", "d", "e", "f", "g", "h", "two"];
    for (nth, unusable) in [
        secret,
        json!({ "keys": [] }),
        json!([]),
        set(&many.map(|kid| (kid, 12))),
    ]
    .iter()
    .enumerate()
    {
        publish(&bank, unusable);
        bank.advance(MINUTE);
        assert!(!is_known(&bank, ("two", 12)).await, "{unusable}");
        assert_eq!(reads(&bank), 2 + nth);
        assert!(is_known(&bank, ("one", 11)).await, "{unusable}");
    }
}
