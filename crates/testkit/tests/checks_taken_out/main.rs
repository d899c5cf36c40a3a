//! Each check of a new order, and of the OpenID provider, is needed: without it, alone, tests fail, because the attack that it
//! stops passes.
//!
//! The long test builds a service without each check, which takes half an hour or more for each service on two cores:
//!
//!     cargo test -p testkit --test checks_taken_out -- --ignored --nocapture
//!
//! `PASSBOOK_CHECKS` selects the checks whose names, after the service's, contain it: `openid: `, `gateway: voucher`.

#![allow(clippy::unwrap_used)]

mod gateway;
mod openid;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A text in a file of a service's directory, and what replaces it to take a check out.
type Edit = (&'static str, &'static str, &'static str);

/// A check's name, and what takes it out.
type Check = (&'static str, &'static [Edit]);

/// What has checks.
struct Service {
    name: &'static str,
    directory: &'static str,
    /// The arguments of `cargo test` that select its tests.
    tests: &'static [&'static str],
    checks: &'static [Check],
}

const SERVICES: [Service; 2] = [gateway::SERVICE, openid::SERVICE];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn each_check_stands_once() {
    for service in &SERVICES {
        for (check, edits) in service.checks {
            for (file, text, _) in *edits {
                let code = fs::read_to_string(root().join(service.directory).join(file)).unwrap();
                assert_eq!(code.matches(text).count(), 1, "{check}: {text}");
            }
        }
    }
}

#[test]
#[ignore = "builds services without each of their checks"]
fn without_any_check_a_test_fails() {
    let selected = std::env::var("PASSBOOK_CHECKS").unwrap_or_default();
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("checks-taken-out");
    let mut not_needed = Vec::new();
    for service in &SERVICES {
        let named = |(check, edits): &Check| (format!("{}: {check}", service.name), *edits);
        let checks = service.checks.iter().map(named);
        let checks: Vec<_> = checks
            .filter(|(check, _)| check.contains(&selected))
            .collect();
        if checks.is_empty() {
            continue;
        }
        copy_sources(&copy);
        let (_, failing) = tests(service, &copy);
        assert_eq!(failing, Some(Vec::new()), "with every check");
        for (check, edits) in checks {
            for (file, text, instead) in edits {
                let file = copy.join(service.directory).join(file);
                let code = fs::read_to_string(&file).unwrap();
                fs::write(&file, code.replace(text, instead)).unwrap();
            }
            let (output, failing) = tests(service, &copy);
            let failing = failing.unwrap_or_else(|| panic!("{check}: {output}"));
            println!("{check}: {}", failing.join(", "));
            if failing.is_empty() {
                not_needed.push(check);
            }
            copy_sources(&copy);
        }
    }
    assert!(
        not_needed.is_empty(),
        "no test fails without {not_needed:?}"
    );
}

/// Copies the files of the repository that differ.
fn copy_sources(to: &Path) {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success(), "{listed:?}");
    for file in String::from_utf8(listed.stdout)
        .unwrap()
        .split_terminator('\0')
    {
        let Ok(content) = fs::read(root().join(file)) else {
            continue;
        };
        let to = to.join(file);
        if fs::read(&to).is_ok_and(|copied| copied == content) {
            continue;
        }
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, content).unwrap();
    }
}

/// Runs a service's tests. Returns the output and the names of the tests that failed; `None` if there is nothing
/// to run.
fn tests(service: &Service, directory: &Path) -> (String, Option<Vec<String>>) {
    // A service without a check may loop for ever.
    let run = Command::new("timeout")
        .args(["1800", env!("CARGO"), "test"])
        .arg("--locked")
        .args(service.tests)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env("RUST_BACKTRACE", "0")
        .current_dir(directory)
        .output()
        .unwrap();
    let output = [run.stdout, run.stderr].map(|text| String::from_utf8(text).unwrap());
    let output = output.concat();
    let failed = output.lines().filter_map(|line| {
        let test = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
        Some(test.to_owned())
    });
    let failed = failed.collect();
    let ran = output.contains("test result: ");
    (output, ran.then_some(failed))
}
