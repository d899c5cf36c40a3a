//! Orders from terminal devices, with a network and without: what is signed is shown, and what became of it.

use crate::bank::{Bank, json, refused, shown};
use crate::on_device::{command, last, lines};
use client::{Device, OrderState};
use client_native::{Backoff, Database, DeviceSecrets, NoNetwork, Offline, SqliteStore, ports};
use order::{Creditor, Locale, OrderFields, OrderKind, Scheme};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use types::{Currency, Money, Time};
use webauthn::RelyingParty;

fn account(home: &Value) -> String {
    home["accounts"][0]["account"].as_str().unwrap().to_owned()
}

pub(crate) fn booked(home: &Value) -> i64 {
    let booked = &home["accounts"][0]["balances"]["booked"]["minor_units"];
    booked.as_i64().unwrap()
}

/// Two customers' devices and their first accounts.
pub(crate) fn two(bank: &Bank) -> ([std::path::PathBuf; 2], [String; 2]) {
    let (one, _) = bank.enrol("1001", "one");
    let (other, _) = bank.enrol("1002", "other");
    let accounts = [&one, &other].map(|device| account(&shown(device, "--once")));
    ([one, other], accounts)
}

#[test]
fn a_payment_is_shown_signed_executed_and_on_both_devices() {
    let bank = Bank::sandbox("");
    let ([one, other], [from, to]) = two(&bank);
    let before = [&one, &other].map(|device| booked(&shown(device, "--offline")));
    let pay = [
        "pay",
        "250.00",
        &to,
        "--from",
        &from,
        "--reference",
        "Lunch",
    ];
    let text = format!(
        "Transfer\nAmount: 250.00 CZK\nAccount: {to}\nFrom: {from}\nReference: Lunch\nOn: at once"
    );

    // Without --yes the text is shown, and nothing is signed.
    let unsigned = command(&one, &pay).output().unwrap();
    let printed = String::from_utf8(unsigned.stdout).unwrap();
    assert!(printed.starts_with(&text), "{printed}");
    let told = String::from_utf8_lossy(&unsigned.stderr).to_string();
    assert!(
        !unsigned.status.success() && told.contains("--yes"),
        "{told}"
    );
    let review = command(&one, &pay).arg("--json").output().unwrap();
    let review: Value = serde_json::from_slice(&review.stdout).unwrap();
    assert_eq!(
        (&review["state"], &review["text"]),
        (&"review".into(), &text.clone().into())
    );
    assert_eq!(review["objections"][0]["reason"], "new_payee");
    assert_eq!(
        last(&one, &["orders"])["orders"],
        20,
        "no voucher was spent"
    );

    let paid = last(&one, &[&pay[..], &["--yes"]].concat());
    assert_eq!(
        (&paid["state"], &paid["text"]),
        (&"done".into(), &text.into())
    );
    assert_eq!(paid["amount_is_pending"], false);
    let after = [&one, &other].map(|device| shown(device, "--once"));
    assert_eq!(booked(&after[0]), before[0] - 25_000);
    assert_eq!(booked(&after[1]), before[1] + 25_000);
    assert!(after[1].to_string().contains("Lunch"));
}

/// The name is compared before anything is signed, and vouchers are there as soon as the device is enrolled.
#[test]
fn the_bank_says_to_whom_the_account_belongs_before_an_order_is_signed() {
    let mut bank = Bank::sandbox("");
    let ([one, _], [from, to]) = two(&bank);
    let check = |name: &str, expected: Option<&str>| {
        let mut pay = command(&one, &["pay", "1", &to, "--from", &from, "--name", name]);
        let unsigned = pay.output().unwrap();
        assert!(!unsigned.status.success(), "nobody answered");
        let printed = String::from_utf8(unsigned.stdout).unwrap();
        match expected {
            Some(expected) => assert!(printed.contains(expected), "{printed}"),
            None => assert!(!printed.contains("belong"), "{printed}"),
        }
    };
    check(
        "Somebody Else",
        Some("The account does not belong to Somebody Else, or does not exist."),
    );
    let holder = "Klára Pokorný";
    check(holder, Some("The account belongs to Klára Pokorný."));
    assert_eq!(lines(&one, &["orders"]).len(), 1, "nothing was signed");
    bank.kill();
    check("Somebody Else", None);
}

#[test]
fn a_device_orders_offline_as_soon_as_it_is_enrolled() {
    let mut bank = Bank::sandbox("");
    let (one, _) = bank.enrol("1001", "one");
    bank.kill();
    let home = shown(&one, "--offline");
    let from = account(&home);
    let pay = ["pay", "1", "2000000020", "--from", &from];
    let queued = last(&one, &[&pay[..], &["--yes", "--offline"]].concat());
    assert_eq!(queued["state"], "waiting_for_network");
}

