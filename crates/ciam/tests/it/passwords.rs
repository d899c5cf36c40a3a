//! A password with an authenticator app stands in for a passkey, on the customer's own devices.

use crate::bank::{Bank, ISSUER};
use crate::neighbour::Call;
use crate::person::{Answered, Person, code, id_of, passkey};
use crate::sessions::refresh;
use ciam::Settings;
use protocol::http::{
    CodeBy, LogInByPassword, LoginCodeAsked, PasswordBegun, PasswordState, SessionBegun,
};
use protocol::{AccessChange, EntryKind};
use serde_json::{Value as Json, json};
use std::time::Duration;
use token::{ACR_PASSWORD, AccessToken};
use totp_rs::{Builder, Secret};
use types::ErrorCode;

pub(crate) const PASSWORD: &str = "caf\u{e9} at the corner";

/// The app's code, so many steps of 30 seconds from now.
pub(crate) fn code_in(bank: &Bank, begun: &PasswordBegun, steps: u64) -> String {
    let secret = Secret::try_from_base32(&begun.secret).unwrap();
    let app = Builder::new().with_secret(secret).build().unwrap();
    let time = bank.now().ms() / 1000 + steps * 30;
    app.generate(time).to_string()
}

pub(crate) async fn begin(person: &Person<'_>, access: &str) -> PasswordBegun {
    let asked = ("POST", "/v1/password/beginnings");
    person.ask(asked, access, None).await.unwrap()
}

pub(crate) async fn set(
    person: &Person<'_>,
    access: &str,
    begun: &PasswordBegun,
    (password, code): (&str, &str),
) -> Answered<PasswordState> {
    let body = json!({ "enrolment": begun.enrolment, "password": password, "code": code });
    person.post("/v1/password", access, body).await
}

async fn log_in(person: &Person<'_>, password: &str, code: &str) -> Answered<SessionBegun> {
    let body = json!({ "password": password, "code": code });
    person
        .post("/v1/login/password", &person.channel_token, body)
        .await
}

/// A person with a passkey and this password, logged in with the passkey, and what the app was given.
pub(crate) async fn with_password(person: &Person<'_>, secret: u8) -> (PasswordBegun, String) {
    person.register(&passkey(secret)).await;
    let access = person.log_in(&passkey(secret)).await.unwrap().access_token;
    let begun = begin(person, &access).await;
    let now = code_in(person.bank, &begun, 0);
    set(person, &access, &begun, (PASSWORD, &now))
        .await
        .unwrap();
    (begun, access)
}

#[tokio::test]
async fn who_knows_the_password_and_has_the_app_logs_in_and_all_devices_hear_of_it() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let device = person.phone.device;
    let (begun, access) = with_password(&person, 1).await;
    let expected = format!("otpauth://totp/bank.example:1001?secret={}", begun.secret);
    assert!(begun.uri.starts_with(&expected), "{}", begun.uri);
    assert!(begun.uri.ends_with("issuer=bank.example"), "{}", begun.uri);
    let asked = ("GET", "/v1/password");
    let state: PasswordState = person.ask(asked, &access, None).await.unwrap();
    assert_eq!((state.set, state.device), (Some(bank.now()), Some(device)));

    // The code that set it is used up. The same letters in another form are the same password.
    let now = code_in(&bank, &begun, 0);
    assert_eq!(
        code(&log_in(&person, PASSWORD, &now).await),
        ErrorCode::LoginRefused
    );
    let next = code_in(&bank, &begun, 1);
    let entered = "cafe\u{301} at the corner";
    let session = log_in(&person, entered, &next).await.unwrap();
    let again = log_in(&person, entered, &next).await;
    assert_eq!(code(&again), ErrorCode::LoginRefused);

    let (token, jwks) = (&session.access_token, bank.ciam.jwks());
    let token = AccessToken::verify(token, ISSUER, "passbook", &jwks, bank.now());
    assert_eq!(token.unwrap().acr, ACR_PASSWORD);
    let asked = ("GET", "/v1/sessions");
    let sessions: Json = person
        .ask(asked, &session.access_token, None)
        .await
        .unwrap();
    assert_eq!(sessions["sessions"][0].get("passkey"), None);
    assert_eq!(
        bank.ciam.logged_in(device).await.unwrap(),
        None,
        "it approves no large order"
    );
    let of = |kind| AccessChange {
        device: Some(device),
        ..AccessChange::new(kind)
    };
    let unusual = AccessChange {
        reasons: Some("after_refusals by_password".to_owned()),
        ..of(EntryKind::LoginUnusual)
    };
    let told = [of(EntryKind::PasswordSet), unusual];
    assert_eq!(bank.neighbour.access(), told);
}

