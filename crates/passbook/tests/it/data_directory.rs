//! `passbook check` and `audit verify` on a data directory, whole and damaged.

use crate::bank::{Bank, passbook, shown};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

fn used_bank() -> Bank {
    let mut bank = Bank::sandbox("");
    let (phone, id) = bank.enrol("1001", "phone");
    shown(&phone, "--once");
    bank.operate(&["revoke", &id]);
    bank.kill();
    bank
}

/// The oldest file of the write-ahead log, which holds the first groups.
fn oldest_log(directory: &Path) -> PathBuf {
    let files = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_log = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("log-")
    };
    files.filter(is_log).min().unwrap()
}

#[test]
fn a_whole_data_directory_passes_and_its_audit_chain_verifies() {
    let bank = used_bank();
    assert_eq!(bank.operate(&["check"])["ok"], true);
    let audit = bank.operate(&["audit", "verify"]);
    assert_eq!(audit["intact"], true);
    assert!(audit["records"].as_u64().unwrap() >= 3, "{audit}");
}

#[test]
fn a_flipped_bit_in_the_log_is_named_with_its_file() {
    let bank = used_bank();
    let path = oldest_log(&bank.data().join("broker"));
    let mut file = std::fs::File::options()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    // In the first of several groups; groups begin at the second block.
    let place = 4096 + 40;
    let mut byte = [0];
    file.seek(SeekFrom::Start(place)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(place)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
    drop(file);

    let refused = passbook()
        .args(["check", "--config"])
        .arg(bank.configuration())
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).to_string();
    assert!(
        told.contains(path.file_name().unwrap().to_str().unwrap()),
        "{told}"
    );
}

#[test]
fn a_damaged_database_and_a_missing_vault_are_named() {
    let mut bank = used_bank();
    bank.start();
    bank.stop();
    let refused = |expected: &str| {
        let told = bank.refused(&["check"]);
        assert!(told.contains(expected), "{told}");
    };
    let vault = bank.data().join("vault.json");
    std::fs::rename(&vault, bank.path("elsewhere")).unwrap();
    refused("vault.json is missing");
    std::fs::rename(bank.path("elsewhere"), &vault).unwrap();

    let path = bank.data().join("notification.sqlite");
    let mut file = std::fs::File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&[0xa5; 4096]).unwrap();
    drop(file);
    refused("the database of notification in ");
}

#[test]
fn a_wrong_configuration_is_refused_before_a_port_is_bound() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("passbook.toml");
    let check = |text: &str, expected: &str| {
        std::fs::write(&path, text).unwrap();
        for command in ["check", "serve"] {
            let refused = passbook()
                .args([command, "--config"])
                .arg(&path)
                .output()
                .unwrap();
            assert!(!refused.status.success());
            let told = String::from_utf8_lossy(&refused.stderr).to_string();
            assert!(told.contains(expected), "{told}");
        }
    };
    check("[public]\naddres = \"127.0.0.1:0\"\n", "addres");
    check("[public]\naddress = \"192.0.2.7:8480\"\n", "loopback");
    check(
        "[tokens]\nlifetime_seconds = 1\n",
        "tokens.lifetime_seconds",
    );
}

#[test]
fn a_data_directory_that_others_may_enter_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    let refused = passbook()
        .args(["serve", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).to_string();
    assert!(told.contains("chmod 700"), "{told}");
    assert_eq!(
        std::fs::read_dir(&data).unwrap().count(),
        0,
        "nothing was written"
    );
}
