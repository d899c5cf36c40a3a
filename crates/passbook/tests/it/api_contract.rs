//! Programs that nobody here wrote hold the bank to its API document: Schemathesis sends generated requests to every route, and a
//! client in Python is generated from the document and used.
//!
//! They need Python and packages from a registry, so they run by a command of their own: `make api-contract`.

use crate::bank::{Bank, shown};
use crate::other_app::{App, BankWithApp, bank_with_app};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One caller is all of them here, so the bounds of one caller would hide what is tested.
const SETTINGS: &str = "[admission]\nbounds_loopback = false\n[login]\naccess_token_seconds = 3600\ncodes_by = [\"sms\"]\n";

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../scripts/api-contract")
        .join(name)
}

/// A program of the environment that `make api-contract` makes, told where the bank is.
fn program(name: &str, bank: &Bank) -> Command {
    let environment = std::env::var_os("API_CONTRACT").unwrap();
    let programs = Path::new(&environment).join("bin");
    let modules = std::env::join_paths([script("."), bank.path(".")]).unwrap();
    let token = std::fs::read_to_string(bank.data().join("operator-token")).unwrap();
    let mut command = Command::new(programs.join(name));
    command
        .current_dir(bank.path("."))
        .env("BANK", &bank.public)
        .env("OPERATOR", bank.operator.to_string())
        .env("OPERATOR_TOKEN", token.trim())
        .env("PATH", programs)
        .env("PYTHONPATH", modules)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

#[tokio::test]
#[ignore = "needs Python and packages from a registry: make api-contract"]
async fn every_route_answers_as_the_document_says() {
    let BankWithApp { bank, .. } =
        &bank_with_app(&["openid", "accounts", "payments"], SETTINGS).await;
    let (device, _) = bank.enrol("1001", "device");
    let app = App::permitted(bank, &device, "openid accounts payments").await;
    let account = shown(&device, "--once")["accounts"][0]["account"].clone();
    let mut schemathesis = program("schemathesis", bank);
    schemathesis
        .env("CLIENT_TOKEN", app.token())
        .env("CLIENT_KEY", app.proof_key())
        .env("ACCOUNT", account.as_str().unwrap())
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .arg("--config-file")
        .arg(script("schemathesis.toml"))
        .arg("run")
        .arg(format!("{}/openapi.json", bank.public));
    assert!(schemathesis.status().unwrap().success());
}

#[test]
#[ignore = "needs Python and packages from a registry: make api-contract"]
fn a_generated_client_works() {
    let bank = Bank::sandbox(SETTINGS);
    let mut generator = program("openapi-python-client", &bank);
    generator
        .args([
            "generate",
            "--fail-on-warning",
            "--meta",
            "none",
            "--output-path",
            "passbook_client",
            "--url",
        ])
        .arg(format!("{}/openapi.json", bank.public));
    assert!(generator.status().unwrap().success());
    let mut client = program("python", &bank);
    client.arg(script("client.py"));
    assert!(client.status().unwrap().success());
}
