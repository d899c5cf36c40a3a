//! A browser's person: a passkey is registered, logs in, approves orders, and is removed.

use crate::bank::{Bank, shown};
use crate::bank_clock::system_clock;
use crate::on_device::{command, last, lines, refused};
use client::{Change, Device, Reception};
use client_native::{
    Backoff, Database, DeviceSecrets, HttpTransport, Native, SqliteStore, http_client, ports,
};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use types::AccountId;
use webauthn::RelyingParty;

const PATIENCE: Duration = Duration::from_secs(60);

fn browser(bank: &Bank, customer: &str, name: &str) -> PathBuf {
    let (code, directory) = (bank.code(customer), bank.path(name));
    let enrol = [
        "enrol",
        customer,
        &code,
        "--form",
        "browser",
        "--bank",
        &bank.public,
    ];
    last(&directory, &enrol);
    directory
}

fn account(directory: &Path) -> String {
    let home = shown(directory, "--once");
    home["accounts"][0]["account"].as_str().unwrap().to_owned()
}

#[test]
fn a_passkey_logs_in_and_approves_the_orders_of_a_browser_until_it_is_removed() {
    let bank = Bank::sandbox("");
    let one = browser(&bank, "1001", "one");
    let (other, _) = bank.enrol("1002", "other");
    let (from, to) = (account(&one), account(&other));
    let pay =
        |amount: &'static str| ["pay", amount, &to, "--from", &from, "--yes"].map(str::to_owned);
    let pay = |amount| pay(amount).to_vec();
    let words = |words: &[String]| {
        words
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let told = refused(&one, &words(&pay("1.00")).split(' ').collect::<Vec<_>>());
    assert!(told.contains("no passkey"), "{told}");
    let told = refused(&one, &["passkeys"]);
    assert!(
        told.contains("passbook login") || told.contains(" login"),
        "{told}"
    );

    let added = last(&one, &["passkeys", "add", "--name", "kitchen"]);
    let passkey = added["passkey"].as_str().unwrap().to_owned();
    let told = refused(&one, &["passkeys", "add"]);
    assert!(told.contains("log in first"), "{told}");
    let session = last(&one, &["login"])["session"].clone();
    assert_eq!(
        last(&one, &["passkeys", "add"])["passkey"],
        passkey.as_str(),
        "once"
    );
    assert_eq!(last(&one, &["sessions"])["session"], session);
    let listed = lines(&one, &["passkeys"]);
    assert_eq!((listed.len(), &listed[0]["name"]), (1, &"kitchen".into()));
    let entry = shown(&one, "--once").to_string();
    assert!(entry.contains("passkey.added"), "{entry}");

    let paid = last(&one, &words(&pay("250.00")).split(' ').collect::<Vec<_>>());
    assert_eq!(paid["state"], "done");

    // An order waits in the outbox; meanwhile its passkey is removed.
    let queued = [pay("5.00"), vec!["--offline".to_owned()]].concat();
    let queued = last(&one, &words(&queued).split(' ').collect::<Vec<_>>());
    assert_eq!(queued["state"], "waiting_for_network");
    assert_eq!(
        last(&one, &["passkeys", "remove", &passkey])["passkey"],
        passkey.as_str()
    );
    lines(&one, &["orders", "send"]);
    let orders = lines(&one, &["orders", "--offline"]);
    let order = orders
        .iter()
        .find(|order| order["intent"] == queued["intent"])
        .unwrap();
    assert_eq!(order["state"], "refused", "{order}");
    assert!(order["reason"] == "order_approval_invalid", "{order}");
    let told = refused(&one, &["login"]);
    assert!(told.contains("did not accept the passkey"), "{told}");
    assert!(
        refused(&one, &["sessions"]).contains("login"),
        "its session ended with it"
    );
    let unlock = ["customer", "unlock", "1001", "--reason", "identified"];
    assert_eq!(bank.operate(&unlock)["forgotten"], 2);
}

#[test]
fn a_person_removes_a_lost_device_with_a_recent_login() {
    let bank = Bank::sandbox("");
    let ((one, own), (lost, lost_id)) = (bank.enrol("1001", "one"), bank.enrol("1001", "lost"));
    let (_, strangers) = bank.enrol("1002", "other");
    let told = refused(&one, &["devices"]);
    assert!(told.contains(" login"), "{told}");
    last(&one, &["passkeys", "add"]);
    last(&one, &["login"]);
    let listed = lines(&one, &["devices"]);
    let devices: Vec<_> = listed
        .iter()
        .map(|row| (row["device"].as_str().unwrap(), row["current"] == true))
        .collect();
    assert_eq!(devices, [(own.as_str(), true), (lost_id.as_str(), false)]);
    let told = refused(&one, &["devices", "remove", &strangers]);
    assert!(told.contains("no such device"), "{told}");
    let removed = last(&one, &["devices", "remove", &lost_id]);
    assert_eq!(removed["device"], lost_id.as_str());
    assert_eq!(lines(&one, &["devices"]).len(), 1);
    assert!(refused(&lost, &["device", "--once"]).contains("revoked"));
    let entry = shown(&one, "--once").to_string();
    assert!(entry.contains("device.removed"), "{entry}");
}

#[test]
fn a_device_lets_another_one_in_without_the_bank() {
    let bank = Bank::sandbox("");
    let (one, _) = bank.enrol("1001", "one");
    last(&one, &["passkeys", "add"]);
    last(&one, &["login"]);
    let made = last(&one, &["devices", "add"]);
    let code = ["code", "root"].map(|part| made[part].as_str().unwrap());
    let code = code.join("-");
    let other = bank.path("other");
    let enrol = ["enrol", "1001", &code, "--json", "--bank", &bank.public];
    let mut enrolling = command(&other, &enrol);
    let mut enrolling = enrolling.stdout(Stdio::piped()).spawn().unwrap();
    let mut printed = BufReader::new(enrolling.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&printed.next().unwrap().unwrap()).unwrap() };
    let waits = next();
    assert_eq!(waits["state"], "waiting");
    let waiting = last(&one, &["devices", "waiting"]);
    let id = waiting["device"].as_str().unwrap();
    assert_eq!(waiting["form"], "app");
    let number = waits["number"].as_str().unwrap();
    let approved = last(&one, &["devices", "approve", id, number]);
    assert_eq!(approved["approved"], true);
    let enrolled = next();
    assert_eq!(
        (&enrolled["device"], &enrolled["complete"]),
        (&id.into(), &true.into())
    );
    assert!(enrolling.wait().unwrap().success());
    assert_eq!(lines(&one, &["devices"]).len(), 2);
    let entry = shown(&one, "--once").to_string();
    assert!(entry.contains("device.added"), "{entry}");

    // Another number refuses the device.
    let made = last(&one, &["devices", "add"]);
    let code = ["code", "root"].map(|part| made[part].as_str().unwrap());
    let code = code.join("-");
    let third = bank.path("third");
    let enrol = ["enrol", "1001", &code, "--json", "--bank", &bank.public];
    let mut enrolling = command(&third, &enrol);
    let enrolling = enrolling
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let waiting = loop {
        if let Some(waiting) = lines(&one, &["devices", "waiting"]).pop() {
            break waiting;
        }
        assert!(begun.elapsed() < PATIENCE, "no device waits");
    };
    let id = waiting["device"].as_str().unwrap();
    let told = refused(&one, &["devices", "approve", id, "no number"]);
    assert!(told.contains("make a new code"), "{told}");
    let ended = enrolling.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).to_string();
    assert!(
        !ended.status.success() && told.contains("was not accepted"),
        "{told}"
    );
}

