//! `ARCHITECTURE.md` names the path of one transaction, of one order, of one login for another app, and of one payment of another app. Each file that it names must contain the
//! function that it names.

#![allow(clippy::unwrap_used)]
use std::path::Path;

#[test]
fn every_step_of_an_order_is_in_the_named_file() {
    check_section("## One order", 11);
}

#[test]
fn every_step_of_a_login_for_another_app_is_in_the_named_file() {
    check_section("## One login for another app", 6);
}

#[test]
fn every_step_of_another_apps_payment_is_in_the_named_file() {
    check_section("## One payment of another app", 6);
}

fn check_section(title: &str, expected: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let (_, section) = page.split_once(title).unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let mut steps = 0;
    for line in section.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", file, function, _, ""] = cells[..] else {
            continue;
        };
        if !file.starts_with("`crates/") {
            continue;
        }
        steps += 1;
        check(&root, file, function);
    }
    assert_eq!(steps, expected, "the table of steps is read");
}

fn check(root: &Path, file: &str, function: &str) {
    let (file, function) = (file.trim_matches('`'), function.trim_matches('`'));
    let code =
        std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(
        code.contains(&format!("fn {function}(")) || code.contains(&format!("fn {function}<")),
        "{file} has no function `{function}`"
    );
}

#[test]
fn every_step_of_a_transaction_is_in_the_named_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let mut steps = 0;
    for line in page.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", step, file, function, _, ""] = cells[..] else {
            continue;
        };
        if step.parse::<u32>().is_err() {
            continue;
        }
        steps += 1;
        check(&root, file, function);
    }
    assert_eq!(steps, 20, "the table of steps is read");
}
