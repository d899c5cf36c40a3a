//! Commands that wait until a person has logged in at the outside provider.

use crate::bank::{Bank, Running};
use crate::on_device::command;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Output, Stdio};

pub(crate) struct Waiting {
    running: Running,
    printed: BufReader<ChildStdout>,
    /// Where the person logs in.
    pub(crate) address: String,
}

impl Waiting {
    pub(crate) fn for_login(command: &mut Command) -> Self {
        let running = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut running = Running(running.unwrap());
        let mut printed = BufReader::new(running.0.stdout.take().unwrap());
        let mut line = String::new();
        printed.read_line(&mut line).unwrap();
        let waiting: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(waiting["state"], "waiting");
        Self {
            running,
            printed,
            address: waiting["address"].as_str().unwrap().to_owned(),
        }
    }

    /// The end of the command, with what it printed since.
    pub(crate) fn output(mut self) -> Output {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        self.printed.read_to_end(&mut stdout).unwrap();
        let mut told = self.running.0.stderr.take().unwrap();
        told.read_to_end(&mut stderr).unwrap();
        Output {
            status: self.running.0.wait().unwrap(),
            stdout,
            stderr,
        }
    }
}

/// The directory of a new device, and the command that enrols it by a login.
pub(crate) fn enrol(bank: &Bank, name: &str, root: &str) -> (PathBuf, Command) {
    let directory = bank.path(name);
    let arguments = [
        "enrol",
        "--provider",
        "--root",
        root,
        "--bank",
        &bank.public,
    ];
    let mut command = command(&directory, &arguments);
    command.arg("--json");
    (directory, command)
}

/// The command that logs the person in on a device.
pub(crate) fn login(directory: &Path) -> Command {
    command(directory, &["login", "--provider", "--json"])
}