/// The offline story: readable, ordered, ended, back, executed, booked, nothing pending.
#[test]
fn an_order_without_a_network_waits_and_is_executed_when_there_is_one() {
    let mut bank = Bank::sandbox("");
    let ([one, other], [from, to]) = two(&bank);
    last(&one, &["orders", "send"]);
    bank.kill();
    let home = shown(&one, "--offline");
    let before = booked(&home);
    let pay = ["pay", "12.50", &to, "--from", &from, "--yes", "--wait", "1"];
    for offline in [&["--offline"][..], &[]] {
        let queued = last(&one, &[&pay[..], offline].concat());
        assert_eq!(queued["state"], "waiting_for_network", "{offline:?}");
        assert_eq!(queued["amount_is_pending"], true);
    }
    let home = shown(&one, "--offline");
    assert_eq!(home["accounts"][0]["pending"]["minor_units"], 2_500);
    assert_eq!(
        home["accounts"][0]["expected"]["minor_units"],
        before - 2_500
    );
    let told = refused(&mut command(&one, &["orders", "send"]));
    assert!(told.contains("cannot be reached"), "{told}");

    bank.start();
    let deadline = std::time::Instant::now() + crate::bank::PATIENCE;
    let mut home = shown(&one, "--once");
    let done = |order: &Value| order["state"] == "done" && order["amount_is_pending"] == false;
    // The booking and the outcome are entries of two subjects, and come in either order.
    let are_done = || {
        lines(&one, &["orders", "--offline"])
            .iter()
            .take(2)
            .all(done)
    };
    while home["accounts"][0]["pending"] != Value::Null || !are_done() {
        assert!(std::time::Instant::now() < deadline, "{home}");
        home = shown(&one, "--once");
    }
    assert_eq!(booked(&home), before - 2_500);
    let newest = shown(&other, "--once")["entries"].to_string();
    assert_eq!(newest.matches("1250").count(), 2, "once each: {newest}");
}

