//! A customer of a bank at its page in a browser.

use crate::bank::{Bank, ISSUER};
use crate::browser::{Browser, assertion};
use crate::ordering;
use crate::person::{Answered, Person, code};
use ciam::{LoginSettings, Settings};
use protocol::http::{LoginOptions, PasskeyRow, SessionBegun};
use serde_json::{Value as Json, json};
use types::ErrorCode;
use webauthn::{Assertion, BackupFlags, RelyingParty};

/// The bank as the passkeys of `party` know it. Refused logins lock nobody.
pub(crate) async fn bank_of(party: RelyingParty) -> Bank {
    let settings = Settings {
        relying_party: party,
        login: LoginSettings {
            refused_max: 1000,
            ..LoginSettings::default()
        },
        ..Settings::new(ISSUER)
    };
    Bank::with(settings).await
}

/// The bank whose pages are at `origin`.
pub(crate) async fn bank_at(origin: &str) -> Bank {
    bank_of(RelyingParty::at(origin)).await
}

/// Customer 1001 with a new device, in front of a browser.
pub(crate) struct Desk<'b> {
    pub(crate) person: Person<'b>,
    pub(crate) browser: Browser,
    /// The passkey that the customer chooses, as a list of allowed ones.
    chosen: Json,
}

impl<'b> Desk<'b> {
    pub(crate) async fn at(bank: &'b Bank, browser: Browser) -> Self {
        Self {
            person: Person::enrolled(bank, "1001").await,
            browser,
            chosen: json!([]),
        }
    }

    /// Where the customer has registered a passkey with a page at `url`, and chooses it from then on.
    pub(crate) async fn registered(bank: &'b Bank, url: &str) -> Self {
        let mut desk = Self::at(bank, Browser::at(url, json!({})).await).await;
        desk.register(json!({})).await.unwrap();
        desk
    }

    async fn options(&self, path: &str) -> Json {
        let (asked, token) = (("POST", path), &self.person.channel_token);
        self.person.ask(asked, token, None).await.unwrap()
    }

    /// Has the browser make a passkey of the customer's.
    pub(crate) async fn make(&mut self, change: Json) -> Result<Json, String> {
        let options = self.options("/v1/passkeys/challenge").await;
        self.browser.ceremony("create", &options, &change).await
    }

    /// Registers what the browser made.
    pub(crate) async fn send(&self, token: &str, made: &Json) -> Answered<PasskeyRow> {
        let response = &made["response"];
        let body = json!({
            "name": "browser",
            "transports": response["transports"],
            "client_data_json": response["clientDataJSON"],
            "attestation_object": response["attestationObject"],
        });
        self.person.post("/v1/passkeys", token, body).await
    }

    /// Makes a passkey and registers it as the customer's first, who chooses it from then on.
    pub(crate) async fn register(&mut self, change: Json) -> Answered<PasskeyRow> {
        let made = self.make(change).await.unwrap();
        let row = self.send(&self.person.channel_token, &made).await;
        if row.is_ok() {
            self.chosen = json!([{"type": "public-key", "id": made["id"]}]);
        }
        row
    }

    async fn assert(&mut self, options: &Json, mut change: Json) -> Assertion {
        change["allowCredentials"] = self.chosen.clone();
        let made = self.browser.ceremony("get", options, &change).await;
        assertion(&made.unwrap())
    }

    /// The passkey's answer to a login's challenge.
    pub(crate) async fn answer_login(&mut self, change: Json) -> Assertion {
        let options = self.options("/v1/login/challenge").await;
        self.assert(&options, change).await
    }

    pub(crate) async fn log_in(&mut self, change: Json) -> Answered<SessionBegun> {
        let made = self.answer_login(change).await;
        self.person.send_assertion(&made).await
    }

    /// What gateway's verification makes of an order that the passkey approves.
    pub(crate) async fn order(&mut self, change: Json) -> Result<BackupFlags, &'static str> {
        let stated = self.options("/v1/login/challenge").await;
        let stated: LoginOptions = serde_json::from_value(stated).unwrap();
        let (order, party) = (
            ordering::signed(&self.person, 123_450),
            stated.relying_party,
        );
        let options = ordering::options(&order, &party);
        let made = self.assert(&options, change).await;
        ordering::verify(&self.person, &party, &order, &made).await
    }

    /// The passkeys of the customer, as a person who is logged in sees them.
    pub(crate) async fn listed(&self, access: &str) -> Vec<PasskeyRow> {
        let asked = ("GET", "/v1/passkeys");
        let answer: Json = self.person.ask(asked, access, None).await.unwrap();
        serde_json::from_value(answer["passkeys"].clone()).unwrap()
    }

    /// Checks that a registration is refused for `reason`. The customer has no passkey yet.
    pub(crate) async fn registration_is_refused(&mut self, reason: &str, change: Json) {
        let refused = self.register(change).await;
        assert_eq!(code(&refused), ErrorCode::PasskeyInvalid, "{reason}");
        let detail = refused.unwrap_err().problem.detail.unwrap();
        assert_eq!(detail, format!("the passkey is not accepted: {reason}"));
        assert_eq!(self.person.bank.count("passkey"), 0, "{reason}");
    }

    /// Checks that a login and an order's approval are refused for `reason`.
    pub(crate) async fn assertions_are_refused(&mut self, reason: &str, change: Json) {
        let refused = self.log_in(change.clone()).await;
        assert_eq!(code(&refused), ErrorCode::LoginRefused, "{reason}");
        assert_eq!(self.person.refusals().pop().unwrap(), reason);
        assert_eq!(self.order(change).await, Err(reason));
    }

    /// Checks that a login and an order's approval are accepted, with these backup flags.
    pub(crate) async fn assertions_are_accepted(&mut self, backup: BackupFlags) {
        self.log_in(json!({})).await.unwrap();
        assert_eq!(self.order(json!({})).await, Ok(backup));
    }
}
