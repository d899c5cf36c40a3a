//! The plain pages: a browser without scripts logs in and reads, against the real servers.

use crate::bank::Bank;
use crate::bank_clock::system_clock;
use crate::on_device::last;
use reqwest::header::{CONTENT_SECURITY_POLICY, COOKIE, LOCATION, SET_COOKIE, USER_AGENT};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::Duration;
use testkit::chromium::Page;
use totp_rs::{Builder, Secret};

const PASSWORD: &str = "a walk by the river";

/// A password that a device of the customer has set, and the secret of its authenticator app.
pub(crate) struct Password(Value);

impl Password {
    pub(crate) fn set(device: &Path) -> Self {
        last(device, &["passkeys", "add"]);
        last(device, &["login"]);
        let begun = last(device, &["password", "begin"]);
        let files = tempfile::tempdir().unwrap();
        let file = files.path().join("password");
        fs::write(&file, PASSWORD).unwrap();
        let password = Self(begun["secret"].clone());
        let enrolment = begun["enrolment"].as_str().unwrap();
        let code = password.code(0);
        let file = file.to_str().unwrap();
        let how = [
            "--enrolment",
            enrolment,
            "--code",
            &code,
            "--password-file",
            file,
        ];
        last(device, &[&["password", "set"], &how[..]].concat());
        password
    }

    /// The app's code, so many steps of 30 seconds from now.
    pub(crate) fn code(&self, steps: u64) -> String {
        let secret = Secret::try_from_base32(self.0.as_str().unwrap()).unwrap();
        let app = Builder::new().with_secret(secret).build().unwrap();
        let now = system_clock()().ms() / 1000;
        app.generate(now + steps * 30).to_string()
    }
}

/// A browser that keeps one cookie, follows nothing, and describes itself with a name.
struct Plain<'b> {
    bank: &'b Bank,
    client: Client,
    name: &'static str,
    cookie: String,
}