/// The device in a directory, without a network, as it was so long ago.
#[allow(clippy::disallowed_methods, reason = "a device has the system's clock")]
async fn earlier(directory: &Path, hours: u64) -> Device<Offline> {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now_ms = u64::try_from(since_1970.as_millis()).unwrap();
    let then = Time::from_ms(now_ms - hours * 3_600_000);
    let secrets = DeviceSecrets::open(&directory.join("keys.json")).unwrap();
    let (keys, inbox_key, storage_key) = secrets.keys_at(RelyingParty::at(""));
    let database = Database::open(&directory.join("store.sqlite")).unwrap();
    let ports = ports(
        SqliteStore::new(&database, "device"),
        keys,
        NoNetwork,
        Backoff::up_to_ms(1),
        Arc::new(move || then),
    );
    Device::open(ports.unwrap(), inbox_key, storage_key)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_too_late_expires_while_the_bank_cannot_be_reached() {
    let mut bank = Bank::sandbox("");
    let ([one, _], [from, to]) = two(&bank);
    last(&one, &["orders", "send"]);
    bank.kill();
    for how in [&["orders", "--offline"][..], &["orders"]] {
        let mut device = earlier(&one, 25).await;
        let fields = OrderFields {
            debit_account: Some(from.clone()),
            amount: Some(Money::new(700, Currency::CZK)),
            creditor: Some(Creditor::new(Scheme::Account, &to)),
            ..OrderFields::new(OrderKind::Transfer)
        };
        let review = device.compose(fields, Locale::En).unwrap();
        let order = device.submit(&review).await.unwrap();
        assert_eq!(order.state, OrderState::WaitingForNetwork);
        drop(device);
        let pending = shown(&one, "--offline")["accounts"][0]["pending"].clone();
        assert_eq!(pending["minor_units"], 700);

        let newest = lines(&one, how).remove(0);
        assert_eq!(newest["intent"], order.intent.to_string());
        assert_eq!(newest["state"], "expired", "{how:?}");
        assert_eq!(newest["amount_is_pending"], false);
        let home = shown(&one, "--offline");
        assert_eq!(home["accounts"][0]["pending"], Value::Null, "{home}");
    }
}

#[test]
fn a_refused_order_says_why_and_what_cannot_be_signed_is_not() {
    let bank = Bank::sandbox("");
    let ([one, _], [from, to]) = two(&bank);
    let pay = |amount: &str, to: &str, more: &[&str]| {
        let pay = ["pay", amount, to, "--from", from.as_str(), "--yes"];
        refused(&mut command(&one, &[&pay[..], more].concat()))
    };
    let check = |told: String, expected: &str| assert!(told.contains(expected), "{told}");
    check(
        pay("1", "999999", &[]),
        "The receiving account does not exist",
    );
    check(pay("0", &to, &[]), "greater than zero");
    check(pay("1 EUR", &to, &[]), "The account is in CZK");
    check(pay("1", &from, &[]), "to the same account");
    check(pay("1", &to, &["--on", "2020-01-01"]), "has passed");
    check(pay("1", &to, &["--reference", "a\u{202e}b"]), "reference");
    check(pay("100000.01", &to, &[]), "at most 100,000.00 CZK");
    for scheme in [&["--scheme", "iban"][..], &[]] {
        let more = [scheme, &["--name", "x"]].concat();
        check(pay("1", "CZ6508000000192000145398", &more), "IBAN");
    }
    let orders = lines(&one, &["orders"]);
    assert_eq!(orders.len(), 2, "the first was signed, and the vouchers");
    assert_eq!(
        (&orders[0]["state"], &orders[0]["reason"]),
        (&"refused".into(), &"creditor_unknown".into())
    );
    assert_eq!(orders[0]["amount_is_pending"], false);

    // A cancellation that comes too late.
    let done = last(&one, &["pay", "1", &to, "--from", &from, "--yes"]);
    let intent = done["intent"].as_str().unwrap();
    let told = refused(&mut command(&one, &["orders", "cancel", intent, "--yes"]));
    assert!(told.contains("too late"), "{told}");
    let page = command(&one, &["orders", "--offline"]).output().unwrap();
    let page = String::from_utf8(page.stdout).unwrap();
    let expected = "=> refused: The receiving account does not exist";
    assert!(page.contains(expected), "{page}");
}

#[test]
fn a_revoked_devices_queued_order_is_refused_and_never_executed() {
    let mut bank = Bank::sandbox("");
    let ([one, other], [from, to]) = two(&bank);
    let (lost, id) = bank.enrol("1001", "lost");
    last(&lost, &["orders", "send"]);
    let before = [&one, &other].map(|device| booked(&shown(device, "--once")));
    bank.kill();
    let pay = ["pay", "12.50", &to, "--from", &from, "--yes"];
    let queued = last(&lost, &pay);
    assert_eq!(queued["state"], "waiting_for_network");
    bank.start();
    bank.operate(&["revoke", &id]);

    let told = refused(&mut command(&lost, &["orders", "send"]));
    assert!(told.contains("this device was revoked"), "{told}");
    let order = lines(&lost, &["orders", "--offline"]).remove(0);
    assert_eq!(order["intent"], queued["intent"]);
    assert_eq!(
        (&order["state"], &order["reason"]),
        (&"refused".into(), &"order_device_removed".into())
    );
    assert_eq!(order["amount_is_pending"], false);
    let message = order["message"].as_str().unwrap();
    assert!(message.contains("This device was removed"), "{message}");

    // An order that came after it has gone through.
    last(&one, &["pay", "1", &to, "--from", &from, "--yes"]);
    let after = [&one, &other].map(|device| booked(&shown(device, "--once")));
    assert_eq!(after, [before[0] - 100, before[1] + 100]);
}

#[test]
fn payees_standing_orders_and_dated_orders_are_made_and_undone() {
    let bank = Bank::sandbox("");
    let ([one, _], [from, to]) = two(&bank);
    last(&one, &["payees", "add", &to, "--own-name", "Jan", "--yes"]);
    let payee = last(&one, &["payees", "--offline"]);
    assert!(payee["text"].as_str().unwrap().contains("Name: Jan"));
    let payee = payee["id"].as_str().unwrap();

    let every = [
        "--every",
        "month",
        "--first",
        "2999-12-31",
        "--from",
        &from,
        "--yes",
    ];
    let create = ["standing", "create", "40", "--payee", payee];
    last(&one, &[&create[..], &every].concat());
    let standing = last(&one, &["standing", "--offline"]);
    assert_eq!(standing["amount"]["minor_units"], 4_000);
    last(
        &one,
        &["standing", "end", standing["id"].as_str().unwrap(), "--yes"],
    );
    assert!(lines(&one, &["standing", "--offline"]).is_empty());

    let dated = [
        "pay",
        "7",
        "--payee",
        payee,
        "--from",
        &from,
        "--on",
        "2999-12-31",
    ];
    let scheduled = last(&one, &[&dated[..], &["--yes"]].concat());
    assert_eq!(
        (&scheduled["state"], &scheduled["date"]),
        (&"scheduled".into(), &"2999-12-31".into())
    );
    assert_eq!(scheduled["amount_is_pending"], true);
    let intent = scheduled["intent"].as_str().unwrap();
    assert_eq!(
        last(&one, &["orders", "cancel", intent, "--yes"])["state"],
        "done"
    );
    let cancelled = lines(&one, &["orders", "--offline"]).remove(1);
    assert_eq!(
        (&cancelled["state"], &cancelled["amount_is_pending"]),
        (&"cancelled".into(), &false.into())
    );

    last(&one, &["payees", "remove", payee, "--yes"]);
    assert!(lines(&one, &["payees", "--offline"]).is_empty());
    let check = ["payees", "check", &to, "--name", "Nobody of that name"];
    assert_eq!(
        json(&command(&one, &check).arg("--json").output().unwrap())["result"],
        "none"
    );
}
