//! What a code allows, and for how long.

use crate::bank::{Bank, DAY_MS, ISSUER, START};
use crate::neighbour::Call;
use crate::phone::Phone;
use ciam::{EnrolError, IssueCodeError, Settings};
use std::time::Duration;
use tokio::time::Instant;
use types::ErrorCode;
use vault::Vault as _;

/// The code with its last character changed.
fn wrong(code: &str) -> String {
    let (start, last) = code.split_at(15);
    format!("{start}{}", if last == "0" { "1" } else { "0" })
}

#[track_caller]
fn check<T: std::fmt::Debug>(answer: Result<T, EnrolError>, code: ErrorCode) {
    let refused = answer.unwrap_err();
    assert_eq!(refused.code(), code, "{refused:?}");
}

#[tokio::test]
async fn a_code_is_printed_with_the_fingerprint_of_the_root_and_its_end() {
    let bank = Bank::open().await;
    let issued = bank
        .ciam
        .issue_code(&"1001".parse().unwrap())
        .await
        .unwrap();
    let root = bank.vault.roots().await.unwrap()[0];
    assert_eq!(issued.root, envelope::root_fingerprint(&root));
    assert_eq!(issued.expires, START.plus_ms(DAY_MS));
    assert_eq!(issued.code.expose().len(), 16);
}

