//! What of clients ends with a device, and with a scope that the bank takes from a client; and whom the refused logins of
//! visitors lock.

use super::app::{App, BACK, Browser, SHOP, bank, settings};
use crate::bank::{Bank, ISSUER};
use crate::person::{Person, passkey, passkey_with};
use ciam::{AuthorizationError, LoginSettings, Settings};
use std::net::IpAddr;
use types::{ErrorCode, base64url};
use webauthn::SoftwarePasskey;

/// The passkeys of a lost device may be in wrong hands, and this page needs no device.
#[tokio::test]
async fn the_passkeys_of_a_revoked_device_end() {
    let bank = bank().await;
    let lost = Person::enrolled(&bank, "1001").await;
    lost.register(&passkey(1)).await;
    let other = Person::enrolled(&bank, "1001").await;
    other.log_in(&passkey(1)).await.unwrap();
    let shop = App::shop(&bank);
    let tokens = shop.tokens(&passkey(1)).await;
    let waiting = shop.code(&passkey(1)).await;
    let mut browser = Browser::new(&bank);
    let page = browser.begin(&shop.link().await).await;
    browser.log_in(&page, &passkey(1)).await;
    bank.ciam.revoke(lost.phone.device).await.unwrap();

    assert_eq!(shop.refresh(&tokens).await.error(), "invalid_grant");
    assert_eq!(shop.redeem(&waiting).await.error(), "invalid_grant");
    let refused = shop.user_info(&tokens).await.problem();
    assert_eq!(refused, ErrorCode::TokenInvalid);
    assert_eq!(browser.decide(&page, true).await.status, 404);
    let page = browser.begin(&shop.link().await).await;
    let refused = browser.try_to_log_in(&page, &passkey(1)).await;
    assert_eq!(refused.problem(), ErrorCode::LoginRefused);
    let act = bank.acts().pop().unwrap();
    assert_eq!(act.action, "client_login.refused");
    assert_eq!(act.details["reason"], "credential_of_revoked_device");
    // The other device logs in with it as before, and registers one that does.
    let access = other.log_in(&passkey(1)).await.unwrap().access_token;
    other.register_with(&access, &passkey(2)).await.unwrap();
    browser.log_in(&page, &passkey(2)).await;
    browser.allow(&page).await;
}

#[tokio::test]
async fn a_client_refreshes_no_scope_that_the_bank_took_from_it() {
    let mut bank = bank().await;
    let tokens = {
        Person::enrolled(&bank, "1001")
            .await
            .register(&passkey(1))
            .await;
        App::shop(&bank).tokens(&passkey(1)).await
    };
    let mut allow = async |scopes: &str| {
        let clients = &mut bank.settings.openid.clients;
        let shop = clients.iter_mut().find(|client| client.id.as_str() == SHOP);
        shop.unwrap().scopes = scopes.parse().unwrap();
        bank.restart().await;
        App::shop(&bank).refresh(&tokens).await
    };
    let fewer = allow("openid offline_access").await;
    assert_eq!(fewer.json()["scope"], "openid offline_access");
    let none = allow("openid customer_number").await;
    assert_eq!(none.error(), "invalid_grant");
    bank.settings
        .openid
        .clients
        .retain(|client| client.id.as_str() != SHOP);
    bank.restart().await;
    let refused = App::shop(&bank).user_info(&tokens).await;
    assert_eq!(refused.problem(), ErrorCode::TokenInvalid);
}

/// Everybody behind an address can be a visitor; the devices there belong to customers.
#[tokio::test]
async fn refused_visitors_lock_visitors_at_their_address_and_no_device() {
    let login = LoginSettings {
        refused_of_prefix_max: 2,
        ..Settings::new(ISSUER).login
    };
    let bank = Bank::with(Settings {
        login,
        ..settings(ISSUER, BACK)
    });
    let bank = bank.await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let shop = App::shop(&bank);
    let address: IpAddr = "203.0.113.7".parse().unwrap();
    let visit = async |passkey: SoftwarePasskey| {
        let mut browser = Browser::new(&bank);
        let page = browser.begin(&shop.link().await).await;
        let cookie = browser.cookies.values().next().unwrap();
        let asked = browser.challenge(&page).await.json();
        let challenge = base64url::decode(asked["challenge"].as_str().unwrap()).unwrap();
        let made = passkey.assert(&challenge).unwrap();
        let at = (page.as_str(), cookie.as_str());
        bank.ciam.log_in_for_client(at, &made, Some(address)).await
    };
    for _ in 0..2 {
        let refused = visit(passkey_with(2, 1)).await;
        assert!(matches!(refused, Err(AuthorizationError::Refused)));
    }
    let locked = visit(passkey(1)).await;
    assert!(matches!(locked, Err(AuthorizationError::Locked { .. })));
    let made = passkey(1).assert(&person.login_challenge().await).unwrap();
    let device = person.returning(Some(address));
    bank.ciam.login(&device, &made).await.unwrap();
}