#[tokio::test]
async fn whatever_is_wrong_is_refused_in_the_same_way_and_counts() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (begun, _) = with_password(&person, 1).await;
    // Whoever phished both has a device of their own.
    let thief = Person::enrolled(&bank, "1002").await;
    let next = code_in(&bank, &begun, 1);
    let later = code_in(&bank, &begun, 3);
    let tries = [
        (&thief, PASSWORD, next.as_str()),
        (&person, "another password", &next),
        (&person, PASSWORD, &later),
        (&person, PASSWORD, "12345"),
    ];
    let mut problems = Vec::new();
    for (whose, password, code) in tries {
        let refused = log_in(whose, password, code).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::LoginRefused);
        problems.push(serde_json::to_value(&refused.problem).unwrap());
    }
    problems.dedup();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let expected = ["no_password", "wrong_password", "wrong_code", "wrong_code"];
    assert_eq!(person.refusals(), expected);
    let locked = log_in(&person, PASSWORD, &next).await;
    assert_eq!(code(&locked), ErrorCode::LoginLocked);
}

/// A bank that sends codes by SMS.
pub(crate) async fn bank_that_sends() -> Bank {
    let mut settings = Settings::new(ISSUER);
    settings.login.codes_by = vec![CodeBy::Sms];
    Bank::with(settings).await
}

async fn ask_code(person: &Person<'_>, password: &str) -> Answered<LoginCodeAsked> {
    let body = json!({ "password": password, "by": "sms" });
    let asked = person.post("/v1/login/password/codes", &person.channel_token, body);
    asked.await
}

/// The code that was sent last, once so many were sent.
pub(crate) async fn sent(bank: &Bank, count: usize) -> String {
    let calls = bank.neighbour.calls_until(|calls| {
        let codes = calls.iter().filter(|call| matches!(call, Call::Code(..)));
        codes.count() >= count
    });
    let mut codes = calls.await.into_iter().filter_map(|call| match call {
        Call::Code(customer, CodeBy::Sms, code) if customer.as_str() == "1001" => Some(code),
        _ => None,
    });
    codes.next_back().unwrap()
}

