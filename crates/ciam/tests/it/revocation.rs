//! A device is revoked: committed, rekeyed, confirmed, in that order, however many attempts it takes.

use crate::bank::{Bank, ISSUER, nth};
use crate::neighbour::Call;
use crate::phone::Phone;
use ciam::{Ciam, RevokeError, Settings};
use types::{DeviceId, ErrorCode};

async fn listed(ciam: &Ciam) -> Vec<(u64, DeviceId)> {
    let revocations = ciam.revocations_after(0, 100).await.unwrap();
    revocations
        .iter()
        .map(|revocation| (revocation.number, revocation.device))
        .collect()
}

#[tokio::test]
async fn edges_learn_before_the_rekey_and_the_revocation_is_confirmed_after_it() {
    let bank = Bank::open().await;
    let (phone, answer) = bank.enrolled("1001").await;
    let mut newest = bank.ciam.revocations();
    assert_eq!(*newest.borrow_and_update(), 0);
    bank.neighbour.hold_rekeys.send_replace(true);

    let (ciam, device) = (bank.ciam.clone(), phone.device);
    let revoking = tokio::spawn(async move { ciam.revoke(device).await });
    bank.neighbour
        .until(|_| !bank.neighbour.rekeys().is_empty())
        .await;
    assert!(newest.has_changed().unwrap());
    assert_eq!(*newest.borrow_and_update(), nth(2));
    assert_eq!(listed(&bank.ciam).await, [(nth(2), device)]);
    assert!(!revoking.is_finished());

    bank.neighbour.hold_rekeys.send_replace(false);
    let revoked = revoking.await.unwrap().unwrap();
    assert_eq!((revoked.device, revoked.revocation), (device, nth(2)));
    let revocations = bank.ciam.revocations_after(0, 1).await.unwrap();
    assert_eq!(revocations[0].channel, answer.channels[0].channel);
}

#[tokio::test]
async fn until_the_rekey_is_numbered_the_revocation_is_retried_and_not_confirmed() {
    let mut bank = Bank::open().await;
    let (phone, _) = bank.enrolled("1001").await;
    bank.neighbour.state().notification_down = true;
    for _ in 0..2 {
        let refused = bank.ciam.revoke(phone.device).await.unwrap_err();
        assert!(matches!(refused, RevokeError::NotRekeyed(_)), "{refused}");
        assert_eq!(refused.code(), ErrorCode::Unavailable);
    }
    assert_eq!(listed(&bank.ciam).await, [(nth(2), phone.device)]);
    assert_eq!(bank.ciam.resume().await.unwrap().waiting, 1);

    bank.restart().await;
    assert_eq!(*bank.ciam.revocations().borrow(), nth(2));
    bank.neighbour.state().notification_down = false;
    assert_eq!(bank.ciam.resume().await.unwrap().rekeyed, 1);
    let asked = bank.neighbour.rekeys();
    assert_eq!(asked, [(phone.device, nth(2)); 4]);

    let revoked = bank.ciam.revoke(phone.device).await.unwrap();
    assert_eq!(revoked.revocation, nth(2));
    assert_eq!(bank.neighbour.rekeys(), asked, "it is numbered already");
}

#[tokio::test]
async fn a_dropped_call_changes_nothing() {
    let bank = Bank::with(Settings {
        retry_interval_ms: 1,
        ..Settings::new(ISSUER)
    })
    .await;
    let (phone, _) = bank.enrolled("1001").await;
    bank.neighbour.hold_rekeys.send_replace(true);
    let (ciam, device) = (bank.ciam.clone(), phone.device);
    let revoking = tokio::spawn(async move { ciam.revoke(device).await });
    bank.neighbour
        .until(|_| bank.neighbour.rekeys().len() == 1)
        .await;
    revoking.abort();
    bank.neighbour.hold_rekeys.send_replace(false);
    assert_eq!(bank.ciam.resume().await.unwrap().rekeyed, 1);
    assert_eq!(bank.ciam.resume().await.unwrap().rekeyed, 0);
}

