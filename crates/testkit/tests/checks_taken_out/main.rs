//! Each check is needed: without it, alone, a test fails, because what it stops happens. A check that is made twice, for
//! example when an order is judged and again in the transaction that stores it, is taken out in both places.
//!
//! The long test builds a copy of the repository once. A variable of the environment takes one check after the other out
//! there:
//!
//!     cargo test -p testkit --test checks_taken_out -- --ignored --nocapture
//!
//! `PASSBOOK_CHECKS` selects the checks whose names contain it, or those that the tests of the crate with that name, or the
//! tests of that name, catch.

#![allow(clippy::unwrap_used, clippy::panic)]

mod attestation;
mod client;
mod copy;
mod devices;
mod door;
mod login_provider;
mod notification;
mod openid;
mod orders;
mod passwords;
mod run;
mod staff;
mod table;

use std::collections::BTreeSet;
use std::path::Path;
use table::{Caught, Table};

const TABLES: &[Table] = &[
    orders::TABLE,
    devices::TABLE,
    openid::TABLE,
    login_provider::TABLE,
    passwords::TABLE,
    staff::TABLE,
    notification::TABLE,
    client::TABLE,
    attestation::TABLE,
    door::TABLE,
];

#[test]
fn each_check_stands_once() {
    assert!(!copy::edited(TABLES).is_empty());
    let mut names = BTreeSet::new();
    for (check, _, edits) in TABLES.iter().flat_map(|table| table.checks) {
        assert!(names.insert(check), "two checks are called {check}");
        assert!(!edits.is_empty(), "{check} is not taken out");
    }
}

#[test]
#[ignore = "runs tests and histories without each check"]
fn without_any_check_a_test_fails() {
    let selected = std::env::var("PASSBOOK_CHECKS").unwrap_or_default();
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("checks-taken-out");
    copy::make(&copy, TABLES);
    let all = TABLES.iter().flat_map(|table| table.checks);
    let is_selected = |(check, caught, _): &&table::Check| match caught {
        Caught::Tests(name, _, tests) | Caught::Attacks(name, _, tests)
            if [*name, *tests].contains(&selected.as_str()) =>
        {
            true
        }
        _ => check.contains(&selected),
    };
    let checks: Vec<_> = all.filter(is_selected).collect();
    let caught = checks.iter().map(|(_, caught, _)| match caught {
        Caught::Histories(_) => Caught::Histories(1),
        tests => *tests,
    });
    for caught in caught.collect::<BTreeSet<_>>() {
        if let Ok(failing) = run::failing(&copy, None, caught) {
            panic!("with every check, {caught:?}: {failing}");
        }
    }
    let mut not_needed = Vec::new();
    for (check, caught, _) in checks {
        match run::failing(&copy, Some(check), *caught) {
            Ok(failing) => println!("{check}: {failing}"),
            Err(why) => {
                println!("{check} is not needed: {why}");
                not_needed.push(check);
            }
        }
    }
    assert!(
        not_needed.is_empty(),
        "no test fails without {not_needed:?}"
    );
}
