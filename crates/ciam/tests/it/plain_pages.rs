//! The plain pages: a browser without keys reads for a while, after a login by password and code.

use crate::bank::{Bank, DAY_MS};
use crate::passwords::{PASSWORD, bank_that_sends, code_in, sent, with_password};
use crate::person::{Person, passkey};
use crate::sessions::{end, list};
use ciam::{LoginError, PlainBrowser, PlainReader};
use protocol::http::{AskLoginCode, CodeBy, LogInByPassword, PasswordBegun};
use protocol::{AccessChange, EntryKind};
use types::{ErrorCode, Hash};

/// A browser at an address of its own.
fn browser(name: &str, address: u8) -> PlainBrowser {
    PlainBrowser {
        description: Hash::of(name.as_bytes()),
        address: Some([192, 0, 2, address].into()),
    }
}

async fn log_in(
    bank: &Bank,
    browser: PlainBrowser,
    (customer, password, code): (&str, &str, &str),
) -> Result<String, LoginError> {
    let visit = bank.ciam.begin_plain_visit(&browser).unwrap();
    let request = LogInByPassword {
        password: password.to_owned(),
        code: code.to_owned(),
    };
    let login = (customer.parse().unwrap(), request);
    bank.ciam.log_in_plainly(browser, &visit, login).await
}

async fn reader(bank: &Bank, browser: &PlainBrowser, variable: &str) -> Option<PlainReader> {
    bank.ciam.plain_reader(browser, variable).await.unwrap()
}

/// The session variable of the customer 1001 in that browser, with the app's code of so many steps from now.
async fn logged_in(
    bank: &Bank,
    browser: PlainBrowser,
    (begun, steps): (&PasswordBegun, u64),
) -> String {
    let code = code_in(bank, begun, steps);
    let login = log_in(bank, browser, ("1001", PASSWORD, &code));
    login.await.unwrap()
}

#[tokio::test]
async fn who_has_password_and_app_reads_for_a_while_and_all_devices_hear_of_it() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (begun, access) = with_password(&person, 1).await;
    let library = browser("library", 1);
    let code = code_in(&bank, &begun, 1);
    let login = ("1001", PASSWORD, code.as_str());
    let variable = log_in(&bank, library, login).await.unwrap();
    let again = log_in(&bank, library, login).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::LoginRefused, "a code is good once");

    let reads = reader(&bank, &library, &variable).await.unwrap();
    let customer = "1001".parse().unwrap();
    let ends = bank.now().plus_ms(600_000);
    assert_eq!(reads, PlainReader { customer, ends });
    let told = AccessChange {
        reasons: Some("plain_pages".to_owned()),
        ..AccessChange::new(EntryKind::LoginUnusual)
    };
    assert_eq!(bank.neighbour.access().last(), Some(&told));
    let listed = list(&person, &access).await.unwrap().plain.unwrap();
    assert_eq!(listed.place.as_deref(), Some("192.0.2.1"));
    assert_eq!(
        (listed.began, listed.used, listed.expires),
        (bank.now(), bank.now(), ends)
    );

    // Each request keeps it for ten minutes more, up to an hour.
    for _ in 0..6 {
        bank.advance(590_000);
        assert!(reader(&bank, &library, &variable).await.is_some());
    }
    bank.advance(60_000);
    assert_eq!(reader(&bank, &library, &variable).await, None);
    let variable = logged_in(&bank, library, (&begun, 0)).await;
    bank.advance(600_000);
    assert_eq!(reader(&bank, &library, &variable).await, None);
}

