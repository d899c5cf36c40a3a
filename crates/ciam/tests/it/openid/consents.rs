//! What a person allowed is listed for them, and what they withdraw is worth nothing.

use super::app::{App, Browser, SHOP, TAXES, bank, code_in};
use crate::person::{Person, code, passkey};
use protocol::{AccessChange, EntryKind};
use serde_json::{Value as Json, json};
use types::ErrorCode;

async fn listed(person: &Person<'_>, access: &str) -> Vec<Json> {
    let asked = ("GET", "/v1/consents");
    let answer: Json = person.ask(asked, access, None).await.unwrap();
    answer["consents"].as_array().unwrap().clone()
}

async fn withdraw(person: &Person<'_>, access: &str, client: &str) -> Result<Json, ErrorCode> {
    let body = json!({ "client": client });
    let answered = person.post("/v1/consents/withdrawals", access, body).await;
    answered.map_err(|refused| refused.code)
}

#[tokio::test]
async fn a_withdrawn_consent_ends_codes_and_tokens_of_that_client() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let other = Person::enrolled(&bank, "1002").await;
    other.register(&passkey(2)).await;
    let (shop, taxes) = (App::shop(&bank), App::taxes(&bank));
    let tokens = shop.tokens(&passkey(1)).await;
    let others = [
        shop.tokens(&passkey(2)).await,
        taxes.tokens(&passkey(1)).await,
    ];
    let waiting = shop.code(&passkey(1)).await;

    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    let consents = listed(&person, &access).await;
    let clients: Vec<_> = consents
        .iter()
        .map(|row| row["client"].as_str().unwrap())
        .collect();
    assert_eq!(clients, [SHOP, TAXES]);
    assert_eq!(consents[0]["name"], "shop & <Co>");
    assert_eq!(
        consents[0]["scopes"],
        json!(["openid", "customer_number", "offline_access"])
    );
    assert_eq!(
        withdraw(&person, &access, SHOP).await,
        Ok(json!({"client": SHOP}))
    );
    assert_eq!(listed(&person, &access).await.len(), 1);

    assert_eq!(
        shop.user_info(&tokens).await.problem(),
        ErrorCode::TokenInvalid
    );
    assert_eq!(shop.refresh(&tokens).await.error(), "invalid_grant");
    assert_eq!(shop.redeem(&waiting).await.error(), "invalid_grant");
    let inactive = json!({"active": false});
    assert_eq!(
        App::api(&bank).introspect(&tokens["access_token"]).await,
        inactive
    );
    assert_eq!(shop.introspect(&tokens["refresh_token"]).await, inactive);
    assert_eq!(
        shop.user_info(&others[0]).await.status,
        200,
        "another person's"
    );
    assert_eq!(
        taxes.user_info(&others[1]).await.status,
        200,
        "another client's"
    );
    let again = withdraw(&person, &access, SHOP).await;
    assert_eq!(again, Err(ErrorCode::ConsentUnknown));
    assert_eq!(
        withdraw(&person, &access, "nobody").await,
        Err(ErrorCode::ConsentUnknown)
    );
}

#[tokio::test]
async fn consents_are_for_the_person_who_logged_in() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let thief = Person::enrolled(&bank, "1002").await;
    thief.register(&passkey(2)).await;
    App::shop(&bank).tokens(&passkey(1)).await;
    let access = thief.log_in(&passkey(2)).await.unwrap().access_token;
    assert!(listed(&thief, &access).await.is_empty());
    assert_eq!(
        withdraw(&thief, &access, SHOP).await,
        Err(ErrorCode::ConsentUnknown)
    );
    let asked = ("GET", "/v1/consents");
    let refused = person.ask::<Json>(asked, &person.channel_token, None).await;
    assert_eq!(code(&refused), ErrorCode::LoginRequired);
}

