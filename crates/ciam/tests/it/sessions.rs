//! Sessions: refreshed by their device alone, listed and ended by their customer.

use crate::bank::{Bank, DAY_MS};
use crate::person::{Answered, Person, code, passkey};
use protocol::http::{EndSession, SessionRefreshed, SessionsAnswer};
use serde_json::json;
use types::ErrorCode;

pub(crate) async fn refresh(
    person: &Person<'_>,
    refresh_token: &str,
) -> Answered<SessionRefreshed> {
    let body = json!({ "refresh_token": refresh_token });
    let token = &person.channel_token;
    person.post("/v1/sessions/refresh", token, body).await
}

pub(crate) async fn list(person: &Person<'_>, access: &str) -> Answered<SessionsAnswer> {
    person.ask(("GET", "/v1/sessions"), access, None).await
}

pub(crate) async fn end(
    person: &Person<'_>,
    access: &str,
    session: types::SessionId,
) -> Answered<EndSession> {
    let body = json!({ "session": session });
    person.post("/v1/sessions/endings", access, body).await
}

#[tokio::test]
async fn a_refresh_token_is_good_on_its_own_device_until_the_session_ends() {
    let mut bank = Bank::open().await;
    let refresh_token = {
        let person = Person::enrolled(&bank, "1001").await;
        let thief = Person::enrolled(&bank, "1001").await;
        person.register(&passkey(1)).await;
        let begun = person.log_in(&passkey(1)).await.unwrap();
        let stolen = refresh(&thief, &begun.refresh_token).await;
        assert_eq!(code(&stolen), ErrorCode::SessionEnded);
        // The thief's device has a session of its own.
        thief.log_in(&passkey(1)).await.unwrap();
        let stolen = refresh(&thief, &begun.refresh_token).await;
        assert_eq!(code(&stolen), ErrorCode::SessionEnded);
        // It is not rotated.
        for _ in 0..2 {
            bank.advance(300_000);
            let refreshed = refresh(&person, &begun.refresh_token).await.unwrap();
            list(&person, &refreshed.access_token).await.unwrap();
        }
        begun.refresh_token
    };
    bank.restart().await;
    let kept = crate::shown(&bank.path(), "SELECT * FROM session");
    assert!(!kept.contains(&refresh_token), "only its hash is stored");
    let bytes = format!("{:?}", refresh_token.as_bytes());
    assert!(!kept.contains(bytes.trim_matches(['[', ']'])));
}

#[tokio::test]
async fn a_session_ends_after_90_days_whatever_happens_in_between() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let begun = person.log_in(&passkey(1)).await.unwrap();
    assert_eq!(begun.expires, bank.now().plus_ms(90 * DAY_MS));
    let (device, token) = (person.at(None), &begun.refresh_token);
    bank.advance(90 * DAY_MS - 60_000);
    bank.ciam.ensure_keys().await.unwrap();
    let last = bank.ciam.refresh_session(&device, token).await.unwrap();
    assert_eq!(last.access_expires, begun.expires, "no token outlives it");
    let logged_in = async || bank.ciam.logged_in(device.device).await.unwrap();
    let began = begun.expires.minus_ms(90 * DAY_MS);
    let times = Some((began, began));
    let times = times.map(|(began, registered)| (began, Some(registered)));
    assert_eq!(logged_in().await, times, "the login, not the refresh");
    bank.advance(60_000);
    assert_eq!(logged_in().await, None);
    let refused = bank.ciam.refresh_session(&device, token).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::SessionEnded);
}

#[tokio::test]
async fn a_customer_sees_their_sessions_and_ends_any_of_them_at_once() {
    let bank = Bank::open().await;
    let phone = Person::enrolled(&bank, "1001").await;
    let tablet = Person::enrolled(&bank, "1001").await;
    let stranger = Person::enrolled(&bank, "1002").await;
    phone.register(&passkey(1)).await;
    stranger.register(&passkey(2)).await;
    let one = phone.log_in(&passkey(1)).await.unwrap();
    bank.advance(1000);
    let other = tablet.log_in(&passkey(1)).await.unwrap();
    let strangers = stranger.log_in(&passkey(2)).await.unwrap();
    let listed = list(&phone, &one.access_token).await.unwrap().sessions;
    let seen: Vec<_> = listed
        .iter()
        .map(|row| (row.session, row.device, row.current))
        .collect();
    let expected = [
        (one.session, phone.phone.device, true),
        (other.session, tablet.phone.device, false),
    ];
    assert_eq!(seen, expected);

    let refused = end(&phone, &one.access_token, strangers.session).await;
    assert_eq!(code(&refused), ErrorCode::SessionUnknown);
    end(&phone, &one.access_token, other.session).await.unwrap();
    assert_eq!(
        code(&list(&tablet, &other.access_token).await),
        ErrorCode::SessionEnded
    );
    assert_eq!(
        code(&refresh(&tablet, &other.refresh_token).await),
        ErrorCode::SessionEnded
    );
    let again = end(&phone, &one.access_token, other.session).await;
    assert_eq!(code(&again), ErrorCode::SessionUnknown);
    let logged_in = async |person: &Person<'_>| bank.ciam.logged_in(person.phone.device).await;
    assert_eq!(logged_in(&tablet).await.unwrap(), None);
    assert!(logged_in(&phone).await.unwrap().is_some());
    end(&phone, &one.access_token, one.session).await.unwrap();
    assert_eq!(
        code(&list(&phone, &one.access_token).await),
        ErrorCode::SessionEnded
    );
    list(&stranger, &strangers.access_token).await.unwrap();
}

#[tokio::test]
async fn a_device_has_one_session_and_a_revoked_device_none() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let first = person.log_in(&passkey(1)).await.unwrap();
    let second = person.log_in(&passkey(1)).await.unwrap();
    assert_eq!(
        code(&list(&person, &first.access_token).await),
        ErrorCode::SessionEnded
    );
    list(&person, &second.access_token).await.unwrap();
    bank.ciam.revoke(person.phone.device).await.unwrap();
    assert_eq!(bank.count("session"), 0);
    let device = person.at(None);
    let refused = bank.ciam.refresh_session(&device, &second.refresh_token);
    assert_eq!(refused.await.unwrap_err().code(), ErrorCode::SessionEnded);
}
