//! A device's directory with a file that is missing, emptied or cut, and on a file system that cannot be written to.

use crate::bank::{Bank, device, json, passbook, refused, shown};
use serde_json::Value;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

fn offline(directory: &Path) -> Command {
    let mut command = passbook();
    command.args(["device", "--offline", "--json", "--dir"]);
    command.arg(directory);
    command
}

#[test]
fn what_the_store_holds_is_shown_without_the_banks_url() {
    let bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    let before = shown(&phone, "--offline");
    let url = phone.join("bank-url");
    for text in [Some(""), Some("http"), Some("\0\0\0"), None] {
        match text {
            Some(text) => std::fs::write(&url, text).unwrap(),
            None => std::fs::remove_file(&url).unwrap(),
        }
        let after = shown(&phone, "--offline");
        assert_eq!(after["entries"], before["entries"]);
        assert_eq!(after["accounts"], before["accounts"]);
        let told = refused(passbook().args(["device", "--once", "--dir"]).arg(&phone));
        assert!(
            told.contains("bank-url does not have the bank's URL: write it there"),
            "{told}"
        );
    }
    std::fs::write(&url, format!("{}\n", bank.public)).unwrap();
    assert_eq!(shown(&phone, "--once")["complete"], true);
}

#[test]
fn a_key_file_that_is_emptied_or_cut_is_named_and_left_as_it_is() {
    let bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    let keys = phone.join("keys.json");
    let whole = std::fs::read_to_string(&keys).unwrap();
    for cut in ["", &whole[..whole.len() / 2], "{}"] {
        std::fs::write(&keys, cut).unwrap();
        let told = refused(&mut offline(&phone));
        assert!(
            told.contains("phone/keys.json: nothing of the device opens"),
            "{told}"
        );
        let again = bank.enrolment("1001", &bank.code("1001"), &phone);
        let told = String::from_utf8_lossy(&again.stderr).to_string();
        assert!(
            !again.status.success() && told.contains("phone/keys.json"),
            "{told}"
        );
        assert_eq!(std::fs::read_to_string(&keys).unwrap(), cut);
    }
}

#[test]
fn another_process_that_has_the_device_does_not_keep_a_reader_out() {
    let bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    let held = std::fs::File::open(phone.join("store.sqlite.lock")).unwrap();
    held.lock().unwrap();
    assert!(!device(&phone, "--once").status.success());
    assert!(shown(&phone, "--offline")["accounts"].as_array().is_some());
}

/// Runs a command as somebody who may read what is in `directory` and write nothing there, whoever runs the tests.
fn only_reading(directory: &Path, arguments: &[&str]) -> Value {
    const NOBODY: u32 = 65_534;
    let mut command = Command::new(directory.join("passbook"));
    command.args(arguments).arg("--json").current_dir(directory);
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        assert!(
            command
                .args(arguments)
                .arg(directory)
                .status()
                .unwrap()
                .success()
        );
    };
    if rustix::process::geteuid().is_root() {
        run("chown", &["-R", &NOBODY.to_string()]);
        command.uid(NOBODY).gid(NOBODY);
    }
    run("chmod", &["-R", "a-w"]);
    let output = command.output().unwrap();
    run("chmod", &["-R", "u+w"]);
    json(&output)
}

#[test]
fn a_device_and_a_data_directory_are_read_where_nothing_can_be_written() {
    let mut bank = Bank::sandbox("");
    let (phone, _) = bank.enrol("1001", "phone");
    let before = shown(&phone, "--offline");
    std::fs::copy(env!("CARGO_BIN_EXE_passbook"), bank.path("passbook")).unwrap();
    for killed in [false, true] {
        if killed {
            bank.start();
            bank.kill();
            // As a device leaves its store that is killed, too.
            let store = phone.join("store.sqlite");
            let open = rusqlite::Connection::open(&store).unwrap();
            open.execute_batch("UPDATE record SET value = value")
                .unwrap();
            for suffix in ["-wal", "-shm"] {
                let (from, to) = (format!("store.sqlite{suffix}"), format!("kept{suffix}"));
                std::fs::copy(phone.join(from), phone.join(to)).unwrap();
            }
            drop(open);
            for suffix in ["-wal", "-shm"] {
                let (from, to) = (format!("kept{suffix}"), format!("store.sqlite{suffix}"));
                std::fs::rename(phone.join(from), phone.join(to)).unwrap();
            }
        } else {
            bank.stop();
        }
        let root = bank.path("");
        let shown = only_reading(&root, &["device", "--offline", "--dir", "phone"]);
        assert_eq!(shown["entries"], before["entries"]);
        let checked = only_reading(&root, &["check", "--data", "data"]);
        assert_eq!(checked["ok"], true);
        assert!(
            checked["verified"].as_array().unwrap().len() > 5,
            "{checked}"
        );
    }
}
