//! Orders that the bank asks to approve again, from terminal devices, with a restart between challenge and answer.

use crate::bank::{Bank, refused, shown};
use crate::on_device::{command, last, lines};
use crate::on_postgres;
use crate::orders::{booked, two};
use serde_json::Value;
use std::path::Path;

const MAY_BE_DONE: Option<i32> = Some(3);

/// Above 100 koruna to a new payee the bank asks again.
const SETTINGS: &str = "[orders]\nchallenge_new_payee_above = 100\n";

/// An order that the bank asks to approve again: its id.
fn challenged(device: &Path, pay: &[&str], reason: &str) -> String {
    let output = command(device, pay).args(["--yes", "--json"]).output();
    let output = output.unwrap();
    let told = String::from_utf8_lossy(&output.stderr).to_string();
    assert_eq!(output.status.code(), MAY_BE_DONE, "{told}");
    let order: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(order["state"], "approval_needed");
    assert_eq!(order["approval_reasons"][0], reason);
    assert_eq!(order["amount_is_pending"], true);
    assert!(order["approve_until"].as_u64() > order["created"].as_u64());
    let intent = order["intent"].as_str().unwrap().to_owned();
    let again = format!("orders approve --dir {} {intent}", device.display());
    assert!(told.contains(&again), "{told}");
    intent
}

fn an_order_is_approved_again(mut bank: Bank) {
    let ([one, other], [from, to]) = two(&bank);
    let before = [&one, &other].map(|device| booked(&shown(device, "--offline")));
    let pay = |amount| ["pay", amount, to.as_str(), "--from", from.as_str()];
    let paid = last(&one, &[&pay("100")[..], &["--yes"]].concat());
    assert_eq!(paid["state"], "done", "not above the amount");
    // Together they are above it.
    let intent = challenged(&one, &pay("0.50"), "new_payee");
    assert_eq!(booked(&shown(&other, "--once")), before[1] + 10_000);
    bank.kill();
    bank.start();
    assert_eq!(booked(&shown(&other, "--once")), before[1] + 10_000);

    // The same text is shown again, and nothing is signed without an answer.
    let approve = ["orders", "approve", intent.as_str()];
    let unsigned = command(&one, &approve).output().unwrap();
    let printed = String::from_utf8(unsigned.stdout).unwrap();
    assert!(
        printed.contains("Transfer\n  Amount: 0.50 CZK\n"),
        "{printed}"
    );
    assert!(
        printed.contains("asks you to approve it again"),
        "{printed}"
    );
    let told = String::from_utf8_lossy(&unsigned.stderr).to_string();
    assert!(
        !unsigned.status.success() && told.contains("--yes"),
        "{told}"
    );
    assert_eq!(lines(&one, &["orders"])[0]["state"], "approval_needed");

    let offline = [&approve[..], &["--yes", "--offline"]].concat();
    assert_eq!(last(&one, &offline)["state"], "approved");
    let told = last(&one, &[&approve[..], &["--yes"]].concat());
    assert_eq!(
        (&told["state"], &told["amount_is_pending"]),
        (&"done".into(), &false.into())
    );
    let after = [&one, &other].map(|device| booked(&shown(device, "--once")));
    assert_eq!(after, [before[0] - 10_050, before[1] + 10_050]);
    let told = refused(&mut command(&one, &[&approve[..], &["--yes"]].concat()));
    assert!(told.contains("does not ask"), "{told}");

    // Another one is cancelled instead.
    let intent = challenged(&one, &pay("7"), "new_payee");
    let cancelled = last(&one, &["orders", "cancel", &intent, "--yes"]);
    assert_eq!(cancelled["state"], "done");
    let orders = lines(&one, &["orders", "send"]);
    let target = orders
        .iter()
        .find(|order| order["intent"] == intent.as_str());
    assert_eq!(target.unwrap()["state"], "cancelled");
    assert_eq!(booked(&shown(&other, "--once")), after[1]);
    bank.stop();
    assert_eq!(bank.operate(&["audit", "verify"])["intact"], true);
}

/// Who has the phone, and not the passkey, moves no large amount.
#[test]
fn a_large_order_is_executed_only_after_a_login() {
    let settings = "[orders]\nchallenge_login_above = 1000\ncooling_off_hours = 0\n";
    let bank = Bank::sandbox(settings);
    let ([one, other], [from, to]) = two(&bank);
    let before = [&one, &other].map(|device| booked(&shown(device, "--offline")));
    let pay = |amount| ["pay", amount, to.as_str(), "--from", from.as_str()];
    let paid = last(&one, &[&pay("1000")[..], &["--yes"]].concat());
    assert_eq!(paid["state"], "done", "not above the amount");
    let unsigned = command(&one, &pay("1000.50")).output().unwrap();
    let printed = String::from_utf8(unsigned.stdout).unwrap();
    assert!(printed.contains("ask you to log in"), "{printed}");

    let intent = challenged(&one, &pay("1000.50"), "large_amount");
    let approve = ["orders", "approve", intent.as_str(), "--yes"];
    let told = refused(&mut command(&one, &approve));
    assert!(told.contains("no passkey"), "{told}");
    let order = &lines(&one, &["orders"])[0];
    assert_eq!(order["state"], "approval_needed");
    assert_eq!(order["approval_needs_login"], true);
    last(&one, &["orders", "cancel", &intent, "--yes"]);
    assert_eq!(booked(&shown(&other, "--once")), before[1] + 100_000);

    last(&one, &["passkeys", "add"]);
    let intent = challenged(&one, &pay("1000.50"), "large_amount");
    let approve = ["orders", "approve", intent.as_str(), "--yes"];
    assert_eq!(last(&one, &approve)["state"], "done");
    let after = [&one, &other].map(|device| booked(&shown(device, "--once")));
    assert_eq!(after, [before[0] - 200_050, before[1] + 200_050]);
    // The login for the first order is none for the second.
    let intent = challenged(&one, &pay("1001"), "large_amount");
    let sessions = lines(&one, &["sessions"]);
    let approve = ["orders", "approve", intent.as_str(), "--yes"];
    assert_eq!(last(&one, &approve)["state"], "done");
    assert_ne!(lines(&one, &["sessions"]), sessions, "logged in again");
}

#[test]
fn a_large_order_is_not_approved_with_a_new_passkey() {
    let bank = Bank::sandbox("[orders]\nchallenge_login_above = 1000\n");
    let ([one, other], [from, to]) = two(&bank);
    let before = booked(&shown(&other, "--once"));
    last(&one, &["passkeys", "add"]);
    let pay = ["pay", "1001", to.as_str(), "--from", from.as_str()];
    let intent = challenged(&one, &pay, "large_amount");
    let approve = ["orders", "approve", intent.as_str(), "--yes"];
    let told = refused(&mut command(&one, &approve));
    assert!(told.contains("too new for this order"), "{told}");
    assert_eq!(lines(&one, &["orders"])[0]["state"], "approval_needed");
    assert_eq!(booked(&shown(&other, "--once")), before);
}

#[test]
fn an_order_is_approved_again_on_sqlite() {
    an_order_is_approved_again(Bank::sandbox(SETTINGS));
}

#[test]
fn an_order_is_approved_again_on_postgresql() {
    let settings = on_postgres::shared() + SETTINGS;
    an_order_is_approved_again(Bank::sandbox(&settings));
}