/// What was allowed before is not narrowed by a smaller request, but what comes of that is.
#[tokio::test]
async fn a_smaller_consent_gives_a_smaller_grant() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let shop = App::shop(&bank);
    shop.tokens(&passkey(1)).await;
    let pushed = shop.push_with(&[("scope", "openid")]).await;
    let mut browser = Browser::new(&bank);
    let link = shop.link_to(pushed.json()["request_uri"].as_str().unwrap());
    let page = browser.begin(&link).await;
    browser.log_in(&page, &passkey(1)).await;
    let tokens = shop
        .redeem(&code_in(&browser.allow(&page).await))
        .await
        .json();
    assert_eq!(tokens["scope"], "openid");
    assert_eq!(tokens.get("refresh_token"), None);
    let info = shop.user_info(&tokens).await.json();
    assert_eq!(info.get("customer_number"), None);
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    let consents = listed(&person, &access).await;
    assert_eq!(consents[0]["scopes"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_kill_switch_ends_everything_of_clients() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let shop = App::shop(&bank);
    let tokens = shop.tokens(&passkey(1)).await;
    let waiting = shop.code(&passkey(1)).await;
    bank.ciam
        .stop_everything(person.phone.device)
        .await
        .unwrap();
    assert_eq!(
        shop.user_info(&tokens).await.problem(),
        ErrorCode::TokenInvalid
    );
    assert_eq!(shop.refresh(&tokens).await.error(), "invalid_grant");
    assert_eq!(shop.redeem(&waiting).await.error(), "invalid_grant");
    let mut browser = Browser::new(&bank);
    let page = browser.begin(&shop.link().await).await;
    let refused = browser.try_to_log_in(&page, &passkey(1)).await;
    assert_eq!(
        refused.problem(),
        ErrorCode::LoginRefused,
        "until the bank undoes it"
    );
    assert_eq!(bank.count("consent"), 0);
}

#[tokio::test]
async fn a_removed_passkey_ends_what_came_of_its_logins() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let shop = App::shop(&bank);
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    person.register_with(&access, &passkey(2)).await.unwrap();
    let (stolen, own) = (
        shop.tokens(&passkey(2)).await,
        shop.tokens(&passkey(1)).await,
    );
    let waiting = shop.code(&passkey(2)).await;
    let body = json!({"passkey": crate::person::id_of(&passkey(2))});
    let removed: Json = person
        .post("/v1/passkeys/removals", &access, body)
        .await
        .unwrap();
    assert!(removed["passkey"].is_string());
    assert_eq!(
        shop.user_info(&stolen).await.problem(),
        ErrorCode::TokenInvalid
    );
    assert_eq!(shop.refresh(&stolen).await.error(), "invalid_grant");
    assert_eq!(shop.redeem(&waiting).await.error(), "invalid_grant");
    assert_eq!(shop.user_info(&own).await.status, 200);
}

#[tokio::test]
async fn nothing_of_an_erased_customer_is_left_at_clients() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let shop = App::shop(&bank);
    let tokens = shop.tokens(&passkey(1)).await;
    shop.code(&passkey(1)).await;
    bank.ciam
        .erase_customer(&"1001".parse().unwrap())
        .await
        .unwrap();
    for table in ["consent", "client_grant", "authorization_request"] {
        assert_eq!(bank.count(table), 0, "{table}");
    }
    assert_eq!(
        shop.user_info(&tokens).await.problem(),
        ErrorCode::TokenInvalid
    );
}

/// All the customer's devices hear of what another app may know, and not again of what it may know already.
#[tokio::test]
async fn a_consent_is_told_when_it_allows_more_and_when_it_is_withdrawn() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let shop = App::shop(&bank);
    let some = [("scope", "openid customer_number")];
    for scopes in [&some[..], &some, &[], &some] {
        let pushed = shop.push_with(scopes).await.json();
        let mut browser = Browser::new(&bank);
        let link = shop.link_to(pushed["request_uri"].as_str().unwrap());
        let page = browser.begin(&link).await;
        browser.log_in(&page, &passkey(1)).await;
        code_in(&browser.allow(&page).await);
    }
    let given = |scopes: &str| AccessChange {
        client: Some(SHOP.parse().unwrap()),
        name: Some("shop & <Co>".to_owned()),
        scopes: Some(scopes.to_owned()),
        ..AccessChange::new(EntryKind::ConsentGiven)
    };
    let told = [
        given("openid customer_number"),
        given("openid customer_number offline_access"),
    ];
    assert_eq!(bank.neighbour.access(), told);

    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    bank.neighbour.state().notification_down = true;
    withdraw(&person, &access, SHOP).await.unwrap();
    bank.neighbour.state().notification_down = false;
    assert_eq!(bank.ciam.resume().await.unwrap().told, 1);
    let withdrawn = AccessChange {
        device: Some(person.phone.device),
        scopes: None,
        kind: EntryKind::ConsentWithdrawn,
        ..given("")
    };
    assert_eq!(bank.neighbour.access().last(), Some(&withdrawn));
}
