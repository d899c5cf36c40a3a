//! From what the client reads of the provider to what it learns of the person.

use super::app::{API, App, BACK, Browser, SHOP, bank, claims, get, parameter_in};
use crate::bank::ISSUER;
use crate::person::{Person, passkey};
use serde_json::json;
use token::Jwks;

#[tokio::test]
async fn a_client_learns_who_logged_in_and_allowed_it() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let shop = App::shop(&bank);
    let logged_in = bank.now();

    let pushed = shop.push_with(&[]).await;
    assert_eq!(
        (pushed.status, &pushed.json()["expires_in"]),
        (201, &json!(60))
    );
    let link = shop.link_to(pushed.json()["request_uri"].as_str().unwrap());
    let mut browser = Browser::new(&bank);
    let page = browser.begin(&link).await;
    browser.log_in(&page, &passkey(1)).await;
    let location = browser.allow(&page).await;
    assert!(location.starts_with(&format!("{BACK}&code=")), "{location}");
    assert_eq!(parameter_in(&location, "state").unwrap(), "a state & more");
    assert_eq!(parameter_in(&location, "iss").unwrap(), ISSUER);

    bank.advance(5000);
    let answer = shop.redeem(&super::app::code_in(&location)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "DPoP");
    assert_eq!(tokens["expires_in"], 300);
    let access = tokens["access_token"].as_str().unwrap();
    let token = token::ClientToken::verify(access, ISSUER, &bank.ciam.jwks(), bank.now()).unwrap();
    assert_eq!(token.key, shop_thumbprint(&shop));

    let id = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id["iss"], &id["aud"]), (&json!(ISSUER), &json!(SHOP)));
    assert_eq!(
        (&id["nonce"], &id["acr"]),
        (&json!("a nonce"), &json!("passkey"))
    );
    assert_eq!(id["auth_time"], logged_in.seconds());
    assert_eq!(id["iat"], bank.now().seconds());
    assert_eq!(id["exp"], bank.now().seconds() + 300);
    assert!(is_signed_by(
        tokens["id_token"].as_str().unwrap(),
        &bank.ciam.jwks()
    ));

    let info = shop.user_info(&tokens).await;
    assert_eq!(info.status, 200, "{}", info.body);
    assert_eq!(
        info.json(),
        json!({"sub": id["sub"], "customer_number": "1001"})
    );

    let api = App::api(&bank);
    for app in [&shop, &api] {
        let answer = app.introspect(&tokens["access_token"]).await;
        assert_eq!(answer["active"], true, "{}", app.id);
        assert_eq!(
            (&answer["sub"], &answer["client_id"]),
            (&id["sub"], &json!(SHOP))
        );
        assert_eq!(answer["cnf"]["jkt"], shop_thumbprint(&shop).to_string());
    }
    let refresh = shop.introspect(&tokens["refresh_token"]).await;
    assert_eq!(
        (&refresh["active"], &refresh["sub"]),
        (&json!(true), &id["sub"])
    );
    let refresh = api.introspect(&tokens["refresh_token"]).await;
    assert_eq!(refresh, json!({"active": false}), "it is no access token");
    assert_ne!(API, SHOP);

    let refreshed = shop.refresh(&tokens).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    assert_eq!(refreshed.json().get("refresh_token"), None, "not rotated");
    assert_eq!(shop.refresh(&tokens).await.status, 200, "it stays good");
    let info = shop.user_info(&refreshed.json()).await;
    assert_eq!(info.json()["sub"], id["sub"]);
    let actions = ["client_login.accepted", "consent.given", "code.redeemed"];
    let records = bank.records();
    let acts = records
        .iter()
        .map(|bytes| audit::Record::parse(bytes).unwrap().act);
    let acts: Vec<_> = acts.map(|act| (act.actor, act.action)).collect();
    let by_shop = actions.map(|action| ("client:shop".to_owned(), action.to_owned()));
    assert!(acts.ends_with(&by_shop), "{acts:?}");
}

fn shop_thumbprint(shop: &App<'_>) -> types::Thumbprint {
    use envelope::Signer as _;
    shop.proof_key.public_key().thumbprint()
}

pub(crate) fn is_signed_by(jwt: &str, jwks: &Jwks) -> bool {
    let (input, signature) = jwt.rsplit_once('.').unwrap();
    let signature = signature.parse().unwrap();
    let mut keys = jwks.keys().iter();
    keys.any(|key| envelope::es256::verify(key, input.as_bytes(), &signature))
}

#[tokio::test]
async fn clients_cannot_compare_their_people() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let (shop, taxes) = (App::shop(&bank), App::taxes(&bank));
    let subject =
        |tokens: &serde_json::Value| claims(tokens["id_token"].as_str().unwrap())["sub"].clone();
    let first = subject(&shop.tokens(&passkey(1)).await);
    assert_eq!(subject(&shop.tokens(&passkey(1)).await), first);
    assert_ne!(subject(&taxes.tokens(&passkey(1)).await), first);
    let channel = bank.verify(&person.channel_token).unwrap();
    assert_ne!(first, channel.subject);
}

#[tokio::test]
async fn a_client_finds_everything_at_the_issuer() {
    let bank = bank().await;
    let answer = get(&bank, "/.well-known/openid-configuration").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    let same = get(&bank, "/.well-known/oauth-authorization-server").await;
    assert_eq!(answer.body, same.body);
    let metadata = answer.json();
    assert_eq!(metadata["issuer"], ISSUER);
    // The page follows the browser's languages, not the client's.
    assert_eq!(metadata.get("ui_locales_supported"), None);
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    assert_eq!(
        metadata["authorization_response_iss_parameter_supported"],
        true
    );
    let only = |member: &str, value: &str| assert_eq!(metadata[member], json!([value]), "{member}");
    only("response_types_supported", "code");
    only("code_challenge_methods_supported", "S256");
    only("id_token_signing_alg_values_supported", "ES256");
    only("dpop_signing_alg_values_supported", "ES256");
    for route in ["token", "introspection", "revocation"] {
        only(
            &format!("{route}_endpoint_auth_methods_supported"),
            "private_key_jwt",
        );
        only(
            &format!("{route}_endpoint_auth_signing_alg_values_supported"),
            "ES256",
        );
    }
    for (member, url) in metadata.as_object().unwrap() {
        let Some(url) = url.as_str().filter(|_| member != "issuer") else {
            continue;
        };
        let path = url.strip_prefix(ISSUER).unwrap();
        let answer = get(&bank, path).await;
        let is_served = answer.status != 404 || answer.body.contains("<html");
        assert!(is_served, "{member}: {path}");
    }
    let jwks = get(&bank, "/.well-known/jwks.json").await;
    assert_eq!(jwks.json()["keys"][0]["alg"], "ES256");
}
