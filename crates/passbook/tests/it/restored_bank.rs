//! An older copy of the whole data directory, or of the core bank alone, is put back by hand.

use crate::bank::{Bank, device, shown, shown_with};
use crate::on_device::last;
use crate::orders::{booked, two};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use types::BusinessDate;

const ACCOUNT: &str = "2000000010";

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

fn post(bank: &Bank, purpose: &str, amount: &str) {
    bank.operate(&["post", ACCOUNT, amount, "--purpose", purpose]);
}

/// The purposes of the newest entries that a device shows, the newest first, once the first of them is `newest`.
fn purposes(directory: &Path, newest: &str) -> Vec<String> {
    let home = shown_with(directory, newest);
    assert_eq!(home["complete"], true);
    let entries = home["entries"].as_array().unwrap().iter();
    let purpose = |entry: &Value| entry["purpose"].as_str().map(str::to_owned);
    entries.filter_map(purpose).take(5).collect()
}

fn balances(directory: &Path) -> Value {
    shown(directory, "--once")["accounts"].clone()
}

/// The entries of the account that a device lists as withdrawn.
fn withdrawn(directory: &Path) -> Vec<String> {
    let listed = crate::bank::passbook()
        .args([
            "device",
            "--offline",
            "--json",
            "--account",
            ACCOUNT,
            "--dir",
        ])
        .arg(directory)
        .output()
        .unwrap();
    let lines = String::from_utf8(listed.stdout).unwrap();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|entry: &Value| entry["state"] == "withdrawn")
        .map(|entry| entry["purpose"].as_str().unwrap().to_owned())
        .collect()
}

/// What a device shows once it is over: the books as they are, as a new device does, and what was lost as withdrawn.
fn everything_is_as_in_the_books(bank: &Bank, phone: &Path) {
    for (purpose, amount) in [("NEW1", "1"), ("NEW2", "2"), ("NEW3", "3"), ("NEW4", "4")] {
        post(bank, purpose, amount);
    }
    let expected = ["NEW4", "NEW3", "NEW2", "NEW1", "BEFORE"];
    assert_eq!(purposes(phone, "NEW4"), expected);
    let (new, _) = bank.enrol("1001", "new");
    assert_eq!(purposes(&new, "NEW4"), expected);
    assert_eq!(balances(phone), balances(&new));
    assert_eq!(withdrawn(phone), ["LOST1", "LOST2", "LOST3"]);
    assert_eq!(withdrawn(&new), [""; 0]);
}

/// The core bank's copy is older than the stop, and the order is overdue when the servers start.
#[test]
fn a_core_bank_that_forgot_a_stop_executes_no_stopped_order() {
    let mut bank = Bank::sandbox("");
    let ([phone, other], [from, to]) = two(&bank);
    let before = booked(&shown(&other, "--once"));
    let today = bank.operate(&["clock"])["date"].clone();
    let today: BusinessDate = today.as_str().unwrap().parse().unwrap();
    let tomorrow = today.plus_days(1).unwrap().to_string();
    let pay = [
        "pay", "250.00", &to, "--from", &from, "--on", &tomorrow, "--yes",
    ];
    let waiting = last(&phone, &pay);
    assert_eq!(waiting["state"], "scheduled", "{waiting}");
    bank.stop();
    let (books, older) = (bank.data().join("bank.sqlite"), bank.path("older.sqlite"));
    copy(&books, &older);
    bank.start();
    last(&phone, &["stop-everything", "--yes"]);
    bank.stop();
    fs::remove_file(&books).unwrap();
    copy(&older, &books);
    let clock = "UPDATE clock SET ahead_ms = 10 * 86400000";
    let database = rusqlite::Connection::open(&books).unwrap();
    database.execute(clock, []).unwrap();
    database.close().unwrap();
    bank.start();

    assert_eq!(booked(&shown(&other, "--once")), before);
}

#[test]
fn after_a_whole_older_copy_a_device_shows_the_books_as_a_new_one_does() {
    let mut bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    post(&bank, "BEFORE", "1");
    purposes(&phone, "BEFORE");
    bank.stop();
    let older = bank.path("older");
    copy(&bank.data(), &older);
    bank.start();
    for purpose in ["LOST1", "LOST2", "LOST3"] {
        post(&bank, purpose, "100");
    }
    purposes(&phone, "LOST3");
    bank.stop();
    fs::remove_dir_all(bank.data()).unwrap();
    copy(&older, &bank.data());
    bank.start();
    everything_is_as_in_the_books(&bank, &phone);
}

#[test]
fn after_an_older_core_bank_a_channel_waits_until_a_person_has_it_restarted() {
    let mut bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    post(&bank, "BEFORE", "1");
    purposes(&phone, "BEFORE");
    bank.stop();
    let older = bank.path("older.sqlite");
    copy(&bank.data().join("bank.sqlite"), &older);
    bank.start();
    for purpose in ["LOST1", "LOST2", "LOST3"] {
        post(&bank, purpose, "100");
    }
    purposes(&phone, "LOST3");
    bank.stop();
    fs::remove_file(bank.data().join("bank.sqlite")).unwrap();
    copy(&older, &bank.data().join("bank.sqlite"));
    bank.start();

    let refused = device(&phone, "--once");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("(6003)"),
        "{said}"
    );
    let offline = shown(&phone, "--offline");
    assert_eq!(offline["complete"], false);
    let listed = bank.operate(&["channel", "list"]);
    let [contradicted] = &listed["channels"].as_array().unwrap()[..] else {
        panic!("one channel is contradicted: {listed}");
    };
    assert_eq!(contradicted["reason"], "books_went_back");
    let restarted = bank.operate(&["channel", "restart"]);
    assert_eq!(restarted["restarted"], 1);
    everything_is_as_in_the_books(&bank, &phone);
}

#[test]
fn an_erased_customer_is_known_to_nobody() {
    let bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    let erased = bank.operate(&["customer", "erase", "1001"]);
    assert_eq!(erased["known"], true);
    assert_eq!(bank.operate(&["customer", "erase", "1001"])["known"], false);
    let refused = device(&phone, "--once");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("(2009)"), "{said}");
    let (again, _) = bank.enrol("1001", "again");
    assert_eq!(shown(&again, "--once")["complete"], true);
}
