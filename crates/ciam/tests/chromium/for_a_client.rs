//! A person logs in for a client at the bank's page, and decides there.

use crate::app::{App, code_in, parameter_in, settings};
use crate::bank::Bank;
use crate::browser::Browser;
use crate::desk::Desk;
use crate::site::{ONWARD, Site};
use axum::response::Html;
use ciam::http::routes;
use serde_json::{Value as Json, json};
use testkit::chromium::Page;
use tokio::net::TcpListener;

/// The bank at an origin of its own, which the browser reaches.
struct Served {
    bank: Bank,
    origin: String,
    /// The shop's.
    site: Site,
    /// Where the shop has people sent back to.
    back: String,
}

impl Served {
    /// A shop's site, and a bank that sends people back to a path there.
    async fn with_shop(path: &str) -> Self {
        let site = Site::serve().await;
        let back = format!("{}/{path}", site.origin());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let origin = format!("http://localhost:{port}");
        let bank = Bank::with(settings(&origin, &back)).await;
        // Elsewhere there is an empty page, on which the person makes a passkey.
        let router = routes(bank.ciam.clone()).fallback(async || Html("<!doctype html>"));
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self {
            bank,
            origin,
            site,
            back,
        }
    }

    /// A browser with the person's passkey.
    async fn desk(&self) -> Desk<'_> {
        let browser = Browser::at(&self.origin, json!({})).await;
        let mut desk = Desk::at(&self.bank, browser).await;
        desk.register(json!({})).await.unwrap();
        desk
    }

    fn shop(&self) -> App<'_> {
        App::shop_at(&self.bank, &self.back)
    }

    /// The link of what the shop asks for.
    async fn link(&self, shop: &App<'_>) -> String {
        format!("{}{}", self.origin, shop.link().await)
    }
}

/// Presses the button for a login, and waits for what the page shows then.
async fn log_in(page: &mut Page) -> Json {
    let shown = r#"new Promise((shown) => {
        const show = () => {
            const parts = [document.getElementById("consent"), ...document.querySelectorAll(".problem")];
            const visible = parts.find((part) => !part.hidden);
            if (visible) shown(visible.innerText);
        };
        const attributes = { attributes: true, subtree: true };
        new MutationObserver(show).observe(document.querySelector("main"), attributes);
        document.getElementById("log-in").click();
    })"#;
    page.evaluate(shown).await.unwrap()
}