#[tokio::test]
async fn a_session_variable_is_worth_nothing_elsewhere_or_altered() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (begun, _) = with_password(&person, 1).await;
    let own = browser("own", 1);
    let visit = bank.ciam.begin_plain_visit(&own).unwrap();
    let variable = logged_in(&bank, own, (&begun, 1)).await;
    let moved = PlainBrowser {
        address: Some([198, 51, 100, 7].into()),
        ..own
    };
    assert!(reader(&bank, &moved, &variable).await.is_some());
    let another = browser("another", 1);
    assert_eq!(reader(&bank, &another, &variable).await, None);
    assert_eq!(reader(&bank, &own, &visit).await, None);
    assert!(bank.ciam.is_plain_visit(&own, &visit));
    assert!(!bank.ciam.is_plain_visit(&another, &visit));
    assert!(!bank.ciam.is_plain_visit(&own, &variable));
    for at in [0, variable.len() / 2, variable.len() - 1] {
        let mut altered = variable.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        assert_eq!(reader(&bank, &own, &altered).await, None, "{at}");
    }
    for other in ["", "A", variable.get(1..).unwrap()] {
        assert_eq!(reader(&bank, &own, other).await, None, "{other}");
    }
    bank.advance(3_600_001);
    assert!(!bank.ciam.is_plain_visit(&own, &visit), "it is too old");
    let login = LogInByPassword {
        password: PASSWORD.to_owned(),
        code: code_in(&bank, &begun, 0),
    };
    let login = ("1001".parse().unwrap(), login);
    let late = bank.ciam.log_in_plainly(own, &visit, login).await;
    assert_eq!(late.unwrap_err().code(), ErrorCode::ChallengeUnknown);
}

#[tokio::test]
async fn whatever_is_wrong_is_refused_in_the_same_way_and_locks_no_device() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (begun, _) = with_password(&person, 1).await;
    Person::enrolled(&bank, "1002").await;
    let next = code_in(&bank, &begun, 1);
    let later = code_in(&bank, &begun, 3);
    let own = browser("own", 1);
    for login in [
        ("1003", PASSWORD, next.as_str()),
        ("1002", PASSWORD, &next),
        ("1001", "another password", &next),
        ("1001", PASSWORD, &later),
        ("1001", PASSWORD, "12345"),
    ] {
        let refused = log_in(&bank, own, login).await.unwrap_err();
        assert!(
            matches!(refused, LoginError::Refused),
            "{login:?} {refused:?}"
        );
    }
    let expected = [
        "no_password",
        "no_password",
        "wrong_password",
        "wrong_code",
        "wrong_code",
    ];
    assert_eq!(person.refusals(), expected);
    let right = ("1001", PASSWORD, next.as_str());
    let locked = log_in(&bank, own, right).await.unwrap_err();
    assert_eq!(locked.code(), ErrorCode::LoginLocked);
    // Neither the customer elsewhere nor their devices are locked.
    person.log_in(&passkey(1)).await.unwrap();
    let elsewhere = browser("own", 2);
    let variable = log_in(&bank, elsewhere, right).await.unwrap();
    assert!(reader(&bank, &elsewhere, &variable).await.is_some());
}

#[tokio::test]
async fn guesses_from_many_addresses_lock_the_plain_pages_of_a_customer_alone() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (begun, _) = with_password(&person, 1).await;
    for address in 0..100 {
        let guess = log_in(
            &bank,
            browser("guess", address),
            ("1001", "a guess", "000000"),
        );
        assert_eq!(guess.await.unwrap_err().code(), ErrorCode::LoginRefused);
    }
    let code = code_in(&bank, &begun, 1);
    let own = browser("own", 200);
    let login = log_in(&bank, own, ("1001", PASSWORD, &code)).await;
    assert_eq!(login.unwrap_err().code(), ErrorCode::LoginLocked);
    person.log_in(&passkey(1)).await.unwrap();
    bank.advance(61_000);
    logged_in(&bank, own, (&begun, 0)).await;
}

