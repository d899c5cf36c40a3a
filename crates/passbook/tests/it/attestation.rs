//! Devices whose keys a developer's root attests: the verdict is stated, listed and recorded, and moves the limits. Without one,
//! or with one that proves nothing, a device enrols all the same.

use crate::bank::{Bank, json, passbook, shown};
use crate::on_device::{command, last, lines};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Two roots for development, of which the bank trusts the first.
struct Roots(TempDir);

impl Roots {
    fn make() -> Self {
        let roots = Self(tempfile::tempdir().unwrap());
        for name in ["trusted", "other"] {
            let made = json(&roots.command(name).arg("--json").output().unwrap());
            assert_eq!(made["package"], "passbook.terminal");
        }
        let again = crate::bank::refused(&mut roots.command("trusted"));
        assert!(again.contains("cannot be created"), "{again}");
        roots
    }

    fn command(&self, name: &str) -> std::process::Command {
        let mut command = passbook();
        command.args(["attestation", "root"]).arg(self.path(name));
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The configuration of a bank that trusts the first one.
    fn configuration(&self) -> String {
        let (package, digest) = attestation::DevelopmentRoot::app();
        format!(
            "[attestation.android]\nroots = [{:?}]\napps = [{{ package = \"{package}\", digests = [\"{}\"] }}]\n\
             [orders]\nnew_device_units_max = 1000\n\
             [orders.attested.none]\nnew_device_units_max = 100\n\
             [orders.attested.hardware]\nnew_device_units_max = 5000\nday_units_max = 300000\n",
            self.path("trusted").join("root.pem"),
            types::hex::encode(digest.as_bytes()),
        )
    }
}

/// Enrols a device; what its command prints.
fn enrol(bank: &Bank, name: &str, attested: &[&str]) -> (PathBuf, Value) {
    let (code, directory) = (bank.code("1001"), bank.path(name));
    let enrol = ["enrol", "1001", &code, "--bank", &bank.public];
    let printed = last(&directory, &[&enrol[..], attested].concat());
    (directory, printed)
}

fn account(directory: &Path) -> String {
    let home = shown(directory, "--once");
    home["accounts"][0]["account"].as_str().unwrap().to_owned()
}

/// What becomes of a payment: its state, and the reason of a refusal.
fn paid(device: &Path, [amount, to, from]: [&str; 3]) -> (String, Value) {
    let pay = ["pay", amount, to, "--from", from, "--yes", "--json"];
    let output = command(device, &pay).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let order: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    (
        order["state"].as_str().unwrap().to_owned(),
        order["reason"].clone(),
    )
}

#[test]
fn a_verdict_is_stated_listed_recorded_and_moves_the_limits() {
    let roots = Roots::make();
    let bank = Bank::sandbox(&roots.configuration());
    let by = |root: &str| roots.path(root).display().to_string();
    let (trusted, other) = (by("trusted"), by("other"));
    let attested = ["--attested-by", &trusted, "--claims", "hardware"];
    let software = ["--attested-by", &trusted];
    let untrusted = ["--attested-by", &other, "--claims", "hardware"];
    let devices = [
        (
            "hardware",
            &attested[..],
            "hardware android_key trusted_environment",
            500_000,
        ),
        (
            "software",
            &software[..],
            "basic android_key software",
            100_000,
        ),
        (
            "untrusted",
            &untrusted[..],
            "none android_key untrusted_root",
            10_000,
        ),
        ("without", &[][..], "none", 10_000),
    ];
    let mut enrolled = Vec::new();
    for (name, arguments, verdict, limit) in devices {
        let (directory, printed) = enrol(&bank, name, arguments);
        assert_eq!(printed["verdict"], verdict, "{name}");
        let limits = last(&directory, &["brakes"]);
        assert_eq!(limits["new_device_left"]["minor_units"], limit, "{name}");
        enrolled.push((directory, printed["device"].clone(), verdict));
    }
    let (hardware, without) = (&enrolled[0].0, &enrolled[3].0);

    last(hardware, &["passkeys", "add"]);
    last(hardware, &["login"]);
    let listed = lines(hardware, &["devices"]);
    let listed: Vec<_> = listed
        .iter()
        .map(|row| (&row["device"], &row["verdict"]))
        .collect();
    for (_, device, verdict) in &enrolled {
        assert!(
            listed.contains(&(device, &Value::from(*verdict))),
            "{listed:?}"
        );
    }
    let printed = command(hardware, &["devices"]).output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    for words in [
        "its hardware keeps its keys",
        "its keys are in software",
        "the bank knows nothing of its hardware",
    ] {
        assert!(printed.contains(words), "{words}: {printed}");
    }

    // Money follows the verdict.
    let (_, other) = (bank.enrol("1002", "payee"), bank.path("payee"));
    let (from, to) = (account(hardware), account(&other));
    let refused = |device: &Path, amount| {
        let (state, reason) = paid(device, [amount, &to, &from]);
        assert_eq!(
            (state.as_str(), reason),
            ("refused", "order_limit_exceeded".into())
        );
    };
    refused(without, "101");
    refused(&enrolled[1].0, "1001");
    assert_eq!(paid(without, ["100", &to, &from]).0, "done");
    assert_eq!(paid(hardware, ["1001", &to, &from]).0, "done");
    refused(hardware, "4000");
}

#[test]
fn a_bank_that_accepts_no_attestation_enrols_as_before() {
    let roots = Roots::make();
    let bank = Bank::sandbox("");
    let trusted = roots.path("trusted").display().to_string();
    let (attested, printed) = enrol(&bank, "attested", &["--attested-by", &trusted]);
    assert_eq!(printed["verdict"], "none android_key not_configured");
    let (without, printed) = enrol(&bank, "without", &[]);
    assert_eq!(printed["verdict"], "none");
    for device in [&attested, &without] {
        let limits = last(device, &["brakes"]);
        assert_eq!(limits["new_device_left"]["minor_units"], 5_000_000);
    }
}

#[test]
fn a_wrong_configuration_is_refused_at_start_with_key_and_hint() {
    let roots = Roots::make();
    let directory = tempfile::tempdir().unwrap();
    let (package, digest) = attestation::DevelopmentRoot::app();
    let digest = types::hex::encode(digest.as_bytes());
    let root = roots.path("trusted").join("root.pem").display().to_string();
    let key = roots.path("trusted").join("root-key").display().to_string();
    let android = |roots: &str, apps: &str| {
        format!("[attestation.android]\nroots = [{roots}]\napps = [{apps}]\n")
    };
    let (root, app) = (
        format!("{root:?}"),
        format!("{{ package = \"{package}\", digests = [\"{digest}\"] }}"),
    );
    let play = |key: &str| {
        format!(
            "[attestation.play]\ndecryption_key = {key:?}\nverification_key = {key:?}\napps = [{app}]\n"
        )
    };
    for (configuration, says) in [
        (
            android("", &app),
            "attestation.android: roots: at least one root",
        ),
        (
            android(&root, ""),
            "attestation.android: apps: at least one app",
        ),
        (
            android("\"missing.pem\"", &app),
            "attestation.android: roots: missing.pem cannot be read",
        ),
        (
            android(&format!("{key:?}"), &app),
            "it has no certificate in PEM",
        ),
        (
            android(&root, "{ package = \"a b\", digests = [\"00\"] }"),
            "a package name has letters",
        ),
        (
            android(&root, "{ package = \"a\", digests = [\"00\"] }"),
            "64 hexadecimal digits",
        ),
        (
            format!("{}revoked = {root}\n", android(&root, &app)),
            "attestation.android: revoked: ",
        ),
        (
            format!("[attestation.apple]\nroots = [{root}]\napp_ids = [\"bank\"]\n"),
            "attestation.apple: app_ids: ",
        ),
        (play(&key), "attestation.play: it is no key in base64"),
        ("[attestation]\nwindows = 1\n".to_owned(), "unknown field"),
        (
            "[orders.attested.none]\nday_units_max = 5\n".to_owned(),
            "orders.attested: ",
        ),
        (
            "[orders.attested.none]\nday_units_max = 0\n".to_owned(),
            "orders.attested.none: ",
        ),
    ] {
        let path = directory.path().join("passbook.toml");
        std::fs::write(&path, &configuration).unwrap();
        let told = crate::bank::refused(passbook().args(["check", "--config"]).arg(&path));
        assert!(told.contains(says), "{configuration}: {told}");
    }
}
