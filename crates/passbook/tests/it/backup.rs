//! A backup is made while postings go on; what was posted after it is lost, and devices show the books as they are.

use crate::bank::{Bank, PATIENCE, passbook, refused, shown, shown_with};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

const ACCOUNT: &str = "2000000010";

fn post(bank: &Bank, purpose: &str, amount: &str) {
    bank.operate(&["post", ACCOUNT, amount, "--purpose", purpose]);
}

/// Posts again and again while something is done, before it and after it at least once; how often.
fn while_posting<T>(bank: &Bank, work: impl FnOnce() -> T) -> (T, u32) {
    let done = AtomicBool::new(false);
    let mut posted = 1;
    post(bank, "MEANWHILE", "1");
    std::thread::scope(|scope| {
        let posting = scope.spawn(|| {
            let mut posted = 0;
            while !done.load(Ordering::SeqCst) {
                post(bank, "MEANWHILE", "1");
                posted += 1;
            }
            posted
        });
        let worked = work();
        done.store(true, Ordering::SeqCst);
        posted += posting.join().unwrap();
        (worked, posted)
    })
}

fn restore(bank: &Bank, backup: &Path, vault: &Path) -> std::process::Command {
    let mut command = passbook();
    command.arg("restore").arg(backup).arg("--vault").arg(vault);
    command
        .arg("--json")
        .arg("--config")
        .arg(bank.configuration());
    command
}

/// A bank with a device, a backup with its vault's copy, and how many entries the device has had meanwhile.
fn backed_up() -> (Bank, PathBuf, [PathBuf; 2]) {
    let bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    post(&bank, "BEFORE", "5");
    shown_with(&phone, "BEFORE");
    let paths = [bank.path("backup"), bank.path("keys")];
    let [backup, vault] = paths.each_ref().map(|path| path.to_str().unwrap());
    let (made, posted) = while_posting(&bank, || {
        bank.operate(&["backup", backup, "--vault", vault])
    });
    assert!(made["files"].as_u64().unwrap() >= 10, "{made}");
    assert!(posted >= 2);
    (bank, phone, paths)
}

/// What a device shows once that is its newest entry and nothing is open about it.
fn complete(directory: &Path, newest: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let home = shown_with(directory, newest);
        if home["complete"] == true {
            return home;
        }
        assert!(Instant::now() < deadline, "{home}");
    }
}

#[test]
fn what_was_backed_up_while_postings_went_on_is_restored_without_another_command() {
    let (mut bank, phone, [backup, vault]) = backed_up();
    assert!(!backup.join("vault.json").exists());
    for purpose in ["LOST1", "LOST2", "LOST3"] {
        post(&bank, purpose, "100");
    }
    shown_with(&phone, "LOST3");
    bank.stop();
    let data = bank.data();
    let not_empty = refused(&mut restore(&bank, &backup, &vault));
    assert!(not_empty.contains("is not empty"), "{not_empty}");
    fs::rename(&data, bank.path("lost")).unwrap();
    let restored = restore(&bank, &backup, &vault).output().unwrap();
    let restored = crate::bank::json(&restored);
    assert_eq!(
        restored["verified"].as_array().unwrap().len(),
        12,
        "{restored}"
    );

    bank.start();
    for (purpose, amount) in [("NEW1", "1"), ("NEW2", "2"), ("NEW3", "3"), ("NEW4", "4")] {
        post(&bank, purpose, amount);
    }
    let old = complete(&phone, "NEW4");
    let (new, _) = bank.enrol("1001", "new");
    let new = complete(&new, "NEW4");
    assert_eq!(old["accounts"], new["accounts"]);
    let purposes = |home: &Value| -> Vec<String> {
        let entries = home["entries"].as_array().unwrap().iter();
        let purposes = entries.filter_map(|entry| entry["purpose"].as_str());
        purposes.map(str::to_owned).take(5).collect()
    };
    assert_eq!(purposes(&old), purposes(&new));
    assert_eq!(purposes(&old)[..4], ["NEW4", "NEW3", "NEW2", "NEW1"]);
    assert!(
        !purposes(&old)
            .iter()
            .any(|purpose| purpose.starts_with("LOST"))
    );
    assert_eq!(
        bank.operate(&["channel", "list"])["channels"],
        serde_json::json!([])
    );
    assert_eq!(shown(&phone, "--offline")["complete"], true);
}

#[test]
fn what_is_altered_or_unfinished_or_of_another_vault_is_not_restored() {
    let (mut bank, _, [backup, vault]) = backed_up();
    let again = bank.refused(&["backup", backup.to_str().unwrap()]);
    assert!(
        again.contains("(7005)") || again.contains("is not empty"),
        "{again}"
    );
    let within = bank.path("other");
    let inside = within.join("vault.json");
    let together = [
        "backup",
        within.to_str().unwrap(),
        "--vault",
        inside.to_str().unwrap(),
    ];
    let together = bank.refused(&together);
    assert!(together.contains("apart from the backup"), "{together}");
    bank.stop();
    fs::rename(bank.data(), bank.path("lost")).unwrap();

    let file = backup.join("ciam.sqlite");
    let whole = fs::read(&file).unwrap();
    let mut altered = whole.clone();
    altered[5_000] ^= 1;
    fs::write(&file, altered).unwrap();
    let told = refused(&mut restore(&bank, &backup, &vault));
    assert!(
        told.contains("ciam.sqlite differs from the backup's manifest"),
        "{told}"
    );
    fs::write(&file, whole).unwrap();
    let half = refused(&mut restore(&bank, &backup, &vault));
    assert!(half.contains("is not empty"), "{half}");
    let missing = bank.refused(&["check"]);
    assert!(missing.contains("is missing"), "{missing}");

    fs::remove_dir_all(bank.data()).unwrap();
    let other = Bank::sandbox("");
    let told = refused(&mut restore(
        &bank,
        &backup,
        &other.data().join("vault.json"),
    ));
    assert!(told.contains("belongs to another deployment"), "{told}");

    fs::remove_dir_all(bank.data()).unwrap();
    fs::rename(backup.join("backup.json"), bank.path("backup.json")).unwrap();
    let told = refused(&mut restore(&bank, &backup, &vault));
    assert!(told.contains("was not finished"), "{told}");
}
