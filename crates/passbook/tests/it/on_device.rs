//! The person's commands on a device.

use crate::bank::{self, passbook};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

pub(crate) fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = passbook();
    command.args(arguments).arg("--dir").arg(directory);
    command
}

/// The JSON lines that a command prints that does what it was asked.
pub(crate) fn lines(directory: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = command(directory, arguments)
        .arg("--json")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).to_string();
    assert!(output.status.success(), "{arguments:?}: {told}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The last of them.
pub(crate) fn last(directory: &Path, arguments: &[&str]) -> Value {
    lines(directory, arguments).pop().unwrap()
}

/// What a command says that does not do what it was asked.
pub(crate) fn refused(directory: &Path, arguments: &[&str]) -> String {
    bank::refused(command(directory, arguments).arg("--json"))
}
