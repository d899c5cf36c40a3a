//! Clients hear of logins that the customer or the bank has ended.

use super::app::{App, Browser, SHOP, TAXES, bank, claims, code_in, logout_uri};
use super::flow::is_signed_by;
use crate::bank::{Bank, ISSUER};
use crate::neighbour::Call;
use crate::person::{Person, id_of, passkey};
use serde_json::{Value as Json, json};
use token::TokenType;

const DAY_MS: u64 = 86_400_000;

/// The logins that clients were told of, in order: where, and the login.
fn told(bank: &Bank) -> Vec<(String, Json)> {
    let calls = bank.neighbour.calls().into_iter();
    let told = calls.filter_map(|call| match call {
        Call::LogOut(uri, token) => Some((uri, claims(&token)["sid"].clone())),
        _ => None,
    });
    told.collect()
}

/// The login of which these tokens came, as a client knows it.
fn login(client: &str, tokens: &Json) -> (String, Json) {
    let id = claims(tokens["id_token"].as_str().unwrap());
    (logout_uri(client), id["sid"].clone())
}

/// Tells the clients, and expects that so many logins are still to be told.
async fn tell(bank: &Bank, waiting: usize) {
    bank.ciam.tell_clients().await.unwrap();
    assert_eq!(bank.count("client_logout"), waiting);
}

async fn withdraw(person: &Person<'_>, client: &str) {
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    let body = json!({ "client": client });
    let withdrawn = person.post::<Json>("/v1/consents/withdrawals", &access, body);
    withdrawn.await.unwrap();
}

#[tokio::test]
async fn a_client_hears_once_that_its_login_has_ended() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let (shop, taxes) = (App::shop(&bank), App::taxes(&bank));
    let first = login(SHOP, &shop.tokens(&passkey(1)).await);
    let second = login(SHOP, &shop.tokens(&passkey(1)).await);
    assert_ne!(first, second);
    taxes.tokens(&passkey(1)).await;
    tell(&bank, 0).await;
    assert_eq!(told(&bank), []);

    withdraw(&person, SHOP).await;
    for _ in 0..2 {
        tell(&bank, 0).await;
        let mut heard = told(&bank);
        heard.sort_by_key(|(_, login)| login.to_string());
        let mut expected = [first.clone(), second.clone()];
        expected.sort_by_key(|(_, login)| login.to_string());
        assert_eq!(heard, expected);
    }
    let calls = bank.neighbour.calls();
    let token = calls.iter().rev().find_map(|call| match call {
        Call::LogOut(_, token) => Some(token.clone()),
        _ => None,
    });
    let token = token.unwrap();
    assert_eq!(TokenType::of(&token), Some(TokenType::Logout));
    assert!(is_signed_by(&token, &bank.ciam.jwks()));
    let claims = claims(&token);
    let now = bank.now().seconds();
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER,
            "aud": SHOP,
            "sid": claims["sid"],
            "jti": claims["jti"],
            "iat": now,
            "exp": now + 120,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        }),
        "who logged in is not named, and there is no nonce"
    );
}

#[tokio::test]
async fn whoever_ends_a_login_its_client_hears_of_it() {
    for how in ["stop", "revoke", "passkey", "erase"] {
        let bank = bank().await;
        let person = Person::enrolled(&bank, "1001").await;
        person.register(&passkey(1)).await;
        let access = person.log_in(&passkey(1)).await.unwrap().access_token;
        person.register_with(&access, &passkey(2)).await.unwrap();
        let stranger = Person::enrolled(&bank, "1002").await;
        stranger.register(&passkey(3)).await;
        let (shop, taxes) = (App::shop(&bank), App::taxes(&bank));
        shop.tokens(&passkey(3)).await;
        let at_shop = login(SHOP, &shop.tokens(&passkey(2)).await);
        let at_taxes = login(TAXES, &taxes.tokens(&passkey(1)).await);
        let device = person.phone.device;
        match how {
            "stop" => _ = bank.ciam.stop_everything(device).await.unwrap(),
            "revoke" => _ = bank.ciam.revoke(device).await.unwrap(),
            "erase" => {
                let customer = "1001".parse().unwrap();
                assert!(bank.ciam.erase_customer(&customer).await.unwrap().known);
            }
            _ => {
                let body = json!({ "passkey": id_of(&passkey(2)) });
                let removed = person.post::<Json>("/v1/passkeys/removals", &access, body);
                removed.await.unwrap();
            }
        }
        tell(&bank, 0).await;
        let mut heard = told(&bank);
        heard.sort_by_key(|(uri, _)| uri.clone());
        match how {
            "passkey" => assert_eq!(heard, [at_shop]),
            _ => assert_eq!(heard, [at_shop, at_taxes], "{how}"),
        }
        assert_eq!(bank.count("client_logout"), 0);
    }
}

