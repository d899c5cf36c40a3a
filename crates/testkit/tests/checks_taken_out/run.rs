//! Runs in the copy what has to fail without a check.

use crate::copy::VARIABLE;
use crate::table::Caught;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Histories before a check counts as not needed.
const HISTORIES: u64 = 3_000;

/// Optimised, because histories take long, and with the assertions of tests.
const PROFILE: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true"),
    ("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true"),
];

/// What `assert_eq!` prints of the refusal of an order, if there was none.
const NOT_REFUSED: &[&str] = &["left: None", "left: (None,"];

/// A service without a check may loop for ever.
const SECONDS_MAX: &str = "3600";

/// What fails in `directory` without that check: the names of tests, or the first line about a history. An error if the
/// check is not needed: why.
pub(crate) fn failing(
    directory: &Path,
    check: Option<&str>,
    caught: Caught,
) -> Result<String, String> {
    match caught {
        Caught::Histories(seed) => history(directory, check, seed),
        Caught::Tests(name, target, tests) => named(directory, check, (name, target, tests), &[]),
        Caught::Attacks(name, target, tests) => {
            named(directory, check, (name, target, tests), NOT_REFUSED)
        }
    }
}

fn cargo(directory: &Path, check: Option<&str>) -> Command {
    let mut command = Command::new("timeout");
    command
        .args([SECONDS_MAX, env!("CARGO"), "test", "--locked", "--release"])
        .envs(PROFILE)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env("RUST_BACKTRACE", "0")
        .current_dir(directory);
    if let Some(check) = check {
        command.env(VARIABLE, check);
    }
    command
}

fn named(
    directory: &Path,
    check: Option<&str>,
    (name, target, tests): (&str, &str, &str),
    printed: &[&str],
) -> Result<String, String> {
    let mut run = cargo(directory, check);
    match target {
        "lib" => run.args(["-p", name, "--lib", tests]),
        target => run.args(["-p", name, "--test", target, tests]),
    };
    let run = run.output().unwrap();
    let output = [run.stdout, run.stderr].map(|text| String::from_utf8(text).unwrap());
    let output = output.concat();
    let failed = output.lines().filter_map(|line| {
        let test = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
        Some(test.to_owned())
    });
    let failed: Vec<_> = failed.collect();
    assert!(output.contains("test result: "), "{check:?}: {output}");
    let says =
        check.is_none() || printed.is_empty() || printed.iter().any(|text| output.contains(text));
    match (failed.join(", "), says) {
        (failed, _) if failed.is_empty() => Err("nothing fails".to_owned()),
        (failed, true) => Ok(failed),
        (failed, false) => Err(format!("another check refuses in {failed}: {output}")),
    }
}

/// Stops at the first history that fails, before its steps are reduced.
fn history(directory: &Path, check: Option<&str>, seed: u64) -> Result<String, String> {
    let histories = if check.is_some() { HISTORIES } else { 100 };
    let mut running = cargo(directory, check)
        .args(["-p", "passbook", "--bin", "passbook"])
        .args(["histories::tests", "--", "--nocapture"])
        .env("PASSBOOK_SEED", seed.to_string())
        .env("PASSBOOK_HISTORIES", histories.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(running.stderr.take().unwrap()).lines();
    let mut all = Vec::new();
    for line in lines.map(Result::unwrap) {
        if line.starts_with("PASSBOOK_SEED=") {
            // Unlike a kill, this ends the test, too.
            let process = Pid::from_child(&running);
            kill_process(process, Signal::TERM).unwrap();
            running.wait().unwrap();
            return Ok(line);
        }
        all.push(line);
    }
    let ended = running.wait().unwrap();
    assert!(ended.success(), "{check:?}: {}", all.join("\n"));
    Err(format!("none of {histories} histories fails"))
}
