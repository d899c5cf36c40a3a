//! Who has no passkey at hand logs in with a password and an authenticator app, and all the customer's devices hear of it.

use crate::bank::{Bank, PATIENCE, shown};
use crate::bank_clock::system_clock;
use crate::on_device::{command, last, refused};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;
use totp_rs::{Builder, Secret};

fn texts(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// The app's code, so many steps of 30 seconds from now.
fn code(secret: &Value, steps: u64) -> String {
    let secret = Secret::try_from_base32(secret.as_str().unwrap()).unwrap();
    let app = Builder::new().with_secret(secret).build().unwrap();
    let now = system_clock()().ms() / 1000;
    app.generate(now + steps * 30).to_string()
}

/// Logs in with a code that the bank sends.
fn log_in_by_sms(bank: &Bank, device: &Path, password: &str) -> Value {
    let how = [
        "login",
        "--password",
        "--password-file",
        password,
        "--send",
        "sms",
        "--json",
    ];
    let mut running = command(device, &how);
    let running = running.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = running.spawn().unwrap();
    let mut printed = BufReader::new(running.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&printed.next().unwrap().unwrap()).unwrap() };
    assert!(next()["expires"].is_u64());
    let deadline = Instant::now() + PATIENCE;
    let letter: Value = loop {
        let letters = fs::read_to_string(bank.data().join("letterbox.jsonl"));
        if let Some(letter) = letters.unwrap_or_default().lines().last() {
            break serde_json::from_str(letter).unwrap();
        }
        assert!(Instant::now() < deadline, "no letter came");
    };
    assert_eq!(
        (&letter["customer"], &letter["by"]),
        (&"1001".into(), &"sms".into())
    );
    let code = letter["text"].as_str().unwrap().split(' ').next().unwrap();
    let mut input = running.stdin.take().unwrap();
    writeln!(input, "{code}").unwrap();
    let session = next();
    assert!(running.wait().unwrap().success());
    session
}

#[test]
fn a_password_and_a_code_log_in_on_a_device_without_a_passkey() {
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = files.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let list = file("refused", "correcthorsebatterystaple\n");
    let settings = format!("[login]\nrefused_passwords = \"{list}\"\ncodes_by = [\"sms\"]\n");
    let bank = Bank::sandbox(&settings);
    let (phone, _) = bank.enrol("1001", "phone");
    let (tablet, _) = bank.enrol("1001", "tablet");
    let told = refused(&phone, &["password", "begin"]);
    assert!(told.contains("log in first"), "{told}");
    last(&phone, &["passkeys", "add"]);
    last(&phone, &["login"]);

    let begun = last(&phone, &["password", "begin"]);
    let uri = begun["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/"), "{uri}");
    let enrolment = begun["enrolment"].as_str().unwrap();
    let now = code(&begun["secret"], 0);
    let set = |password: &str| {
        let file = file("password", password);
        let how = [
            "--enrolment",
            enrolment,
            "--code",
            &now,
            "--password-file",
            &file,
        ];
        let all = [&["password", "set"], &how[..]].concat();
        all.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let refusal = refused(&phone, &texts(&set("CorrectHorseBatteryStaple7")));
    assert!(refusal.contains("tried first"), "{refusal}");
    let state = last(&phone, &texts(&set("a walk by the river")));
    assert_eq!(state, last(&phone, &["password"]));
    assert!(state["set"].is_u64(), "{state}");

    let password = file("password", "a walk by the river");
    let log_in = |code: &str| {
        let how = [
            "login",
            "--password",
            "--password-file",
            &password,
            "--code",
            code,
        ];
        how.map(str::to_owned)
    };
    let next = code(&begun["secret"], 1);
    let told = refused(&tablet, &["login"]);
    assert!(told.contains("no passkey"), "{told}");
    last(&tablet, &texts(&log_in(&next)));
    let told = refused(&tablet, &texts(&log_in(&next)));
    assert!(told.contains("did not accept password and code"), "{told}");
    let home = shown(&phone, "--once");
    let entries = home["entries"].as_array().unwrap();
    let said: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry["text"].as_str())
        .collect();
    let has = |what: &str| said.iter().any(|text| text.contains(what));
    assert!(
        has("unusual login on device") && has("by password"),
        "{said:?}"
    );
    assert!(has("a password was set by device"), "{said:?}");

    let session = log_in_by_sms(&bank, &tablet, &password);
    assert!(session["session"].is_string(), "{session}");

    let removed = last(&tablet, &["password", "remove"]);
    assert_eq!(removed.get("set"), None);
    let told = refused(&tablet, &texts(&log_in(&code(&begun["secret"], 1))));
    assert!(told.contains("did not accept password and code"), "{told}");
}
