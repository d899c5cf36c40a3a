//! A small bank of our own through everything, with the sorts of rows that real files have.

use crate::bank::{json, passbook};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

/// Six customers, five accounts: one with four holders, one without a transaction, zero and very large amounts,
/// ids that are text.
fn write_bank(directory: &Path, transactions_per_account: i64) {
    let mut transactions = String::from(
        "date,account_id,number,transaction_id,amount,balance,operation,purpose,counterparty_bank,counterparty_account\n",
    );
    let amounts = [
        ("small", 150),
        ("zero", 0),
        ("large", 9_000_000_000_000_000),
        ("shared", -70_000),
    ];
    for number in 1..=transactions_per_account {
        for (account, amount) in amounts {
            let (amount, balance) = match (account, number % 2) {
                ("large", 1) => (amount, amount),
                ("large", _) => (-amount, 0),
                _ => (amount, amount * number),
            };
            writeln!(
                transactions,
                "1993-01-{:02},{account},{number},{account} {number},{amount},{balance},transfer_in,\"a, b\",YZ,000{number}",
                number % 28 + 1
            )
            .unwrap();
        }
    }
    let files = [
        (
            "customers.csv",
            "customer_id,born,sex\n007,1945-02-04,male\nanna,1950-01-01,female\nb,1950-01-01,male\nc,1950-01-01,male\nd,1950-01-01,male\nno account,1950-01-01,male\n",
        ),
        (
            "accounts.csv",
            "account_id,opened,statement_frequency\nsmall,1993-01-01,monthly\nzero,1993-01-01,monthly\nlarge,1993-01-01,monthly\nshared,1993-01-01,monthly\nempty,1993-01-01,monthly\n",
        ),
        (
            "holders.csv",
            "account_id,customer_id,role\nsmall,007,owner\nzero,anna,owner\nlarge,b,owner\nshared,007,owner\nshared,anna,authorised\nshared,c,authorised\nshared,d,authorised\nempty,d,owner\n",
        ),
        ("transactions.csv", transactions.as_str()),
    ];
    for (name, text) in files {
        std::fs::write(directory.join(name), text).unwrap();
    }
}

pub(crate) fn check(transactions_per_account: i64, arguments: &[&str]) -> Value {
    let directory = tempfile::tempdir().unwrap();
    write_bank(directory.path(), transactions_per_account);
    let dump = directory.path().join("dump");
    let output = passbook()
        .arg("replay")
        .arg(directory.path())
        .args(["--json", "--dump"])
        .arg(&dump)
        .args(arguments)
        .output()
        .unwrap();
    let result = json(&output);
    for failure in [
        "lost",
        "duplicated",
        "reordered",
        "balance_mismatches",
        "chain_failures",
    ] {
        assert_eq!(result[failure], 0, "{failure}: {result}");
    }
    assert_eq!(result["failed_checks"], serde_json::json!({}));
    assert_eq!(result["transactions"], transactions_per_account * 4);
    assert_eq!(result["accounts"], 5);
    assert!(result["seconds"].as_f64().unwrap() > 0.0);
    assert!(result["entries_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(result["customers"], 6);
    assert_eq!(
        result["device_entries_delivered"],
        result["device_entries_expected"]
    );
    let dumped = std::fs::read_to_string(&dump).unwrap();
    assert_eq!(
        u64::try_from(dumped.lines().count()).unwrap(),
        result["devices"].as_u64().unwrap()
    );
    result
}

#[test]
fn every_device_ends_with_what_the_file_says() {
    let result = check(20, &[]);
    assert_eq!(result["kills"], 0);
    assert_eq!(
        result["devices"], 7,
        "a second one for every tenth customer, beginning with the first"
    );
}

#[test]
fn the_same_holds_when_the_servers_are_killed() {
    let result = check(400, &["--kill-every", "0.5", "--seed", "7"]);
    assert!(result["kills"].as_u64().unwrap() > 0, "{result}");
}
