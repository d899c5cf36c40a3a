//! A customer stops everything: committed at once, followed until it is done, undone by the bank alone.

use crate::bank::{Bank, nth};
use crate::neighbour::Call;
use crate::person::{Person, code, passkey};
use crate::phone::Phone;
use audit::Act;
use ciam::ResumeError;
use protocol::http::EverythingStopped;
use serde_json::Value as Json;
use types::{CustomerId, DeviceId, ErrorCode};

pub(crate) fn customer() -> CustomerId {
    "1001".parse().unwrap()
}

async fn refused_enrolment(bank: &Bank, phone: &Phone, activation: &str) -> ErrorCode {
    bank.enrol(phone, "1001", activation)
        .await
        .unwrap_err()
        .code()
}

#[tokio::test]
async fn every_device_is_revoked_with_its_session_and_gateway_is_told() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    person.log_in(&passkey(1)).await.unwrap();
    let (second, _) = bank.enrolled("1001").await;
    let (revoked, _) = bank.enrolled("1001").await;
    bank.ciam.revoke(revoked.device).await.unwrap();
    let (other, _) = bank.enrolled("1002").await;
    assert_eq!(bank.count("session"), 1);
    let newest = *bank.ciam.revocations().borrow();

    let stopped = bank.ciam.stop_everything(second.device).await.unwrap();
    let expected = EverythingStopped {
        stopped: bank.now(),
        devices: 2,
        orders: Some(2),
    };
    assert_eq!(stopped, expected);
    assert_eq!(bank.count("session"), 0);
    assert!(*bank.ciam.revocations().borrow() > newest);
    let listed = bank.ciam.revocations_after(newest, 10).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|row| (row.device, row.by_stop)).collect();
    let first = person.phone.device;
    assert_eq!(listed, [(first, true), (second.device, true)]);
    let rekeyed = bank.neighbour.rekeys();
    let rekeyed: Vec<_> = rekeyed.iter().map(|(device, _)| *device).collect();
    assert_eq!(rekeyed, [revoked.device, first, second.device]);
    let number = newest + 4;
    assert_eq!(bank.neighbour.stops(), [Call::Stop(customer(), number)]);

    let acts = bank.acts();
    let by_stop = |act: &&Act| act.actor == second.device.to_string();
    let actions: Vec<_> = acts
        .iter()
        .filter(by_stop)
        .map(|act| act.action.as_str())
        .collect();
    let expected = ["device.revoked", "device.revoked", "customer.stopped"];
    assert!(actions.ends_with(&expected), "{actions:?}");

    // A second press, from whichever device, answers like the first.
    for device in [first, second.device] {
        assert_eq!(bank.ciam.stop_everything(device).await.unwrap(), stopped);
    }
    let again = Call::Stop(customer(), number);
    assert_eq!(bank.neighbour.stops(), vec![again; 3]);
    let renewed = bank.ciam.renew_token(first, Vec::new()).await.unwrap_err();
    assert_eq!(renewed.code(), ErrorCode::DeviceRevoked);
    assert!(
        bank.ciam
            .device(other.device)
            .await
            .unwrap()
            .unwrap()
            .active
    );
}

/// Over HTTP, with the channel token alone. The answer comes, although the device is revoked by then.
#[tokio::test]
async fn the_pressing_device_gets_its_answer_and_nothing_more() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let press = ("POST", "/v1/stop");
    let stopped = person.ask::<EverythingStopped>(press, &person.channel_token, None);
    assert_eq!(stopped.await.unwrap().devices, 1);
    for asked in [
        press,
        ("POST", "/v1/token"),
        ("POST", "/v1/login/challenge"),
    ] {
        let refused = person.ask::<Json>(asked, &person.channel_token, None).await;
        assert_eq!(code(&refused), ErrorCode::CustomerStopped);
    }
}

#[tokio::test]
async fn no_device_is_enrolled_until_the_bank_undoes_it() {
    let bank = Bank::open().await;
    let (phone, _) = bank.enrolled("1001").await;
    let earlier = bank.code("1001").await;
    bank.ciam.stop_everything(phone.device).await.unwrap();
    let new = Phone::new();
    let refused = refused_enrolment(&bank, &new, &earlier).await;
    assert_eq!(refused, ErrorCode::EnrolmentStopped);
    let wrong = refused_enrolment(&bank, &new, "0000000000000000").await;
    assert_eq!(wrong, ErrorCode::CodeInvalid, "nobody else learns of it");
    let refused = bank.ciam.issue_code(&customer()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::EnrolmentStopped);
    bank.enrolled("1002").await;

    let reason = "identified by passport at the branch";
    let resumed = bank.ciam.resume_customer(&customer(), reason).await;
    assert!(resumed.unwrap());
    let act = bank.acts().pop().unwrap();
    assert_eq!(
        (act.actor.as_str(), act.action.as_str()),
        ("operator", "customer.resumed")
    );
    assert_eq!(act.details["reason"].as_str(), reason);
    // The code may be in wrong hands.
    let refused = refused_enrolment(&bank, &new, &earlier).await;
    assert_eq!(refused, ErrorCode::CodeInvalid);
    let code = bank.code("1001").await;
    bank.enrol(&new, "1001", &code).await.unwrap();
    let revoked = bank.ciam.stop_everything(phone.device).await.unwrap_err();
    assert_eq!(revoked.code(), ErrorCode::DeviceRevoked);
    assert_eq!(bank.count("customer_stop"), 0);
    let again = bank.ciam.stop_everything(new.device).await.unwrap();
    assert_eq!(again.devices, 1);
}