#[tokio::test]
async fn a_client_that_is_away_hears_later_and_keeps_no_other_waiting() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let (shop, taxes) = (App::shop(&bank), App::taxes(&bank));
    let at_shop = [
        login(SHOP, &shop.tokens(&passkey(1)).await),
        login(SHOP, &shop.tokens(&passkey(1)).await),
    ];
    let at_taxes = login(TAXES, &taxes.tokens(&passkey(1)).await);
    bank.neighbour.state().clients_down.insert(logout_uri(SHOP));
    bank.ciam
        .stop_everything(person.phone.device)
        .await
        .unwrap();
    tell(&bank, 2).await;
    let heard = told(&bank);
    assert!(heard.contains(&at_taxes), "{heard:?}");
    assert_eq!(heard.len(), 2, "the shop was asked once, in vain");
    tell(&bank, 2).await;
    assert_eq!(told(&bank).len(), 2, "it is left alone");
    bank.advance(1000);
    tell(&bank, 2).await;
    assert_eq!(told(&bank).len(), 3);
    bank.advance(1999);
    tell(&bank, 2).await;
    assert_eq!(told(&bank).len(), 3, "each time twice as long");
    bank.neighbour.state().clients_down.clear();
    bank.advance(1);
    tell(&bank, 0).await;
    let heard = told(&bank);
    assert!(
        at_shop.iter().all(|login| heard.contains(login)),
        "{heard:?}"
    );
    tell(&bank, 0).await;
    assert_eq!(told(&bank).len(), heard.len());
}

/// However much a client that is away has not heard, the others hear at once.
#[tokio::test]
async fn many_logins_at_a_client_that_is_away_keep_no_other_waiting() {
    const LOGINS: usize = 70;
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let (shop, taxes) = (App::shop(&bank), App::taxes(&bank));
    for _ in 0..LOGINS {
        shop.tokens(&passkey(1)).await;
    }
    bank.advance(1);
    let at_taxes = login(TAXES, &taxes.tokens(&passkey(1)).await);
    bank.neighbour.state().clients_down.insert(logout_uri(SHOP));
    bank.ciam
        .stop_everything(person.phone.device)
        .await
        .unwrap();
    tell(&bank, LOGINS).await;
    let heard = told(&bank);
    assert_eq!((heard.len(), heard.contains(&at_taxes)), (2, true));
    bank.neighbour.state().clients_down.clear();
    bank.advance(1000);
    tell(&bank, 0).await;
    assert_eq!(told(&bank).len(), LOGINS + 2);
}

/// Nobody hears what a client did itself, what has expired, or what is too long ago; and a refusal is an answer.
#[tokio::test]
async fn what_a_client_need_not_hear_is_forgotten() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let (shop, api) = (App::shop(&bank), App::api(&bank));
    let tokens = shop.tokens(&passkey(1)).await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let given_back = shop.post("/openid/revocation", &[("token", refresh)]).await;
    assert_eq!(given_back.status, 200);
    let pushed = api.push_with(&[("scope", "openid")]).await.json();
    let mut browser = Browser::new(&bank);
    let link = api.link_to(pushed["request_uri"].as_str().unwrap());
    let page = browser.begin(&link).await;
    browser.log_in(&page, &passkey(1)).await;
    let redeemed = api.redeem(&code_in(&browser.allow(&page).await)).await;
    assert_eq!(redeemed.status, 200);
    bank.ciam
        .stop_everything(person.phone.device)
        .await
        .unwrap();
    assert_eq!(
        bank.count("client_logout"),
        1,
        "the API's, which has no address"
    );
    tell(&bank, 0).await;
    assert_eq!((told(&bank).len(), bank.count("client_logout")), (0, 0));

    let person = Person::enrolled(&bank, "1002").await;
    person.register(&passkey(2)).await;
    shop.tokens(&passkey(2)).await;
    bank.neighbour
        .state()
        .clients_refuse
        .insert(logout_uri(SHOP));
    bank.ciam
        .stop_everything(person.phone.device)
        .await
        .unwrap();
    tell(&bank, 0).await;
    assert_eq!((told(&bank).len(), bank.count("client_logout")), (1, 0));

    let person = Person::enrolled(&bank, "1003").await;
    person.register(&passkey(3)).await;
    shop.tokens(&passkey(3)).await;
    bank.neighbour.state().clients_down.insert(logout_uri(SHOP));
    bank.ciam
        .stop_everything(person.phone.device)
        .await
        .unwrap();
    tell(&bank, 1).await;
    bank.advance(DAY_MS);
    tell(&bank, 1).await;
    bank.advance(2000);
    tell(&bank, 0).await;
    assert_eq!(bank.count("client_logout"), 0);
}