#[tokio::test]
async fn a_session_ends_with_what_it_rests_on() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let tablet = Person::enrolled(&bank, "1001").await;
    let (begun, _) = with_password(&person, 1).await;
    let own = browser("own", 1);

    // The person leaves, or logs in elsewhere.
    let left = logged_in(&bank, own, (&begun, 1)).await;
    bank.ciam.end_plain_session(&own, &left).await.unwrap();
    assert_eq!(reader(&bank, &own, &left).await, None);
    bank.advance(60_000);
    let former = logged_in(&bank, own, (&begun, 0)).await;
    let elsewhere = browser("elsewhere", 2);
    let newer = logged_in(&bank, elsewhere, (&begun, 1)).await;
    assert_eq!(reader(&bank, &own, &former).await, None);
    assert!(reader(&bank, &elsewhere, &newer).await.is_some());

    // A device signs it out.
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    let listed = list(&person, &access).await.unwrap().plain.unwrap();
    end(&person, &access, listed.session).await.unwrap();
    assert_eq!(reader(&bank, &elsewhere, &newer).await, None);
    assert_eq!(list(&person, &access).await.unwrap().plain, None);

    // The password is set anew.
    bank.advance(DAY_MS);
    let variable = logged_in(&bank, own, (&begun, 0)).await;
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    let anew = crate::passwords::begin(&person, &access).await;
    let code = code_in(&bank, &anew, 0);
    let set = crate::passwords::set(&person, &access, &anew, (PASSWORD, &code));
    set.await.unwrap();
    assert_eq!(reader(&bank, &own, &variable).await, None);
    assert_eq!(list(&person, &access).await.unwrap().plain, None);

    // Nobody is left who heard of it.
    let variable = logged_in(&bank, own, (&anew, 1)).await;
    bank.ciam.revoke(tablet.phone.device).await.unwrap();
    assert!(reader(&bank, &own, &variable).await.is_some());
    bank.ciam.revoke(person.phone.device).await.unwrap();
    assert_eq!(reader(&bank, &own, &variable).await, None);
    bank.advance(60_000);
    let code = code_in(&bank, &anew, 0);
    let login = log_in(&bank, own, ("1001", PASSWORD, &code)).await;
    assert_eq!(login.unwrap_err().code(), ErrorCode::LoginRefused);
    assert_eq!(person.refusals().last().unwrap(), "no_device");
    bank.ciam
        .erase_customer(&"1001".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(bank.count("plain_session"), 0);
}

#[tokio::test]
async fn a_sent_code_is_good_in_the_browser_that_asked() {
    let bank = bank_that_sends().await;
    let person = Person::enrolled(&bank, "1001").await;
    with_password(&person, 1).await;
    let own = browser("own", 1);
    let visit = bank.ciam.begin_plain_visit(&own).unwrap();
    let customer = || "1001".parse().unwrap();
    let ask = |by, password: &str| {
        let asked = AskLoginCode {
            password: password.to_owned(),
            by,
        };
        bank.ciam.send_plain_code(own, &visit, (customer(), asked))
    };
    let none = ask(CodeBy::Mail, PASSWORD).await.unwrap_err();
    assert_eq!(none.code(), ErrorCode::NotFound);
    let wrong = ask(CodeBy::Sms, "another password").await.unwrap();
    let right = ask(CodeBy::Sms, PASSWORD).await.unwrap();
    assert_eq!(wrong, right, "nobody learns whether it is right");
    let code = sent(&bank, 1).await;

    let elsewhere = log_in(&bank, browser("own", 1), ("1001", PASSWORD, &code)).await;
    let elsewhere = elsewhere.unwrap_err();
    assert_eq!(elsewhere.code(), ErrorCode::LoginRefused, "another visit");
    bank.advance(60_001);
    let request = LogInByPassword {
        password: PASSWORD.to_owned(),
        code,
    };
    let login = || (customer(), request.clone());
    let variable = bank.ciam.log_in_plainly(own, &visit, login()).await;
    assert!(reader(&bank, &own, &variable.unwrap()).await.is_some());
    let again = bank.ciam.log_in_plainly(own, &visit, login()).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::LoginRefused);
}
