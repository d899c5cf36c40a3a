//! Repeated requests: after a lost answer, a failure of another service, or a crash.

use crate::bank::{Bank, DAY_MS, ISSUER};
use crate::neighbour::Call;
use crate::phone::Phone;
use ciam::{EnrolError, Resumed, Settings};
use types::ErrorCode;

#[track_caller]
fn check<T: std::fmt::Debug>(answer: Result<T, EnrolError>, code: ErrorCode) {
    let refused = answer.unwrap_err();
    assert_eq!(refused.code(), code, "{refused:?}");
}

#[tokio::test]
async fn the_same_device_gets_the_same_answer_with_a_new_token_and_snapshot() {
    let mut bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let challenge = bank.ciam.challenge().unwrap();
    let request = phone.request(&challenge, "1001", &code);
    let lost = bank.ciam.enrol(&request).await.unwrap();

    bank.advance(1000);
    let repeated = bank.ciam.enrol(&request).await.unwrap();
    bank.restart().await;
    bank.advance(DAY_MS - 1000);
    let anew = bank.enrol(&phone, "1001", &code).await.unwrap();
    for again in [&repeated, &anew] {
        assert_eq!(again.device, lost.device);
        assert_eq!(again.channels, lost.channels);
        assert_eq!(again.grant, lost.grant);
        assert_ne!(again.snapshot, lost.snapshot);
        assert_ne!(again.channel_token, lost.channel_token);
        bank.verify(&again.channel_token).unwrap();
    }
    let statements = bank.neighbour.statements();
    assert_eq!(statements.len(), 3);
    assert!(
        statements
            .iter()
            .all(|statement| *statement == statements[0])
    );

    bank.advance(1);
    check(bank.enrol(&phone, "1001", &code).await, ErrorCode::CodeUsed);
}

#[tokio::test]
async fn another_device_or_other_keys_with_the_same_code_get_nothing() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    bank.enrol(&phone, "1001", &code).await.unwrap();
    let kept = bank.kept();
    check(
        bank.enrol(&Phone::new(), "1001", &code).await,
        ErrorCode::CodeUsed,
    );
    let keys_of_another = Phone {
        device: phone.device,
        ..Phone::new()
    };
    check(
        bank.enrol(&keys_of_another, "1001", &code).await,
        ErrorCode::CodeUsed,
    );
    assert_eq!(bank.kept(), kept);
}

#[tokio::test]
async fn a_device_id_belongs_to_one_device_for_ever() {
    let bank = Bank::open().await;
    let (phone, _) = bank.enrolled("1001").await;
    let code = bank.code("1002").await;
    let copycat = Phone {
        device: phone.device,
        ..Phone::new()
    };
    check(
        bank.enrol(&copycat, "1002", &code).await,
        ErrorCode::DeviceConflict,
    );
    bank.enrol(&Phone::new(), "1002", &code).await.unwrap();
}

#[tokio::test]
async fn an_enrolment_that_failed_after_the_code_continues_when_repeated() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    bank.neighbour.state().broker_down = true;
    check(
        bank.enrol(&phone, "1001", &code).await,
        ErrorCode::Unavailable,
    );
    assert_eq!(
        bank.neighbour.statements(),
        [],
        "no grant without a channel"
    );
    {
        let mut state = bank.neighbour.state();
        state.broker_down = false;
        state.notification_down = true;
    }
    check(
        bank.enrol(&phone, "1001", &code).await,
        ErrorCode::Unavailable,
    );
    bank.neighbour.state().notification_down = false;
    let answer = bank.enrol(&phone, "1001", &code).await.unwrap();
    let opened: Vec<_> = bank
        .neighbour
        .calls()
        .into_iter()
        .filter_map(|call| match call {
            Call::Open(channel, _) => Some(channel),
            _ => None,
        })
        .collect();
    assert_eq!(opened, [answer.channels[0].channel; 3]);
}

#[tokio::test]
async fn a_crash_between_code_and_grant_is_resumed_without_the_device() {
    let mut bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    bank.neighbour.state().notification_down = true;
    check(
        bank.enrol(&phone, "1001", &code).await,
        ErrorCode::Unavailable,
    );
    bank.restart().await;

    let resumed = |granted, waiting| Resumed {
        granted,
        rekeyed: 0,
        waiting,
        told: 0,
    };
    assert_eq!(
        bank.ciam.resume().await.unwrap(),
        resumed(0, 0),
        "a young enrolment may still be in progress"
    );
    bank.advance(1000);
    assert_eq!(bank.ciam.resume().await.unwrap(), resumed(0, 1));
    bank.neighbour.state().notification_down = false;
    assert_eq!(bank.ciam.resume().await.unwrap(), resumed(1, 0));
    assert_eq!(bank.ciam.resume().await.unwrap(), resumed(0, 0));

    let answer = bank.enrol(&phone, "1001", &code).await.unwrap();
    let statements = bank.neighbour.statements();
    assert!(
        statements
            .iter()
            .all(|statement| *statement == statements[0])
    );
    assert_eq!(statements[0].channel, answer.channels[0].channel);
}

#[tokio::test]
async fn one_device_without_a_grant_does_not_delay_the_others() {
    let bank = Bank::open().await;
    bank.neighbour.state().notification_down = true;
    let phones: Vec<Phone> = (0..3).map(|_| Phone::new()).collect();
    for (customer, phone) in phones.iter().enumerate() {
        let customer = customer.to_string();
        let code = bank.code(&customer).await;
        check(
            bank.enrol(phone, &customer, &code).await,
            ErrorCode::Unavailable,
        );
    }
    bank.advance(1000);
    {
        let mut state = bank.neighbour.state();
        state.notification_down = false;
        state.leave_out(phones[0].device);
    }
    let resumed = bank.ciam.resume().await.unwrap();
    assert_eq!((resumed.granted, resumed.waiting), (2, 1));
}

#[tokio::test]
async fn the_background_work_resumes_by_itself() {
    let bank = Bank::with(Settings {
        retry_interval_ms: 1,
        ..Settings::new(ISSUER)
    })
    .await;
    bank.neighbour.state().broker_down = true;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    check(
        bank.enrol(&phone, "1001", &code).await,
        ErrorCode::Unavailable,
    );
    bank.advance(1);
    let ciam = bank.ciam.clone();
    let running = tokio::spawn(async move { ciam.run().await });
    bank.neighbour.until(|calls| calls.len() >= 3).await;
    bank.neighbour.state().broker_down = false;
    let device = phone.device;
    bank.neighbour
        .until(|calls| {
            let granted =
                |call: &Call| matches!(call, Call::Grant(statement) if statement.device == device);
            calls.iter().any(granted)
        })
        .await;
    running.abort();
}
