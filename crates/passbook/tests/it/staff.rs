//! The bank's staff at their desks, as processes: the first administrator, roles, and what takes two.

use crate::bank::{Bank, passbook};
use crate::on_device::{last, lines, refused};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Activates an account in a directory of its own, and logs in.
fn desk(bank: &Bank, name: &str, code: &Value) -> PathBuf {
    let directory = bank.path(name);
    let at = format!("http://{}", bank.operator);
    let code = code["code"].as_str().unwrap();
    let activate = [
        "staff",
        "activate",
        code,
        "--bank",
        &bank.public,
        "--at",
        &at,
    ];
    last(&directory, &activate);
    last(&directory, &["staff", "login"]);
    directory
}

fn member(bank: &Bank, by: &Path, (name, role): (&str, &str)) -> PathBuf {
    let add = [
        "staff",
        "add",
        name,
        "--role",
        role,
        "--reason",
        "new colleague",
    ];
    let added = last(by, &add);
    assert_eq!(added["state"], "done");
    desk(bank, name, &added["outcome"])
}

#[test]
fn two_of_the_staff_revoke_a_device_and_no_operator_does() {
    let mut bank = Bank::sandbox("");
    let (phone, device) = bank.enrol("1001", "phone");
    let first = bank.operate(&["staff", "first", "Ada Novak"]);
    let ada = desk(&bank, "ada", &first);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&ada), 0o700);
    for file in ["keys.json", "session.json"] {
        assert_eq!(mode(&ada.join(file)), 0o600, "{file}");
    }
    for command in [["code", "1002"], ["revoke", &device]] {
        assert!(bank.refused(&command).contains("passbook staff login"));
    }
    let again = bank.refused(&["staff", "first", "Eve"]);
    assert!(again.contains("has an administrator"), "{again}");

    let ben = member(&bank, &ada, ("ben", "operations"));
    let cyd = member(&bank, &ada, ("cyd", "operations"));
    let seen = last(
        &ben,
        &["staff", "customer", "1001", "--reason", "lost phone"],
    );
    assert_eq!(seen["devices"][0]["device"], device.as_str());
    let why = ["--reason", "lost phone"];
    let revoke = [["staff", "revoke", &device].as_slice(), &why].concat();
    let told = refused(&ada, &revoke);
    assert!(told.contains("policies"), "{told}");
    let proposed = last(&ben, &revoke);
    let proposal = proposed["proposal"].as_str().unwrap();
    let approve = ["staff", "approve", proposal, "--reason", "called back"];
    assert!(refused(&ben, &approve).contains("omebody else"));

    bank.kill();
    bank.start();
    assert_eq!(lines(&cyd, &["staff", "proposals"])[0]["state"], "waiting");
    let done = last(&cyd, &approve);
    assert_eq!(done["outcome"]["device"], device.as_str());
    assert_eq!(last(&cyd, &approve), done);
    assert_eq!(last(&ben, &["staff", "proposals"])["state"], "done");
    let removed = refused(&phone, &["calls"]);
    assert!(removed.contains("revoked"), "{removed}");

    // A copied token is worth nothing at another desk.
    std::fs::copy(ben.join("session.json"), cyd.join("session.json")).unwrap();
    assert!(refused(&cyd, &["staff", "proposals"]).contains("proof"));
    last(&ben, &["staff", "logout"]);
    assert!(refused(&ben, &["staff", "proposals"]).contains("log in first"));

    let reopen = ["staff", "reopen", "--reason", "keys lost"];
    assert!(bank.refused(&reopen).contains("stop the servers"));
    bank.stop();
    assert_eq!(bank.operate(&reopen)["had_staff"], true);
    bank.start();
    bank.operate(&["staff", "first", "Eve"]);
}

#[test]
fn a_wrong_policy_is_refused_with_its_key_and_place_before_a_port_binds() {
    let directory = tempfile::tempdir().unwrap();
    let policies = directory.path().join("staff.cedar");
    let settings = directory.path().join("passbook.toml");
    let data = directory.path().join("data");
    let text = format!("data_directory = {data:?}\n[staff]\npolicies = {policies:?}\n");
    std::fs::write(&settings, text).unwrap();
    let asked = |command: &str| {
        let mut process = passbook();
        process.arg(command).arg("--config").arg(&settings);
        crate::bank::refused(&mut process)
    };
    let wrong = "permit (principal in Role::\"auditor\", action, resource);\n\npermit (principal in Role::\"king\", action, resource);\n";
    std::fs::write(&policies, wrong).unwrap();
    for command in ["check", "serve"] {
        let told = asked(command);
        assert!(
            told.contains("staff.policies") && told.contains("line 3"),
            "{told}"
        );
    }
    assert!(!data.exists(), "nothing was begun");
}