#[tokio::test]
async fn a_code_is_for_its_customer_only() {
    let bank = Bank::open().await;
    let code = bank.code("1001").await;
    check(
        bank.enrol(&Phone::new(), "1002", &code).await,
        ErrorCode::CodeInvalid,
    );
    check(
        bank.enrol(&Phone::new(), "nobody", &code).await,
        ErrorCode::CodeInvalid,
    );
    bank.enrol(&Phone::new(), "1001", &code).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_wrong_code_is_refused_after_the_same_time_whether_the_customer_exists() {
    let bank = Bank::open().await;
    let code = wrong(&bank.code("1001").await);
    let (mut phone, mut took) = (Phone::new(), Vec::new());
    for customer in ["1001", "1002", "nobody"] {
        let came = Instant::now();
        check(
            bank.enrol(&phone, customer, &code).await,
            ErrorCode::CodeInvalid,
        );
        took.push(came.elapsed());
        phone = Phone::new();
    }
    assert_eq!(took, [Duration::from_millis(250); 3]);
}

#[tokio::test]
async fn a_code_is_accepted_as_people_type_it() {
    let bank = Bank::open().await;
    let code = bank.code("1001").await.to_lowercase();
    let typed = format!("{}-{} {}", &code[..4], &code[4..10], &code[10..]);
    bank.enrol(&Phone::new(), "1001", &typed).await.unwrap();
}

#[tokio::test]
async fn a_wrong_code_makes_nothing_and_calls_no_service() {
    let bank = Bank::open().await;
    let code = bank.code("1001").await;
    check(
        bank.enrol(&Phone::new(), "1001", &wrong(&code)).await,
        ErrorCode::CodeInvalid,
    );
    check(
        bank.enrol(&Phone::new(), "1001", "not a code").await,
        ErrorCode::CodeInvalid,
    );
    assert_eq!(bank.neighbour.calls(), []);
    assert_eq!(bank.count("device"), 0);
    assert_eq!(bank.count("customer"), 0);
}

#[tokio::test(start_paused = true)]
async fn after_too_many_wrong_codes_the_right_one_is_refused_and_a_new_one_is_valid() {
    let bank = Bank::open().await;
    let code = bank.code("1001").await;
    for _ in 0..100 {
        check(
            bank.enrol(&Phone::new(), "1001", &wrong(&code)).await,
            ErrorCode::CodeInvalid,
        );
    }
    check(
        bank.enrol(&Phone::new(), "1001", &code).await,
        ErrorCode::CodeExhausted,
    );
    let other = bank.code("1001").await;
    bank.enrol(&Phone::new(), "1001", &other).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_try_less_leaves_the_code_valid() {
    let bank = Bank::open().await;
    let code = bank.code("1001").await;
    for _ in 0..99 {
        check(
            bank.enrol(&Phone::new(), "1001", &wrong(&code)).await,
            ErrorCode::CodeInvalid,
        );
    }
    bank.enrol(&Phone::new(), "1001", &code).await.unwrap();
}

#[tokio::test]
async fn a_code_is_valid_until_its_last_millisecond() {
    let bank = Bank::open().await;
    let (in_time, late) = (bank.code("1001").await, bank.code("1001").await);
    bank.advance(DAY_MS);
    bank.enrol(&Phone::new(), "1001", &in_time).await.unwrap();
    bank.advance(1);
    check(
        bank.enrol(&Phone::new(), "1001", &late).await,
        ErrorCode::CodeExpired,
    );
}

#[tokio::test]
async fn long_expired_codes_are_deleted_when_the_next_is_issued() {
    let bank = Bank::open().await;
    let old = bank.code("1001").await;
    bank.advance(31 * DAY_MS);
    bank.code("1001").await;
    assert_eq!(bank.count("activation_code"), 2);
    bank.advance(1);
    bank.code("1001").await;
    assert_eq!(bank.count("activation_code"), 2);
    check(
        bank.enrol(&Phone::new(), "1001", &old).await,
        ErrorCode::CodeInvalid,
    );
}

#[tokio::test]
async fn a_repeated_request_issues_one_more_code_and_each_enrols_one_device() {
    let bank = Bank::open().await;
    let codes = [bank.code("1001").await, bank.code("1001").await];
    assert_ne!(codes[0], codes[1]);
    for code in &codes {
        bank.enrol(&Phone::new(), "1001", code).await.unwrap();
        check(
            bank.enrol(&Phone::new(), "1001", code).await,
            ErrorCode::CodeUsed,
        );
    }
}

#[tokio::test]
async fn devices_that_race_for_one_code_get_one_enrolment() {
    let bank = Bank::open().await;
    let code = bank.code("1001").await;
    let phones = [Phone::new(), Phone::new()];
    let (one, two) = tokio::join!(
        bank.enrol(&phones[0], "1001", &code),
        bank.enrol(&phones[1], "1001", &code)
    );
    let refused = match (one, two) {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused.code(), ErrorCode::CodeUsed);
    let calls = bank.neighbour.calls();
    let opened = calls.iter().filter(|call| matches!(call, Call::Open(..)));
    assert_eq!(opened.count(), 1);
}

#[tokio::test]
async fn only_customers_of_the_bank_get_codes() {
    let bank = Bank::open().await;
    let refused = bank.ciam.issue_code(&"nobody".parse().unwrap()).await;
    assert!(matches!(refused, Err(IssueCodeError::CustomerUnknown)));
    bank.neighbour.state().core_bank_down = true;
    let refused = bank.ciam.issue_code(&"1001".parse().unwrap()).await;
    assert!(matches!(refused, Err(IssueCodeError::NotAsked(_))));
    assert_eq!(bank.count("activation_code"), 0);
}

#[tokio::test]
async fn validity_and_tries_are_settings() {
    let bank = Bank::with(Settings {
        code_lifetime_ms: 1000,
        code_tries_max: 1,
        ..Settings::new(ISSUER)
    })
    .await;
    let code = bank.code("1").await;
    check(
        bank.enrol(&Phone::new(), "1", &wrong(&code)).await,
        ErrorCode::CodeInvalid,
    );
    check(
        bank.enrol(&Phone::new(), "1", &code).await,
        ErrorCode::CodeExhausted,
    );
    let code = bank.code("2").await;
    bank.advance(1001);
    check(
        bank.enrol(&Phone::new(), "2", &code).await,
        ErrorCode::CodeExpired,
    );
}
