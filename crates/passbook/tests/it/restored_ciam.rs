//! An older copy of `ciam.sqlite` is put back by hand, while everything else is as it was.

use crate::bank::{Bank, device, shown, shown_with};
use std::fs;
use std::path::{Path, PathBuf};

const FILES: [&str; 2] = ["ciam.sqlite", "ciam.sqlite-wal"];

/// What a backup of the stopped bank holds of ciam.
fn copy(data: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let read = |name: &str| (data.join(name), fs::read(data.join(name)).ok());
    FILES.map(read).to_vec()
}

fn put_back(copy: &[(PathBuf, Option<Vec<u8>>)]) {
    for (path, bytes) in copy {
        fs::remove_file(path).ok();
        if let Some(bytes) = bytes {
            fs::write(path, bytes).unwrap();
        }
    }
}

fn refuses(directory: &Path) -> bool {
    let refused = device(directory, "--once");
    let told = String::from_utf8_lossy(&refused.stderr);
    !refused.status.success() && told.contains("revoked")
}

#[test]
fn devices_are_revoked_again_and_everybody_hears_of_it() {
    let mut bank = Bank::sandbox("");
    let [first, second, third] = ["first", "second", "third"].map(|name| bank.enrol("1001", name));
    bank.kill();
    let older = copy(&bank.data());
    bank.start();
    let late = bank.enrol("1001", "late");
    let (other, _) = bank.enrol("1002", "other");
    let number = |revoked: &serde_json::Value| revoked["revocation"].as_u64().unwrap();
    let before = number(&bank.operate(&["revoke", &first.1]));
    bank.kill();
    put_back(&older);
    bank.start();

    // Neither of them gets the number of the first one's revocation, which notification knows.
    let again: Vec<u64> = [&second, &first, &late]
        .map(|(_, id)| number(&bank.operate(&["revoke", id])))
        .to_vec();
    assert!(again.iter().all(|number| *number > before), "{again:?}");
    let whole = shown(&third.0, "--once");
    let account = whole["accounts"][0]["account"].as_str().unwrap();
    bank.operate(&["post", account, "1", "--purpose", "secret"]);
    for (directory, _) in [&first, &second, &late] {
        assert!(refuses(directory));
        assert!(!shown(directory, "--offline").to_string().contains("secret"));
    }
    assert_eq!(shown_with(&third.0, "secret")["complete"], true);

    // A customer who is not in the copy has the channel that they had.
    let (new, _) = bank.enrol("1002", "new");
    let account = shown(&new, "--once")["accounts"][0]["account"].clone();
    bank.operate(&[
        "post",
        account.as_str().unwrap(),
        "2",
        "--purpose",
        "for both",
    ]);
    for directory in [&other, &new] {
        assert_eq!(shown_with(directory, "for both")["complete"], true);
    }
}
