//! A data directory with a part that is missing, emptied or another's: refused by that part's name, by `serve` as by
//! `check`, and nothing is made in its place.

use crate::bank::{Bank, json, passbook, shown};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// A bank that was used and stopped.
fn stopped() -> Bank {
    let mut bank = Bank::sandbox("");
    bank.enrol("1001", "phone");
    bank.operate(&["post", "2000000010", "1.00", "--purpose", "before"]);
    shown(&bank.path("phone"), "--once");
    bank.stop();
    bank
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}

/// Every file below a directory, with its length.
fn listing(directory: &Path) -> Vec<(String, u64)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(listing(&path));
        } else {
            let length = std::fs::metadata(&path).unwrap().len();
            all.push((path.display().to_string(), length));
        }
    }
    all.sort();
    all
}

/// Both refuse, name the part and what is wrong, and make nothing.
fn check_refused(bank: &Bank, part: &str, expected: &str) {
    let before = listing(&bank.data());
    for command in ["check", "serve"] {
        let told = bank.refused(&[command]);
        assert!(
            told.contains(part) && told.contains(expected),
            "{command}: {told}"
        );
    }
    // SQLite may have made the files beside a database that it reads with.
    let kept = |name: &str| !name.ends_with("-shm") && !name.ends_with("-wal");
    let after: Vec<_> = listing(&bank.data());
    let of = |all: &[(String, u64)]| -> Vec<(String, u64)> {
        all.iter().filter(|(name, _)| kept(name)).cloned().collect()
    };
    assert_eq!(of(&before), of(&after));
}

const DATABASES: [&str; 5] = [
    "bank.sqlite",
    "notification.sqlite",
    "ciam.sqlite",
    "gateway.sqlite",
    "risk.sqlite",
];
/// The databases of a version without orders.
const FIRST_DATABASES: [&str; 3] = ["bank.sqlite", "notification.sqlite", "ciam.sqlite"];
const LOGS: [&str; 2] = ["broker", "pubsub"];

#[test]
fn after_a_clean_stop_everything_is_in_the_files_that_are_named() {
    let mut bank = stopped();
    for name in DATABASES {
        for suffix in ["-wal", "-shm"] {
            std::fs::remove_file(bank.data().join(format!("{name}{suffix}"))).ok();
        }
    }
    assert_eq!(bank.operate(&["check"])["ok"], true);
    bank.start();
    bank.operate(&["post", "2000000010", "2.00", "--purpose", "after"]);
    let phone = shown(&bank.path("phone"), "--once");
    assert_eq!(phone["complete"], true);
    assert_eq!(phone["entries"][0]["purpose"], "after");
    assert_eq!(phone["entries"][1]["purpose"], "before");
}

#[test]
fn a_part_that_is_missing_or_emptied_is_named() {
    let mut bank = stopped();
    let whole = bank.path("whole");
    std::fs::rename(bank.data(), &whole).unwrap();
    let damaged = |damage: &dyn Fn(&Path), part: &str, expected: &str| {
        std::fs::remove_dir_all(bank.data()).ok();
        copy(&whole, &bank.data());
        damage(&bank.data().join(part));
        check_refused(&bank, part, expected);
    };
    for part in DATABASES {
        damaged(
            &|path| std::fs::remove_file(path).unwrap(),
            part,
            "is missing",
        );
        damaged(&|path| std::fs::write(path, "").unwrap(), part, "is empty");
    }
    for part in LOGS {
        damaged(
            &|path| std::fs::remove_dir_all(path).unwrap(),
            part,
            "is missing",
        );
        let empty = |path: &Path| {
            std::fs::remove_dir_all(path).unwrap();
            std::fs::create_dir(path).unwrap();
        };
        damaged(&empty, part, "is empty");
        let but_identity = |path: &Path| {
            for entry in std::fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                if path.file_name().unwrap() != "identity" {
                    std::fs::remove_file(path).unwrap();
                }
            }
        };
        damaged(&but_identity, part, "is empty");
        for text in [
            "",
            "{\"version\":1,\"deployment\":\"AAAA\",\"part\":\"broker\"}",
            "{",
        ] {
            let file = format!("{part}/identity");
            let expected = "is empty, truncated or malformed";
            damaged(&|path| std::fs::write(path, text).unwrap(), &file, expected);
        }
    }
    for part in ["vault.json", "deployment"] {
        damaged(
            &|path| std::fs::remove_file(path).unwrap(),
            part,
            "is missing",
        );
        for kept in [0, 20] {
            let cut = |path: &Path| {
                let text = std::fs::read(path).unwrap();
                std::fs::write(path, &text[..kept]).unwrap();
            };
            damaged(&cut, part, "");
        }
    }
    for text in [
        "",
        "\n",
        "c2hvcnQ\n",
        "not a token of the form that it has, whatever it is\n",
    ] {
        let expected = "is empty, truncated or malformed";
        damaged(
            &|path| std::fs::write(path, text).unwrap(),
            "operator-token",
            expected,
        );
    }
    // Whole again, it starts; a token that is gone is drawn anew.
    std::fs::remove_dir_all(bank.data()).unwrap();
    copy(&whole, &bank.data());
    std::fs::remove_file(bank.data().join("operator-token")).unwrap();
    bank.start();
    bank.operate(&["post", "2000000010", "2.00"]);
}

