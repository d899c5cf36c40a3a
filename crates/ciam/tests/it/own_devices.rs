//! The customer's own devices: listed and removed by a person who is logged in.

use crate::bank::Bank;
use crate::person::{Person, code, passkey};
use protocol::http::{OwnDevices, RemoveDevice};
use serde_json::{Value as Json, json};
use types::{DeviceId, ErrorCode};

const LIST: (&str, &str) = ("GET", "/v1/devices");

async fn remove(
    person: &Person<'_>,
    access: &str,
    device: DeviceId,
) -> Result<DeviceId, ErrorCode> {
    let body = json!({ "device": device });
    let removed = person.post::<RemoveDevice>("/v1/devices/removals", access, body);
    let removed = removed.await.map_err(|refused| refused.code)?;
    Ok(removed.device)
}

async fn listed(person: &Person<'_>, access: &str) -> Vec<(DeviceId, bool)> {
    let answer: OwnDevices = person.ask(LIST, access, None).await.unwrap();
    let rows = answer.devices.into_iter();
    rows.map(|row| (row.device, row.current)).collect()
}

#[tokio::test]
async fn a_person_sees_and_removes_their_own_devices_only() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let lost = Person::enrolled(&bank, "1001").await;
    let stranger = Person::enrolled(&bank, "1002").await;
    person.register(&passkey(1)).await;
    let (own, other) = (person.phone.device, lost.phone.device);
    let channel = person.ask::<Json>(LIST, &person.channel_token, None).await;
    assert_eq!(code(&channel), ErrorCode::LoginRequired);
    let by_token = remove(&person, &person.channel_token, other).await;
    assert_eq!(by_token.unwrap_err(), ErrorCode::LoginRequired);

    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    assert_eq!(
        listed(&person, &access).await,
        [(own, true), (other, false)]
    );
    for unknown in [stranger.phone.device, DeviceId::at(bank.now(), [9; 10])] {
        let refused = remove(&person, &access, unknown).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::DeviceUnknown);
    }
    for _ in 0..2 {
        assert_eq!(remove(&person, &access, other).await, Ok(other));
    }
    assert_eq!(listed(&person, &access).await, [(own, true)]);
    let refused = lost
        .ask::<Json>(("POST", "/v1/token"), &lost.channel_token, None)
        .await;
    assert_eq!(code(&refused), ErrorCode::DeviceRevoked);
    let is_of_own = |record: &Vec<u8>| {
        let text = String::from_utf8_lossy(record);
        text.contains("device.revoked") && text.contains(&own.to_string())
    };
    assert!(bank.records().iter().any(is_of_own));

    // The last one: the person is gone with it.
    assert_eq!(remove(&person, &access, own).await, Ok(own));
    let after = person.ask::<Json>(LIST, &access, None).await;
    assert_eq!(code(&after), ErrorCode::DeviceRevoked);
}

#[tokio::test]
async fn a_removal_needs_a_recent_login_and_a_session() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let lost = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let begun = person.log_in(&passkey(1)).await.unwrap();
    bank.advance(600_001);
    let refresh = json!({ "refresh_token": begun.refresh_token });
    let refreshed: Json = person
        .post("/v1/sessions/refresh", &person.channel_token, refresh)
        .await
        .unwrap();
    let access = refreshed["access_token"].as_str().unwrap();
    assert_eq!(listed(&person, access).await.len(), 2);
    let late = remove(&person, access, lost.phone.device).await;
    assert_eq!(late.unwrap_err(), ErrorCode::LoginRequired);
    let session = json!({ "session": begun.session });
    let ended = person.post::<Json>("/v1/sessions/endings", access, session);
    ended.await.unwrap();
    let over = person.ask::<Json>(LIST, access, None).await;
    assert_eq!(code(&over), ErrorCode::SessionEnded);
}