/// Presses a button that sends the browser elsewhere. The address there.
async fn press(page: &mut Page, button: &str) -> String {
    let press = format!("document.querySelector('{button}').click()");
    page.evaluate(&press).await.unwrap();
    page.event("Page.loadEventFired").await;
    let address = page.evaluate("location.href").await.unwrap();
    address.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_logs_in_for_a_client_and_allows_it() {
    let served = Served::with_shop("back").await;
    let mut desk = served.desk().await;
    let shop = served.shop();
    let page = &mut desk.browser.page;

    page.visit(&served.link(&shop).await).await;
    let asked = page.evaluate("document.body.innerText").await.unwrap();
    let asked = asked.as_str().unwrap();
    assert!(asked.contains("“shop & <Co>” asks who you are."), "{asked}");
    assert!(!asked.contains("Allow"), "{asked}");
    assert!(asked.contains("Do not allow"), "{asked}");
    let shown = log_in(page).await;
    assert!(
        shown
            .as_str()
            .unwrap()
            .contains("see your customer number at the bank"),
        "{shown}"
    );
    let address = press(page, "button[value=allow]").await;
    assert!(
        address.starts_with(&format!("{}?code=", served.back)),
        "{address}"
    );
    assert_eq!(parameter_in(&address, "iss").unwrap(), served.origin);
    let answer = shop.redeem(&code_in(&address)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let info = shop.user_info(&answer.json()).await;
    assert_eq!(info.json()["customer_number"], "1001");

    // Other times the person does not allow it, after a login and without one.
    for logs_in in [true, false] {
        page.visit(&served.link(&shop).await).await;
        if logs_in {
            log_in(page).await;
        }
        let address = press(page, "button[value=refuse]").await;
        assert_eq!(parameter_in(&address, "error").unwrap(), "access_denied");
    }
}

#[tokio::test]
async fn a_passkey_that_the_person_does_not_give_logs_nobody_in() {
    let served = Served::with_shop("back").await;
    let mut desk = served.desk().await;
    let shop = served.shop();
    desk.browser.page.visit(&served.link(&shop).await).await;
    let fails = json!({"isUserVerified": false});
    desk.browser.set("setUserVerified", fails).await;
    let shown = log_in(&mut desk.browser.page).await;
    assert!(
        shown.as_str().unwrap().contains("was not accepted"),
        "{shown}"
    );
    let verified = json!({"isUserVerified": true});
    desk.browser.set("setUserVerified", verified).await;
    let shown = log_in(&mut desk.browser.page).await;
    assert!(
        shown.as_str().unwrap().contains("customer number"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_browser_without_json_of_passkeys_logs_the_person_in() {
    let served = Served::with_shop("back").await;
    let mut desk = served.desk().await;
    let shop = served.shop();
    let page = &mut desk.browser.page;
    page.visit(&served.link(&shop).await).await;
    let older = "delete PublicKeyCredential.parseRequestOptionsFromJSON && delete PublicKeyCredential.prototype.toJSON";
    assert_eq!(page.evaluate(older).await.unwrap(), true);
    let shown = log_in(page).await;
    assert!(
        shown.as_str().unwrap().contains("customer number"),
        "{shown}"
    );
}

#[tokio::test]
async fn who_comes_back_to_an_old_challenge_is_asked_to_try_again() {
    let served = Served::with_shop("back").await;
    let mut desk = served.desk().await;
    let shop = served.shop();
    let page = &mut desk.browser.page;
    page.visit(&served.link(&shop).await).await;
    let leaves = r#"new Promise((left) => {
        const get = navigator.credentials.get.bind(navigator.credentials);
        navigator.credentials.get = async (options) => {
            left(true);
            await new Promise((back) => { window.comesBack = back; });
            navigator.credentials.get = get;
            return get(options);
        };
        document.getElementById("log-in").click();
    })"#;
    assert_eq!(page.evaluate(leaves).await.unwrap(), true);
    served.bank.advance(300_001);
    let shown = r#"new Promise((shown) => {
        const problems = [...document.querySelectorAll(".problem")];
        const show = () => shown(problems.find((problem) => !problem.hidden).innerText);
        new MutationObserver(show).observe(document.querySelector("main"), { attributes: true, subtree: true });
        window.comesBack();
    })"#;
    let shown = page.evaluate(shown).await.unwrap();
    assert_eq!(shown, "The login took too long. Press “Log in” again.");
    let shown = log_in(page).await;
    assert!(
        shown.as_str().unwrap().contains("customer number"),
        "{shown}"
    );
}

/// The attacker's page is on the same site as the bank's, as a page of a sibling host is: the browser sends it the cookie.
#[tokio::test]
async fn another_page_neither_frames_the_banks_nor_gives_the_consent() {
    let served = Served::with_shop("back").await;
    let mut desk = served.desk().await;
    let shop = served.shop();
    let page = &mut desk.browser.page;
    let link = served.link(&shop).await;
    page.visit(&link).await;
    let authorization = page.evaluate("document.querySelector('main').dataset.authorization");
    let authorization = authorization.await.unwrap();
    log_in(page).await;

    for evil in [
        served.site.origin(),
        served.site.origin_at("evil.localhost"),
    ] {
        page.visit(&evil).await;
        let forged = format!(
            r#"const form = document.createElement("form");
            form.method = "post";
            form.action = "{}/openid/consent";
            for (const [name, value] of Object.entries({{authorization: {authorization}, decision: "allow"}})) {{
                const input = document.createElement("input");
                input.name = name;
                input.value = value;
                form.append(input);
            }}
            document.body.append(form);
            form.submit();"#,
            served.origin
        );
        page.evaluate(&forged).await.unwrap();
        page.event("Page.loadEventFired").await;
        let address = page.evaluate("location.href").await.unwrap();
        assert_eq!(
            address,
            format!("{}/openid/consent", served.origin),
            "no code: {evil}"
        );
        let refused = page.evaluate("document.body.innerText").await.unwrap();
        let refused: Json = serde_json::from_str(refused.as_str().unwrap()).unwrap();
        assert_eq!(refused["status"], 415, "{refused}");

        page.visit(&evil).await;
        page.call("Log.enable", json!({})).await.unwrap();
        let frame = format!(
            r#"const frame = document.createElement("iframe");
            frame.src = "{link}";
            document.body.append(frame);"#
        );
        page.evaluate(&frame).await.unwrap();
        let refused = page.event("Log.entryAdded").await["entry"]["text"].clone();
        let refused = refused.as_str().unwrap();
        assert!(
            refused.contains("frame-ancestors 'none'"),
            "{evil}: {refused}"
        );
    }
    // Nothing was decided.
    page.visit(&link).await;
    log_in(page).await;
    let address = press(page, "button[value=allow]").await;
    assert_eq!(shop.redeem(&code_in(&address)).await.status, 200);
}

/// Browsers hold what follows a form against the page's policy, also the client's own redirects.
#[tokio::test]
async fn a_client_may_send_the_person_on_to_another_origin() {
    let served = Served::with_shop("onward").await;
    let mut desk = served.desk().await;
    let shop = served.shop();
    let page = &mut desk.browser.page;
    page.visit(&served.link(&shop).await).await;
    log_in(page).await;
    let address = press(page, "button[value=allow]").await;
    assert_eq!(
        address,
        format!("{}/arrived", served.site.origin_at(ONWARD))
    );
}