#[test]
fn a_part_of_another_role_or_another_deployment_is_named() {
    let bank = stopped();
    let other = stopped();
    let whole = bank.path("whole");
    std::fs::rename(bank.data(), &whole).unwrap();
    let replaced = |from: &Path, part: &str, expected: &str| {
        std::fs::remove_dir_all(bank.data()).ok();
        copy(&whole, &bank.data());
        let path = bank.data().join(part);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        }
        copy(from, &path);
        check_refused(&bank, part, expected);
    };
    for (part, from) in [
        ("bank.sqlite", "ciam.sqlite"),
        ("ciam.sqlite", "notification.sqlite"),
        ("notification.sqlite", "bank.sqlite"),
        ("broker", "pubsub"),
        ("pubsub", "broker"),
    ] {
        replaced(&whole.join(from), part, "is another part of the deployment");
    }
    for part in DATABASES.iter().chain(&LOGS).chain(&["vault.json"]) {
        replaced(
            &other.data().join(part),
            part,
            "belongs to another deployment",
        );
    }
}

#[test]
fn a_write_ahead_log_that_is_gone_after_an_unclean_end_is_named() {
    let mut bank = Bank::sandbox("");
    bank.operate(&["post", "2000000010", "1.00"]);
    bank.kill();
    let whole = bank.path("whole");
    std::fs::rename(bank.data(), &whole).unwrap();
    for name in DATABASES {
        for emptied in [false, true] {
            std::fs::remove_dir_all(bank.data()).ok();
            copy(&whole, &bank.data());
            let log = bank.data().join(format!("{name}-wal"));
            if emptied {
                std::fs::write(&log, "").unwrap();
            } else {
                std::fs::remove_file(&log).unwrap();
                std::fs::remove_file(bank.data().join(format!("{name}-shm"))).ok();
            }
            check_refused(&bank, &format!("{name}-wal"), "put the log back");
        }
    }
    std::fs::remove_dir_all(bank.data()).unwrap();
    copy(&whole, &bank.data());
    bank.start();
}

#[test]
fn a_copy_of_the_whole_directory_goes_on_and_so_does_a_first_start_that_was_killed() {
    let mut bank = stopped();
    let copied = bank.path("copy");
    copy(&bank.data(), &copied);
    bank.start();
    bank.stop();
    std::fs::remove_dir_all(bank.data()).unwrap();
    std::fs::rename(&copied, bank.data()).unwrap();
    bank.start();
    bank.stop();

    // What a start leaves that ended after its first file, and with any part not made yet.
    let whole = bank.path("whole");
    std::fs::rename(bank.data(), &whole).unwrap();
    let text = std::fs::read_to_string(whole.join("deployment")).unwrap();
    let mut first: serde_json::Value = serde_json::from_str(&text).unwrap();
    first["vault"] = serde_json::Value::Null;
    for left in [
        &[][..],
        &["vault.json"][..],
        &["vault.json", "broker", "bank.sqlite"][..],
    ] {
        std::fs::create_dir(bank.data()).unwrap();
        std::fs::set_permissions(bank.data(), std::fs::Permissions::from_mode(0o700)).unwrap();
        std::fs::write(bank.data().join("deployment"), first.to_string()).unwrap();
        for part in left {
            copy(&whole.join(part), &bank.data().join(part));
        }
        assert_eq!(bank.operate(&["check"])["ok"], true, "{left:?}");
        bank.start();
        bank.stop();
        assert_ne!(
            bank.operate(&["check"])["verified"]
                .as_array()
                .unwrap()
                .len(),
            0
        );
        std::fs::remove_dir_all(bank.data()).unwrap();
    }
}