impl<'b> Plain<'b> {
    fn new(bank: &'b Bank, name: &'static str) -> Self {
        Self {
            bank,
            client: testkit::http_client_without_redirects(),
            name,
            cookie: String::new(),
        }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Response {
        let request = request.header(USER_AGENT, self.name);
        let answer = request.header(COOKIE, &self.cookie).send().await.unwrap();
        if let Some(set) = answer.headers().get(SET_COOKIE) {
            let set = set.to_str().unwrap();
            self.cookie = set.split(';').next().unwrap().to_owned();
        }
        answer
    }

    async fn get(&mut self, path: &str) -> Response {
        let asked = self.client.get(format!("{}{path}", self.bank.public));
        self.send(asked).await
    }

    async fn text(&mut self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// Sends a form with the page's token, or another one.
    async fn post(&mut self, path: &str, token: &str, fields: &[(&str, &str)]) -> Response {
        let all = [&[("token", token)], fields].concat();
        let body = all
            .iter()
            .map(|(name, value)| format!("{name}={}", value.replace(' ', "+")));
        let body = body.collect::<Vec<_>>().join("&");
        let asked = self.client.post(format!("{}{path}", self.bank.public));
        let form = "application/x-www-form-urlencoded";
        self.send(asked.header("content-type", form).body(body))
            .await
    }

    async fn log_in(&mut self, customer: &str, code: &str) -> Response {
        let token = token(&self.text("/plain").await);
        let fields = [
            ("customer", customer),
            ("password", PASSWORD),
            ("code", code),
        ];
        self.post("/plain/login", &token, &fields).await
    }
}

fn token(page: &str) -> String {
    let (_, token) = page.split_once("name=\"token\" value=\"").unwrap();
    token.split('"').next().unwrap().to_owned()
}

/// A customer whose phone has set a password.
fn with_password(bank: &Bank) -> Password {
    let (phone, _) = bank.enrol("1001", "phone");
    Password::set(&phone)
}

#[tokio::test]
async fn who_logs_in_without_scripts_reads_accounts_and_entries_by_page() {
    let bank = Bank::sandbox("");
    let password = with_password(&bank);
    let mut page = Page::open().await;
    let off = serde_json::json!({ "value": true });
    page.call("Emulation.setScriptExecutionDisabled", off)
        .await
        .unwrap();
    // The app's own address leads there.
    page.visit(&bank.public).await;
    page.shows("For browsers without the app").await;
    page.fill("textbox", "Customer number", "1001").await;
    page.fill("textbox", "Password", PASSWORD).await;
    page.fill("textbox", "One-time code", &password.code(1))
        .await;
    page.click("button", "Log in").await;
    page.shows("Newest").await;
    page.evaluate("document.querySelector('.accounts a').click()")
        .await
        .unwrap();
    page.shows("Older entries").await;
    let rows = "document.querySelectorAll('.rows .row').length";
    assert_eq!(page.evaluate(rows).await.unwrap(), 25);
    let first = "document.querySelector('.rows').innerText";
    let newest = page.evaluate(first).await.unwrap();
    page.click("link", "Older entries").await;
    page.shows("Newest entries").await;
    assert_ne!(page.evaluate(first).await.unwrap(), newest);
    page.click("link", "Newest entries").await;
    page.until(&format!("{first} === {newest}")).await;
    page.click("link", "ไทย").await;
    page.shows("รายการล่าสุด").await;
    page.click("button", "ออกจากระบบ").await;
    page.shows("สำหรับเบราว์เซอร์ที่ใช้แอปไม่ได้").await;
    assert_eq!(page.evaluate("document.scripts.length").await.unwrap(), 0);
}

#[tokio::test]
async fn a_session_variable_that_is_lost_altered_or_foreign_leads_to_the_first_page() {
    let bank = Bank::sandbox("");
    let password = with_password(&bank);
    let mut own = Plain::new(&bank, "own");
    let begun = own.log_in("1001", &password.code(1)).await;
    assert_eq!(begun.status(), StatusCode::SEE_OTHER);
    assert_eq!(begun.headers()[LOCATION], "/plain");
    let cookie = begun.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    for part in [
        "__Host-",
        "; Path=/",
        "; Secure",
        "; HttpOnly",
        "; SameSite=Strict",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let home = own.get("/plain").await;
    assert!(
        home.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
    assert_eq!(home.headers()["cache-control"], "no-store");
    assert_eq!(home.headers()["x-frame-options"], "DENY");
    let home = home.text().await.unwrap();
    assert!(home.contains("Log out"), "{home}");
    assert!(
        !home.contains("<script") && !home.contains("style="),
        "{home}"
    );

    // Another browser with the same cookie, and this one with an altered or no cookie.
    let kept = own.cookie.clone();
    let altered = format!("{}A", &kept[..kept.len() - 1]);
    for (name, cookie) in [
        ("another", kept.clone()),
        ("own", altered),
        ("own", String::new()),
    ] {
        let mut foreign = Plain::new(&bank, name);
        foreign.cookie = cookie;
        let page = foreign.text("/plain/accounts/1").await;
        assert!(
            !page.contains("Log out") && page.contains("One-time code"),
            "{page}"
        );
    }
    assert!(own.text("/plain/accounts/1").await.contains("Log out"));
    // An account that the customer does not have.
    for path in [
        "/plain/accounts/99",
        "/plain/accounts/0",
        "/plain/accounts/x",
    ] {
        let nowhere = own.get(path).await;
        assert_eq!(nowhere.headers()[LOCATION], "/plain", "{path}");
    }
    // Another site's page cannot log the person out; their own page can.
    let forged = own.post("/plain/logout", "forged", &[]).await;
    assert_eq!(forged.status(), StatusCode::SEE_OTHER);
    let page = own.text("/plain").await;
    assert!(page.contains("Log out"));
    own.post("/plain/logout", &token(&page), &[]).await;
    own.cookie = kept;
    let ended = own.text("/plain").await;
    assert!(ended.contains("You are logged out here"), "{ended}");
}

#[tokio::test]
async fn a_login_is_refused_in_one_way_and_comes_from_its_own_page() {
    let bank = Bank::sandbox("");
    let password = with_password(&bank);
    let mut own = Plain::new(&bank, "own");
    let code = password.code(1);
    let fields = [
        ("customer", "1001"),
        ("password", PASSWORD),
        ("code", code.as_str()),
    ];
    // Without the page before it, or with another page's token, nothing is judged.
    for token in ["", "forged"] {
        let refused = own.post("/plain/login", token, &fields).await;
        assert_eq!(refused.headers()[LOCATION], "/plain");
        assert_eq!(refused.headers().get(SET_COOKIE), None);
    }
    let mut pages = Vec::new();
    for (customer, code) in [("1001", "000000"), ("999999", "000000")] {
        let refused = own.log_in(customer, code).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        let page = refused.text().await.unwrap();
        assert!(page.contains("was not accepted"), "{page}");
        assert!(!page.contains(PASSWORD), "a password is never sent back");
        pages.push(page.replace(customer, ""));
    }
    assert_eq!(pages[0], pages[1]);
    own.log_in("1001", "000000").await;
    own.log_in("1001", "000000").await;
    let locked = own.log_in("1001", &code).await;
    assert_eq!(locked.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(locked.headers().contains_key("retry-after"));
    assert!(locked.text().await.unwrap().contains("1 minute"));
}

#[tokio::test]
async fn a_code_by_sms_logs_in_where_it_was_asked_for() {
    let bank = Bank::sandbox("[login]\ncodes_by = [\"sms\"]\n");
    with_password(&bank);
    let mut own = Plain::new(&bank, "own");
    let token = token(&own.text("/plain").await);
    let ask = [
        ("customer", "1001"),
        ("password", PASSWORD),
        ("send", "sms"),
    ];
    let sent = own.post("/plain/login", &token, &ask).await;
    let page = sent.text().await.unwrap();
    assert!(page.contains("a code is on its way"), "{page}");
    let letters = bank.data().join("letterbox.jsonl");
    let deadline = std::time::Instant::now() + crate::bank::PATIENCE;
    let letter = loop {
        let written = fs::read_to_string(&letters).unwrap_or_default();
        if let Some(letter) = written.lines().last() {
            break serde_json::from_str::<Value>(letter).unwrap();
        }
        assert!(std::time::Instant::now() < deadline, "no letter came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let code = letter["text"].as_str().unwrap().split(' ').next().unwrap();
    let mut elsewhere = Plain::new(&bank, "own");
    let refused = elsewhere.log_in("1001", code).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let begun = own.log_in("1001", code).await;
    assert_eq!(begun.status(), StatusCode::SEE_OTHER);
    assert!(own.text("/plain").await.contains("Log out"));
}

#[tokio::test]
async fn the_devices_profile_decides_and_the_person_can_change_it() {
    let mut bank = Bank::sandbox("");
    let nokia = "Nokia6230i/2.0 (03.25) Profile/MIDP-2.0 Configuration/CLDC-1.1";
    let mut phone = Plain::new(&bank, nokia);
    let ask = |plain: &Plain<'_>| plain.client.get(&bank.public).header("accept", "text/html");
    let sent = phone.send(ask(&phone)).await;
    assert_eq!(
        (sent.status(), &sent.headers()[LOCATION]),
        (StatusCode::SEE_OTHER, &"/plain".parse().unwrap())
    );
    phone.get("/plain/app").await;
    assert_eq!(phone.send(ask(&phone)).await.status(), StatusCode::OK);
    let mut browser = Plain::new(&bank, "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0");
    assert_eq!(browser.send(ask(&browser)).await.status(), StatusCode::OK);

    bank.set_public("plain_pages = false");
    let mut phone = Plain::new(&bank, nokia);
    assert_eq!(phone.get("/plain").await.status(), StatusCode::NOT_FOUND);
    let asked = phone.client.get(&bank.public).header("accept", "text/html");
    assert_eq!(phone.send(asked).await.status(), StatusCode::OK);
}