#[tokio::test]
async fn what_gateway_did_not_do_is_repeated_after_a_restart() {
    let mut bank = Bank::open().await;
    let (phone, _) = bank.enrolled("1001").await;
    bank.neighbour.state().gateway_down = true;
    bank.neighbour.state().notification_down = true;
    let stopped = bank.ciam.stop_everything(phone.device).await.unwrap();
    assert_eq!((stopped.devices, stopped.orders), (1, None));
    assert_eq!(bank.ciam.tell_stops().await.unwrap(), [0, 1]);
    assert_eq!(bank.ciam.resume().await.unwrap().waiting, 1);
    let refused = bank.ciam.resume_customer(&customer(), "mistake").await;
    assert!(matches!(refused, Err(ResumeError::NotTold(_))));
    let untold = "customer_stop WHERE stopped = 1 AND told = 0";
    assert_eq!(bank.count(untold), 1, "it is not undone before it is done");

    bank.restart().await;
    bank.neighbour.state().gateway_down = false;
    bank.neighbour.state().notification_down = false;
    assert_eq!(bank.ciam.tell_stops().await.unwrap(), [1, 0]);
    let resumed = bank.ciam.resume().await.unwrap();
    assert_eq!((resumed.rekeyed, resumed.waiting), (1, 0));
    let numbers = bank.neighbour.stops();
    assert!(
        numbers
            .iter()
            .all(|call| *call == Call::Stop(customer(), nth(3)))
    );

    bank.neighbour.state().gateway_down = true;
    let refused = bank.ciam.resume_customer(&customer(), "mistake").await;
    assert!(matches!(refused, Err(ResumeError::NotTold(_))));
    bank.neighbour.state().gateway_down = false;
    let resumed = bank.ciam.resume_customer(&customer(), "mistake").await;
    assert!(resumed.unwrap(), "the first call failed");
    let ended = bank.acts().into_iter();
    let ended = ended.filter(|act| act.action == "customer.resumed");
    assert_eq!(ended.count(), 1, "the second call went on with the first");
    let last = bank.neighbour.stops().pop();
    assert_eq!(last, Some(Call::Resume(customer(), nth(4))));

    let code = bank.code("1001").await;
    let resumed = bank.ciam.resume_customer(&customer(), "mistake").await;
    assert!(!resumed.unwrap(), "it has ended");
    assert_ne!(bank.acts().pop().unwrap().action, "customer.resumed");
    bank.enrol(&Phone::new(), "1001", &code).await.unwrap();
}

#[tokio::test]
async fn nothing_waits_for_a_gateway_that_does_not_answer() {
    let bank = Bank::open().await;
    let (phone, _) = bank.enrolled("1001").await;
    bank.neighbour.state().gateway_down = true;
    bank.neighbour.state().notification_down = true;
    bank.ciam.stop_everything(phone.device).await.unwrap();
    bank.neighbour.state().notification_down = false;
    bank.neighbour.hold_stops.send_replace(true);
    let rekeys = bank.neighbour.rekeys().len();
    let ciam = bank.ciam.clone();
    let running = tokio::spawn(async move { ciam.run().await });
    bank.neighbour
        .until(|_| bank.neighbour.rekeys().len() > rekeys)
        .await;
    running.abort();
}

/// ciam's tables are an older copy that does not know the stop.
#[tokio::test]
async fn a_stop_that_ciam_forgot_is_ended_at_gateway() {
    let bank = Bank::open().await;
    bank.enrolled("1001").await;
    let resumed = bank.ciam.resume_customer(&customer(), "restored").await;
    assert!(!resumed.unwrap());
    let told = [Call::Resume(customer(), nth(2))];
    assert_eq!(bank.neighbour.stops(), told);
    let nobody = "nobody".parse().unwrap();
    let refused = bank.ciam.resume_customer(&nobody, "restored").await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::CustomerUnknown);
}

#[tokio::test]
async fn the_caller_need_not_wait() {
    let bank = Bank::open().await;
    let (phone, _) = bank.enrolled("1001").await;
    bank.neighbour.hold_rekeys.send_replace(true);
    let (ciam, device) = (bank.ciam.clone(), phone.device);
    let pressing = tokio::spawn(async move { ciam.stop_everything(device).await });
    bank.neighbour
        .until(|_| !bank.neighbour.rekeys().is_empty())
        .await;
    pressing.abort();
    let revoked: Vec<DeviceId> = listed(&bank).await;
    assert_eq!(revoked, [device]);
    bank.neighbour.hold_rekeys.send_replace(false);
    bank.neighbour
        .until(|_| !bank.neighbour.stops().is_empty())
        .await;
}

#[tokio::test]
async fn the_answer_does_not_wait_for_the_core_bank() {
    let bank = Bank::open().await;
    let (phone, _) = bank.enrolled("1001").await;
    bank.neighbour.hold_stops.send_replace(true);
    let stopped = bank.ciam.stop_everything(phone.device).await.unwrap();
    assert_eq!((stopped.devices, stopped.orders), (1, None));
    bank.neighbour.hold_stops.send_replace(false);
    while bank.count("customer_stop WHERE told = 0") > 0 {
        tokio::task::yield_now().await;
    }
}

async fn listed(bank: &Bank) -> Vec<DeviceId> {
    let revocations = bank.ciam.revocations_after(0, 10).await.unwrap();
    revocations.iter().map(|row| row.device).collect()
}

#[tokio::test]
async fn an_erased_customers_stop_is_forgotten() {
    let bank = Bank::open().await;
    let (phone, _) = bank.enrolled("1001").await;
    bank.ciam.stop_everything(phone.device).await.unwrap();
    bank.ciam.erase_customer(&customer()).await.unwrap();
    assert_eq!(bank.count("customer_stop"), 0);
    let refused = bank.ciam.stop_everything(phone.device).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DeviceRevoked);
}