/// The device in a directory, in this process.
async fn opened(bank: &Bank, directory: &Path) -> Device<Native> {
    let secrets = DeviceSecrets::open(&directory.join("keys.json")).unwrap();
    let (keys, inbox_key, storage_key) = secrets.keys_at(RelyingParty::at(&bank.public));
    let database = Database::open(&directory.join("store.sqlite")).unwrap();
    let ports = ports(
        SqliteStore::new(&database, "device"),
        keys,
        HttpTransport::new(http_client().unwrap(), &bank.public).unwrap(),
        Backoff::up_to_ms(1_000),
        system_clock(),
    );
    let device = Device::open(ports.unwrap(), inbox_key, storage_key);
    device.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_logs_in_while_the_device_is_live_and_stays_so() {
    // Another test of this process may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let bank = Bank::sandbox("");
    let (directory, _) = bank.enrol("1001", "one");
    last(&directory, &["passkeys", "add"]);
    let account = account(&directory);
    let mut device = opened(&bank, &directory).await;
    let (owner, handle, mut changes) = client::owner();
    let uses = async {
        while let Some(update) = changes.next().await {
            if matches!(update.change, Change::Live) {
                break;
            }
        }
        let session = handle.log_in().await.unwrap();
        let booked = |shown: &client::Shown| {
            let id: AccountId = account.parse().unwrap();
            shown.funds(&id).unwrap().unwrap().booked.minor_units()
        };
        let before = booked(&handle.shown().await.unwrap());
        bank.operate(&["post", &account, "2.50"]);
        while let Some(update) = changes.next().await {
            if booked(&update.shown) == before + 250 {
                break;
            }
        }
        handle.stop().await.unwrap();
        session
    };
    let run = owner.run(&mut device, Reception::Live);
    let (stopped, session) = tokio::join!(run, tokio::time::timeout(PATIENCE, uses));
    stopped.unwrap();
    drop(device);
    let listed = last(&directory, &["sessions"]);
    assert_eq!(listed["session"], session.unwrap().to_string());
}