#[tokio::test]
async fn a_sent_code_stands_in_for_the_app_once_on_the_device_that_asked() {
    let bank = bank_that_sends().await;
    let person = Person::enrolled(&bank, "1001").await;
    with_password(&person, 1).await;
    let tablet = Person::enrolled(&bank, "1001").await;
    let asked = ask_code(&person, PASSWORD).await.unwrap();
    assert_eq!(asked.expires, bank.now().plus_ms(300_000));
    let code = sent(&bank, 1).await;
    assert_eq!(code.len(), 8);

    // Whoever phished it has another device, even if it is the customer's.
    let elsewhere = log_in(&tablet, PASSWORD, &code).await;
    assert_eq!(self::code(&elsewhere), ErrorCode::LoginRefused);
    let session = log_in(&person, PASSWORD, &code).await.unwrap();
    let (token, jwks) = (&session.access_token, bank.ciam.jwks());
    let token = AccessToken::verify(token, ISSUER, "passbook", &jwks, bank.now());
    assert_eq!(token.unwrap().acr, ACR_PASSWORD);
    let again = log_in(&person, PASSWORD, &code).await;
    assert_eq!(self::code(&again), ErrorCode::LoginRefused);

    // The next code takes the place of the one before, and is good for five minutes.
    ask_code(&person, PASSWORD).await.unwrap();
    let former = sent(&bank, 2).await;
    ask_code(&person, PASSWORD).await.unwrap();
    let newest = sent(&bank, 3).await;
    bank.advance(61_000);
    let refused = log_in(&person, PASSWORD, &former).await;
    assert_eq!(self::code(&refused), ErrorCode::LoginRefused);
    bank.advance(3_600_000);
    let late = log_in(&person, PASSWORD, &newest).await;
    assert_eq!(self::code(&late), ErrorCode::LoginRefused);
    let refusals = person.refusals();
    let last = refusals.last().unwrap();
    assert_eq!(last, "code_expired", "{refusals:?}");
}

#[tokio::test]
async fn who_asks_for_a_code_does_not_learn_whether_the_password_is_right() {
    let bank = bank_that_sends().await;
    let person = Person::enrolled(&bank, "1001").await;
    with_password(&person, 1).await;
    let stranger = Person::enrolled(&bank, "1002").await;
    let right = ask_code(&person, PASSWORD).await.unwrap();
    let wrong = ask_code(&person, "another password").await.unwrap();
    let nobodys = ask_code(&stranger, PASSWORD).await.unwrap();
    assert_eq!((&wrong, &nobodys), (&right, &right));
    sent(&bank, 1).await;
    // The wrong one made a code that nobody has: the one before is worth nothing any more.
    ask_code(&person, PASSWORD).await.unwrap();
    sent(&bank, 2).await;
    let locked = ask_code(&person, PASSWORD).await;
    assert_eq!(
        code(&locked),
        ErrorCode::LoginLocked,
        "right or wrong, it counts"
    );
    let calls = bank.neighbour.calls();
    let codes = calls.iter().filter(|call| matches!(call, Call::Code(..)));
    assert_eq!(codes.count(), 2);
}

#[tokio::test]
async fn a_bank_that_sends_no_codes_has_no_such_route() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let refused = ask_code(&person, PASSWORD).await;
    assert_eq!(code(&refused), ErrorCode::NotFound);
}

