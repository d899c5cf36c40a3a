//! The rules about risks in the order's path, through real processes: recorded by default, binding where the bank says so.

use crate::bank::{Bank, refused, shown};
use crate::on_device::{command, last};
use crate::orders::{booked, two};
use serde_json::Value;

/// A draft that denies what moves more than 70 koruna, and asks again above 60.
const DRAFT: &str = r#"{ "rules": [
    { "name": "too_much", "check": { "expression": "transaction.amount > 7000" }, "score": 90, "says": "it is too much" },
    { "name": "much", "check": { "expression": "transaction.amount > 6000" }, "score": 45, "says": "it is much" },
    { "name": "user_velocity", "check": { "user_velocity": { "times": 5 } }, "score": 65 }
] }"#;

fn activate(bank: &Bank) {
    let draft = bank.path("draft.json");
    std::fs::write(&draft, DRAFT).unwrap();
    let file = draft.to_str().unwrap();
    let drafted = bank.operate(&["risk", "rules", "draft", file, "--by", "Ann"]);
    assert_eq!(drafted["version"], 2);
    let tested = bank.operate(&["risk", "backtest", "2", "--by", "Ann"]);
    assert_eq!(tested["version"], 2);
    let activated = bank.operate(&["risk", "rules", "activate", "2", "--by", "Ben"]);
    assert_eq!(activated["done"], true);
}

fn pay<'a>(amount: &'a str, [from, to]: [&'a str; 2]) -> [&'a str; 5] {
    ["pay", amount, to, "--from", from]
}

#[test]
fn binding_rules_decline_challenge_and_explain() {
    let bank = Bank::sandbox("[risk]\njudges = true\nbinding = true\n");
    let ([one, other], [from, to]) = two(&bank);
    let between = [from.as_str(), to.as_str()];
    activate(&bank);
    let before = booked(&shown(&other, "--once"));

    let paid = last(&one, &[&pay("10", between)[..], &["--yes"]].concat());
    assert_eq!(paid["state"], "done");
    let explained = bank.operate(&["risk", "explain", paid["intent"].as_str().unwrap()]);
    assert_eq!(explained["action"], "allow");
    assert_eq!(explained["version"], 2);
    assert_eq!(explained["features"]["transaction"]["amount"], 1_000);
    assert_eq!(
        explained["features"]["location"]["unlocated"],
        "no_database"
    );

    let told = refused(&mut command(
        &one,
        &[&pay("71", between)[..], &["--yes"]].concat(),
    ));
    assert!(
        !told.contains("too_much") && told.contains("declined"),
        "{told}"
    );
    let output = command(&one, &pay("61", between))
        .args(["--yes", "--json"])
        .output();
    let challenged: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    assert_eq!(challenged["state"], "approval_needed");
    assert_eq!(challenged["approval_reasons"][0], "security_check");
    assert_eq!(booked(&shown(&other, "--once")), before + 1_000);

    let cases = bank.operate(&["risk", "cases"]);
    let cases = cases["cases"].as_array().unwrap();
    let of = |case: &Value| (case["rule"].clone(), case["action"].clone());
    assert_eq!(
        cases.iter().map(of).collect::<Vec<_>>(),
        [
            ("too_much".into(), "deny".into()),
            ("much".into(), "alert".into())
        ]
    );
    let sentence = cases[0]["sentence"].as_str().unwrap();
    assert!(sentence.ends_with("because it is too much."), "{sentence}");
    let decision = cases[0]["decision"].as_str().unwrap();
    bank.operate(&[
        "risk", "close", decision, "fraud", "--by", "Ann", "--note", "called",
    ]);

    // The answer to the challenge resumes the order.
    let intent = challenged["intent"].as_str().unwrap();
    let approved = last(&one, &["orders", "approve", intent, "--yes"]);
    assert_eq!(approved["state"], "done");
    assert_eq!(booked(&shown(&other, "--once")), before + 7_100);

    // The version before decides again, and a draft of one's own is not activated by oneself.
    bank.operate(&["risk", "rules", "rollback", "1", "--by", "Cid"]);
    let paid = last(&one, &[&pay("72", between)[..], &["--yes"]].concat());
    assert_eq!(paid["state"], "done");
    assert_eq!(bank.operate(&["audit", "verify"])["intact"], true);
}

#[test]
fn rules_that_are_not_binding_only_watch() {
    let bank = Bank::sandbox("[risk]\njudges = true\n");
    let ([one, _], [from, to]) = two(&bank);
    let between = [from.as_str(), to.as_str()];
    activate(&bank);
    let paid = last(&one, &[&pay("71", between)[..], &["--yes"]].concat());
    assert_eq!(paid["state"], "done");
    let explained = bank.operate(&["risk", "explain", paid["intent"].as_str().unwrap()]);
    assert_eq!(explained["action"], "deny");
}
