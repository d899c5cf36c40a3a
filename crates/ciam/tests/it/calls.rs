//! The bank says whether it is calling, so that nobody else can.

use crate::bank::Bank;
use crate::person::Person;
use ciam::CallError;
use protocol::http::{AnnounceCall, BankCall, CallsAnswer};
use types::ErrorCode;

const MINUTE_MS: u64 = 60_000;

fn announcement(customer: &str, desk: &str, minutes: u32) -> AnnounceCall {
    AnnounceCall {
        customer: customer.parse().unwrap(),
        desk: desk.to_owned(),
        minutes,
    }
}

async fn seen(person: &Person<'_>) -> Option<BankCall> {
    let asked = ("GET", "/v1/calls");
    let answer = person.ask::<CallsAnswer>(asked, &person.channel_token, None);
    answer.await.unwrap().call
}

#[tokio::test]
async fn all_devices_of_the_customer_and_no_others_see_a_call_until_it_ends() {
    let bank = Bank::open().await;
    let phone = Person::enrolled(&bank, "1001").await;
    let tablet = Person::enrolled(&bank, "1001").await;
    let stranger = Person::enrolled(&bank, "1002").await;
    assert_eq!(seen(&phone).await, None);
    let call = bank
        .ciam
        .announce_call(announcement("1001", "Cards", 15))
        .await;
    let call = call.unwrap();
    assert_eq!(call.began, bank.now());
    assert_eq!(call.ends, bank.now().plus_ms(15 * MINUTE_MS));
    for device in [&phone, &tablet] {
        assert_eq!(seen(device).await.as_ref(), Some(&call));
    }
    assert_eq!(seen(&stranger).await, None);
    bank.advance(15 * MINUTE_MS - 1);
    assert_eq!(seen(&phone).await, Some(call));
    bank.advance(1);
    assert_eq!(seen(&phone).await, None);
    let customer = "1001".parse().unwrap();
    assert!(
        !bank.ciam.end_call(&customer).await.unwrap(),
        "it ended by itself"
    );

    for desk in ["Cards", "Loans"] {
        bank.ciam
            .announce_call(announcement("1001", desk, 1))
            .await
            .unwrap();
        assert_eq!(seen(&phone).await.unwrap().desk, desk);
    }
    assert!(bank.ciam.end_call(&customer).await.unwrap());
    assert!(!bank.ciam.end_call(&customer).await.unwrap());
    assert_eq!(seen(&phone).await, None);
    let records = bank.records();
    let acts = records
        .iter()
        .map(|bytes| audit::Record::parse(bytes).unwrap().act);
    let acts: Vec<_> = acts.filter(|act| act.action.starts_with("call.")).collect();
    let actions: Vec<_> = acts.iter().map(|act| act.action.as_str()).collect();
    let expected = [
        "call.announced",
        "call.announced",
        "call.announced",
        "call.ended",
    ];
    assert_eq!(actions, expected);
    assert_eq!(acts[0].details["desk"], "Cards");
}

#[tokio::test]
async fn what_is_no_announcement_is_refused() {
    let bank = Bank::open().await;
    let phone = Person::enrolled(&bank, "1001").await;
    let long = "x".repeat(65);
    for (desk, minutes) in [
        ("", 15),
        (&long, 15),
        ("Ca\u{202e}rds", 15),
        ("Cards", 0),
        ("Cards", 61),
    ] {
        let refused = bank
            .ciam
            .announce_call(announcement("1001", desk, minutes))
            .await;
        assert_eq!(
            refused.unwrap_err().code(),
            ErrorCode::Malformed,
            "{desk} {minutes}"
        );
    }
    let nobody = bank
        .ciam
        .announce_call(announcement("1002", "Cards", 15))
        .await;
    assert!(matches!(nobody, Err(CallError::CustomerUnknown)));
    assert_eq!(seen(&phone).await, None);

    bank.ciam
        .announce_call(announcement("1001", "Cards", 15))
        .await
        .unwrap();
    bank.ciam.revoke(phone.phone.device).await.unwrap();
    let asked = bank.ciam.call_to(phone.phone.device).await;
    assert_eq!(asked.unwrap_err().code(), ErrorCode::DeviceRevoked);
    assert!(
        bank.ciam
            .erase_customer(&"1001".parse().unwrap())
            .await
            .unwrap()
            .known
    );
    assert_eq!(bank.count("bank_call"), 0);
}