#[tokio::test]
async fn a_password_is_set_by_who_logged_in_recently_with_a_secret_for_this_device() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let asked = ("POST", "/v1/password/beginnings");
    let refused = person.ask::<PasswordBegun>(asked, &person.channel_token, None);
    assert_eq!(code(&refused.await), ErrorCode::LoginRequired);
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    let begun = begin(&person, &access).await;
    let now = code_in(&bank, &begun, 0);

    let tablet = Person::enrolled(&bank, "1001").await;
    let on_tablet = tablet.log_in(&passkey(1)).await.unwrap().access_token;
    let foreign = set(&tablet, &on_tablet, &begun, (PASSWORD, &now)).await;
    assert_eq!(code(&foreign), ErrorCode::ChallengeUnknown);
    let mut altered = begun.clone();
    *altered.enrolment.0.last_mut().unwrap() ^= 1;
    let altered = set(&person, &access, &altered, (PASSWORD, &now)).await;
    assert_eq!(code(&altered), ErrorCode::ChallengeUnknown);
    let wrong = set(&person, &access, &begun, (PASSWORD, "000000")).await;
    assert_eq!(code(&wrong), ErrorCode::OneTimeCodeWrong);
    let weak = set(&person, &access, &begun, ("Password2026!", &now)).await;
    assert_eq!(code(&weak), ErrorCode::PasswordRefused);
    assert!(
        weak.unwrap_err()
            .problem
            .detail
            .unwrap()
            .contains("tried first")
    );
    assert_eq!(bank.count("password"), 0);

    bank.advance(5 * 60_000 + 1);
    let session = person.log_in(&passkey(1)).await.unwrap();
    let access = session.access_token;
    let now = code_in(&bank, &begun, 0);
    let late = set(&person, &access, &begun, (PASSWORD, &now)).await;
    assert_eq!(code(&late), ErrorCode::ChallengeUnknown);
    let begun = begin(&person, &access).await;
    set(&person, &access, &begun, (PASSWORD, &now))
        .await
        .unwrap_err();
    let now = code_in(&bank, &begun, 0);
    set(&person, &access, &begun, (PASSWORD, &now))
        .await
        .unwrap();

    // Another secret ends the one before.
    let next = begin(&person, &access).await;
    let now = code_in(&bank, &next, 0);
    set(&person, &access, &next, (PASSWORD, &now))
        .await
        .unwrap();
    let of_former = code_in(&bank, &begun, 1);
    assert_eq!(
        code(&log_in(&person, PASSWORD, &of_former).await),
        ErrorCode::LoginRefused
    );
    let of_this = code_in(&bank, &next, 1);

    // The session goes on, and the login is no longer recent.
    bank.advance(10 * 60_000 + 1);
    let refreshed = refresh(&person, &session.refresh_token).await.unwrap();
    let access = refreshed.access_token;
    let now = code_in(&bank, &next, 0);
    let late = set(&person, &access, &next, (PASSWORD, &now)).await;
    assert_eq!(code(&late), ErrorCode::LoginRequired);
    for asked in ["/v1/password/beginnings", "/v1/password/removals"] {
        let late = person.ask::<Json>(("POST", asked), &access, None).await;
        assert_eq!(code(&late), ErrorCode::LoginRequired, "{asked}");
    }
    assert_eq!(
        code(&log_in(&person, PASSWORD, &of_this).await),
        ErrorCode::LoginRefused,
        "it is old by now"
    );
    let now = code_in(&bank, &next, 0);
    log_in(&person, PASSWORD, &now).await.unwrap();
}

#[tokio::test]
async fn a_removed_password_logs_nobody_in() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (begun, access) = with_password(&person, 1).await;
    let asked = ("POST", "/v1/password/removals");
    let state: PasswordState = person.ask(asked, &access, None).await.unwrap();
    assert_eq!(state.set, None);
    let next = code_in(&bank, &begun, 1);
    assert_eq!(
        code(&log_in(&person, PASSWORD, &next).await),
        ErrorCode::LoginRefused
    );
    let again = person.ask::<PasswordState>(asked, &access, None).await;
    assert_eq!(code(&again), ErrorCode::PasswordUnknown);
    let last = bank.neighbour.access().pop().unwrap();
    assert_eq!(last.kind, EntryKind::PasswordRemoved);
}

/// A person whose passkey is lost registers another one after a login by password.
#[tokio::test]
async fn a_login_by_password_registers_a_passkey() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (begun, _) = with_password(&person, 1).await;
    let next = code_in(&bank, &begun, 1);
    let session = log_in(&person, PASSWORD, &next).await.unwrap();
    let registered = person
        .register_with(&session.access_token, &passkey(2))
        .await;
    assert_eq!(registered.unwrap().passkey, id_of(&passkey(2)));
}