/// A directory of a version that knew no identities: named once, if every part is there.
#[test]
fn a_directory_without_identities_is_named_once() {
    let mut bank = stopped();
    std::fs::remove_file(bank.data().join("deployment")).unwrap();
    for log in LOGS {
        std::fs::remove_file(bank.data().join(log).join("identity")).unwrap();
    }
    std::fs::remove_file(bank.data().join("gateway.sqlite")).unwrap();
    std::fs::remove_file(bank.data().join("risk.sqlite")).unwrap();
    for name in FIRST_DATABASES {
        let database = rusqlite::Connection::open(bank.data().join(name)).unwrap();
        database.execute_batch("DROP TABLE identity").unwrap();
    }
    let old = bank.path("old");
    std::fs::rename(bank.data(), &old).unwrap();
    for part in FIRST_DATABASES.iter().chain(&LOGS).chain(&["vault.json"]) {
        std::fs::remove_dir_all(bank.data()).ok();
        copy(&old, &bank.data());
        std::fs::rename(bank.data().join(part), bank.path("elsewhere")).unwrap();
        check_refused(&bank, part, "is missing");
        if *part != "vault.json" && FIRST_DATABASES.contains(part) {
            std::fs::write(bank.data().join(part), "").unwrap();
            check_refused(&bank, part, "is empty");
        }
        std::fs::rename(bank.path("elsewhere"), bank.path(&format!("old {part}"))).unwrap();
    }
    std::fs::remove_dir_all(bank.data()).unwrap();
    copy(&old, &bank.data());
    bank.start();
    bank.stop();
    assert!(bank.data().join("deployment").exists());
    std::fs::remove_file(bank.data().join("ciam.sqlite")).unwrap();
    check_refused(&bank, "ciam.sqlite", "is missing");
}

/// A directory of a version that took no orders: it gets gateway's database at its next start, and has it from then on.
#[test]
fn a_directory_without_orders_gets_gateways_database() {
    let mut bank = stopped();
    let deployment = bank.data().join("deployment");
    let named = std::fs::read_to_string(&deployment).unwrap();
    std::fs::write(&deployment, named.replace("\"version\":3", "\"version\":1")).unwrap();
    for later in ["gateway.sqlite", "risk.sqlite"] {
        std::fs::remove_file(bank.data().join(later)).unwrap();
    }
    bank.start();
    bank.stop();
    assert_eq!(std::fs::read_to_string(&deployment).unwrap(), named);
    std::fs::remove_file(bank.data().join("gateway.sqlite")).unwrap();
    check_refused(&bank, "gateway.sqlite", "is missing");
}

/// A directory of a version that judged no risks: it gets risk's database at its next start, and has it from then on.
#[test]
fn a_directory_without_risks_gets_their_database() {
    let mut bank = stopped();
    let deployment = bank.data().join("deployment");
    let named = std::fs::read_to_string(&deployment).unwrap();
    std::fs::write(&deployment, named.replace("\"version\":3", "\"version\":2")).unwrap();
    std::fs::remove_file(bank.data().join("risk.sqlite")).unwrap();
    bank.start();
    bank.stop();
    assert_eq!(std::fs::read_to_string(&deployment).unwrap(), named);
    std::fs::remove_file(bank.data().join("risk.sqlite")).unwrap();
    check_refused(&bank, "risk.sqlite", "is missing");
}

#[test]
fn a_second_server_is_kept_out() {
    let bank = Bank::sandbox("");
    assert!(bank.refused(&["serve"]).contains("is in use"));
    let checked = passbook()
        .args(["check", "--json", "--config"])
        .arg(bank.configuration())
        .output()
        .unwrap();
    assert_eq!(json(&checked)["in_use"], true);
}
