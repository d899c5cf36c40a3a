//! The processes of a Chromium.

use rustix::process::{Pid, Signal, geteuid, kill_process_group};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tokio::process::{ChildStdin, ChildStdout};

/// Gives the pipe the numbers under which Chromium expects it, and what Chromium says to the log.
const WITH_PIPE: &str = r#"exec 3<&0 4>&1 </dev/null >"$0" 2>&1; exec "$@""#;

const FLAGS: [&str; 9] = [
    "--remote-debugging-pipe",
    "--headless=new",
    "--no-startup-window",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
];

/// A Chromium in a process group of its own, with a profile in a temporary directory. It ends when its pipe is closed,
/// however this process ends.
#[derive(Debug)]
pub(super) struct Process {
    chromium: Child,
    directory: TempDir,
}

impl Process {
    /// Starts it. Commands go into the pipe, answers and events come out of it, each followed by a zero byte.
    pub(super) fn start() -> (Self, ChildStdin, ChildStdout) {
        let directory = tempfile::tempdir().unwrap();
        let profile = directory.path().join("profile");
        let mut command = Command::new("sh");
        command
            .args(["-c", WITH_PIPE])
            .arg(directory.path().join("log"))
            .arg(program())
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.display()))
            .env("TMPDIR", directory.path())
            .env("XDG_CONFIG_HOME", directory.path());
        // Chromium refuses to run as root in its sandbox.
        if geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        let mut chromium = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = ChildStdin::from_std(chromium.stdin.take().unwrap());
        let answers = ChildStdout::from_std(chromium.stdout.take().unwrap());
        let process = Self {
            chromium,
            directory,
        };
        (process, commands.unwrap(), answers.unwrap())
    }

    /// What Chromium said.
    pub(super) fn log(&self) -> String {
        let log = std::fs::read(self.directory.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only if Chromium has ended.
        let _ended = kill_process_group(Pid::from_child(&self.chromium), Signal::KILL);
        self.chromium.wait().unwrap();
    }
}

fn program() -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut programs = std::env::split_paths(&on_path).map(|path| path.join("chromium"));
    programs
        .find(|program| program.exists())
        .expect("Chromium is needed for these tests: `scripts/prerequisites test` installs it")
}