/// What somebody with the former password began does not go on.
#[tokio::test]
async fn sessions_of_a_password_end_with_it() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let tablet = Person::enrolled(&bank, "1001").await;
    let (begun, access) = with_password(&person, 1).await;
    let on_tablet = log_in(&tablet, PASSWORD, &code_in(&bank, &begun, 1)).await;
    let on_tablet = on_tablet.unwrap();
    bank.advance(60_000);
    let next = begin(&person, &access).await;
    let now = code_in(&bank, &next, 0);
    set(&person, &access, &next, (PASSWORD, &now))
        .await
        .unwrap();
    let refreshed = refresh(&tablet, &on_tablet.refresh_token).await;
    assert_eq!(code(&refreshed), ErrorCode::SessionEnded);

    bank.advance(60_000);
    let on_tablet = log_in(&tablet, PASSWORD, &code_in(&bank, &next, 0)).await;
    let on_tablet = on_tablet.unwrap();
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    let asked = ("POST", "/v1/password/removals");
    person.ask::<Json>(asked, &access, None).await.unwrap();
    let refreshed = refresh(&tablet, &on_tablet.refresh_token).await;
    assert_eq!(code(&refreshed), ErrorCode::SessionEnded);
    let asked = ("GET", "/v1/password");
    person.ask::<Json>(asked, &access, None).await.unwrap();
}

/// Somebody who holds an unlocked device must not get around the password.
#[tokio::test]
async fn with_a_password_a_first_passkey_needs_a_login() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (_, access) = with_password(&person, 1).await;
    let body = json!({ "passkey": id_of(&passkey(1)) });
    let removed = person.post::<Json>("/v1/passkeys/removals", &access, body);
    removed.await.unwrap();
    assert_eq!(bank.count("passkey"), 0);
    let another = passkey(2);
    let registered = person.register_with(&person.channel_token, &another);
    assert_eq!(code(&registered.await), ErrorCode::LoginRequired);
}

#[tokio::test]
async fn a_secret_sets_one_password() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (begun, access) = with_password(&person, 1).await;
    let asked = ("POST", "/v1/password/removals");
    person.ask::<Json>(asked, &access, None).await.unwrap();
    let now = code_in(&bank, &begun, 0);
    let again = set(&person, &access, &begun, (PASSWORD, &now)).await;
    assert_eq!(code(&again), ErrorCode::ChallengeUnknown);
    assert_eq!(bank.count("password"), 0);
    let records = bank.records();
    let acts = records
        .iter()
        .map(|bytes| audit::Record::parse(bytes).unwrap().act);
    let refused = acts.filter(|act| act.action == "password.refused");
    // The commit refused it, after the checks.
    assert_eq!(refused.count(), 0);
}

/// Requests at the same time: a code logs in once.
#[tokio::test]
async fn of_two_logins_with_one_code_one_begins() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let tablet = Person::enrolled(&bank, "1001").await;
    let (begun, _) = with_password(&person, 1).await;
    let next = code_in(&bank, &begun, 1);
    let (one, other) = tokio::join!(
        log_in(&person, PASSWORD, &next),
        log_in(&tablet, PASSWORD, &next)
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    let refused = one.err().or(other.err()).unwrap();
    assert_eq!(refused.code, ErrorCode::LoginRefused);
    assert_eq!(person.refusals(), ["code_used"]);
}

/// Whoever guesses and goes away before the answer has guessed.
#[tokio::test]
async fn a_guess_counts_whoever_waits_for_its_answer() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (begun, _) = with_password(&person, 1).await;
    for guesses in 1..=3 {
        let guess = LogInByPassword {
            password: "a guess of a thief".to_owned(),
            code: code_in(&bank, &begun, 1),
        };
        let returning = person.returning(None);
        let login = bank.ciam.log_in_by_password(&returning, guess);
        assert!(tokio::time::timeout(Duration::ZERO, login).await.is_err());
        while person.refusals().len() < guesses {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let next = code_in(&bank, &begun, 1);
    let locked = log_in(&person, PASSWORD, &next).await;
    assert_eq!(code(&locked), ErrorCode::LoginLocked);
}

#[tokio::test]
async fn erasure_removes_password_and_secret() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    with_password(&person, 1).await;
    let customer = "1001".parse().unwrap();
    assert!(bank.ciam.erase_customer(&customer).await.unwrap().known);
    for table in ["password", "access_change"] {
        assert_eq!(bank.count(table), 0, "{table}");
    }
}
