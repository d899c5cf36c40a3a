//! What the operator sets up at the sandbox bank, and what a payment then meets.

use crate::bank::{Bank, json, passbook};
use serde_json::Value;
use std::path::Path;

/// What became of a payment that the device signs without asking.
fn pay(device: &Path, arguments: &[&str]) -> Value {
    let mut command = passbook();
    command
        .args(["pay", "--yes", "--json", "--dir"])
        .arg(device);
    let output = command.args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn payments_meet_what_the_operator_set_up() {
    let bank = Bank::sandbox("[bank]\nholidays = [\"2030-01-01\"]\n");
    let listed = bank.operate(&["bank", "directory"]);
    assert_eq!(listed["holidays"], serde_json::json!(["2030-01-01"]));
    assert_eq!(listed["billers"].as_array().unwrap().len(), 2);
    assert_eq!(listed["proxies"].as_array().unwrap().len(), 3);
    assert_eq!(listed["counterparties"].as_array().unwrap().len(), 2);
    let (device, _) = bank.enrol("1001", "device");
    let shown = json(
        &passbook()
            .args(["device", "--once", "--json", "--dir"])
            .arg(&device)
            .output()
            .unwrap(),
    );
    let from = shown["accounts"][0]["account"].as_str().unwrap().to_owned();
    let from = ["--from", from.as_str()];

    let by_number = pay(
        &device,
        &[&["9", "mobile:420700001002"][..], &from].concat(),
    );
    assert_eq!(by_number["state"], "done", "{by_number}");
    let bill = pay(
        &device,
        &[&["9", "water", "--bill", "19"][..], &from].concat(),
    );
    assert_eq!(bill["reason"], "biller_refused", "{bill}");
    let swift = [
        "123", "--scheme", "swift", "--bank", "CHASUS33", "--name", "Eva",
    ];
    let abroad = pay(&device, &[&["9"][..], &swift, &from].concat());
    assert_eq!(abroad["fee"]["minor_units"], 20_000, "{abroad}");
    assert_eq!(abroad["amount"]["minor_units"], 900, "{abroad}");

    let frozen = bank.operate(&["bank", "account", from[1], "frozen"]);
    assert_eq!(frozen["state"], "frozen");
    let refused = pay(
        &device,
        &[&["9", "water", "--bill", "18"][..], &from].concat(),
    );
    assert_eq!(refused["reason"], "account_frozen", "{refused}");
    bank.operate(&["bank", "account", from[1], "open"]);
    for (creditor, scheme) in [
        ("33", "domestic"),
        ("CZ6508000000192000145399", "iban"),
        ("mobile:420700009009", "proxy"),
    ] {
        let set = bank.operate(&["bank", "counterparty", creditor, "refuses"]);
        assert_eq!(set["scheme"], scheme);
    }
    bank.operate(&["bank", "proxy", "mobile:1000", "33", "--bank", "0800"]);
    bank.operate(&["bank", "biller", "gas", "--name", "Gas", "--unchecked"]);
    let fee = bank.operate(&["bank", "fee", "swift", "250 CZK"]);
    assert_eq!(fee["amount"]["minor_units"], 25_000);
    let listed = bank.operate(&["bank", "directory"]);
    assert_eq!(listed["accounts"], serde_json::json!([]));
    assert_eq!(listed["billers"].as_array().unwrap().len(), 3);

    for (arguments, expected) in [
        (
            &["account", "none", "frozen"][..],
            "there is no account none",
        ),
        (
            &["counterparty", "1", "refuses", "--scheme", "account"],
            "set its state",
        ),
        (&["counterparty", "1", "returns", "--days", "31"], "1 to 30"),
        (&["proxy", "1000", from[1]], "see its scheme"),
    ] {
        let said = bank.refused(&[&["bank"], arguments].concat());
        assert!(said.contains(expected), "{said}");
    }
}