#[tokio::test]
async fn a_revoked_device_gets_nothing_by_repeating_its_request() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    let challenge = bank.ciam.challenge().unwrap();
    let request = phone.request(&challenge, "1001", &code);
    bank.ciam.enrol(&request).await.unwrap();
    bank.ciam.revoke(phone.device).await.unwrap();
    let calls = bank.neighbour.calls();

    let refused = bank.ciam.enrol(&request).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DeviceRevoked);
    let refused = bank.enrol(&phone, "1001", &code).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DeviceRevoked);
    let other = bank.code("1001").await;
    let refused = bank.enrol(&phone, "1001", &other).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DeviceConflict);
    assert_eq!(bank.neighbour.calls(), calls, "nobody was asked");

    bank.enrol(&Phone::new(), "1001", &other).await.unwrap();
}

#[tokio::test]
async fn a_device_that_is_revoked_while_it_enrols_gets_no_token() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    bank.neighbour.hold_snapshots.send_replace(true);
    let revoked = async {
        let snapshot = |call: &Call| matches!(call, Call::Snapshot(..));
        bank.neighbour
            .until(|calls| calls.iter().any(snapshot))
            .await;
        bank.ciam.revoke(phone.device).await.unwrap();
        bank.neighbour.hold_snapshots.send_replace(false);
    };
    let (answer, ()) = tokio::join!(bank.enrol(&phone, "1001", &code), revoked);
    assert_eq!(answer.unwrap_err().code(), ErrorCode::DeviceRevoked);
}

#[tokio::test]
async fn a_device_that_is_revoked_before_its_grant_gets_none() {
    let bank = Bank::open().await;
    let (phone, code) = (Phone::new(), bank.code("1001").await);
    bank.neighbour.state().notification_down = true;
    bank.enrol(&phone, "1001", &code).await.unwrap_err();
    bank.neighbour.state().notification_down = false;
    bank.ciam.revoke(phone.device).await.unwrap();
    let refused = bank.enrol(&phone, "1001", &code).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DeviceRevoked);
    bank.advance(1000);
    let resumed = bank.ciam.resume().await.unwrap();
    assert_eq!((resumed.granted, resumed.waiting), (0, 0));
}

#[tokio::test]
async fn statements_and_revocations_share_one_growing_number() {
    let bank = Bank::open().await;
    let (first, _) = bank.enrolled("1").await;
    let (second, _) = bank.enrolled("2").await;
    bank.ciam.revoke(second.device).await.unwrap();
    bank.enrolled("3").await;
    bank.ciam.revoke(first.device).await.unwrap();
    let statements = bank.ciam.statements_after(0, 10).await.unwrap();
    let numbers: Vec<_> = statements.iter().map(|each| each.number).collect();
    assert_eq!(numbers, [nth(1), nth(2), nth(4)]);
    assert_eq!(
        listed(&bank.ciam).await,
        [(nth(3), second.device), (nth(5), first.device)]
    );
    let after = bank.ciam.revocations_after(nth(3), 100).await.unwrap();
    assert_eq!(after.len(), 1);
    assert_eq!(bank.ciam.revocations_after(0, 1).await.unwrap().len(), 1);
    let devices = bank
        .ciam
        .devices(&"2".parse().unwrap(), 0, 100)
        .await
        .unwrap();
    assert_eq!(devices[0].revocation, Some(nth(3)));
}

#[tokio::test]
async fn an_unknown_device_is_not_revoked() {
    let bank = Bank::open().await;
    let kept = bank.kept();
    let refused = bank.ciam.revoke(Phone::new().device).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DeviceUnknown);
    assert_eq!(bank.kept(), kept);
}

#[tokio::test]
async fn the_devices_of_a_customer_are_read_in_pages() {
    let bank = Bank::open().await;
    let mut enrolled = Vec::new();
    for _ in 0..5 {
        enrolled.push(bank.enrolled("1").await.0.device);
        bank.enrolled("2").await;
    }
    bank.ciam.revoke(enrolled[1]).await.unwrap();
    let customer = "1".parse().unwrap();
    let (mut read, mut after) = (Vec::new(), 0);
    for expected in [2, 2, 1, 0] {
        let page = bank.ciam.devices(&customer, after, 2).await.unwrap();
        assert_eq!(page.len(), expected);
        after = page.last().map_or(after, |device| device.statement);
        read.extend(page.iter().map(|device| device.device));
    }
    assert_eq!(read, enrolled);
}
