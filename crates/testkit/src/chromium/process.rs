//! The processes of a Chromium.

use rustix::process::{Pid, Signal, geteuid, kill_process_group};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{ChildStdin, ChildStdout};
use tokio::time::{sleep, timeout};

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

/// How long Chromium may take to end.
const ENDS: Duration = Duration::from_secs(30);

/// What a Chromium keeps: its stores, caches and service workers. One Chromium at a time has it.
#[derive(Debug, Clone)]
pub struct Profile(Arc<TempDir>);

impl Profile {
    /// An empty profile in a temporary directory, which goes with the last of its clones.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it creates a directory")]
    pub fn new() -> Self {
        Self(Arc::new(tempfile::tempdir().unwrap()))
    }
}

/// A Chromium in a process group of its own. It ends when its pipe is closed, however this process ends.
#[derive(Debug)]
pub(super) struct Process {
    chromium: Child,
    profile: Profile,
}

impl Process {
    /// Starts it. Commands go into the pipe, answers and events come out of it, each followed by a zero byte.
    pub(super) fn start(profile: &Profile) -> (Self, ChildStdin, ChildStdout) {
        let directory = profile.0.path();
        let mut command = Command::new("sh");
        command
            .args(["-c", WITH_PIPE])
            .arg(directory.join("log"))
            .arg(program())
            .args(FLAGS)
            .arg(format!(
                "--user-data-dir={}",
                directory.join("profile").display()
            ))
            .env("TMPDIR", directory)
            .env("XDG_CONFIG_HOME", directory);
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
            profile: profile.clone(),
        };
        (process, commands.unwrap(), answers.unwrap())
    }

    /// What Chromium said.
    pub(super) fn log(&self) -> String {
        let log = std::fs::read(self.profile.0.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Waits until it has ended, as it was told to.
    pub(super) async fn ended(&mut self) {
        let ended = async {
            while self.chromium.try_wait().unwrap().is_none() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let in_time = timeout(ENDS, ended).await;
        assert!(in_time.is_ok(), "Chromium did not end\n{}", self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.chromium.try_wait().unwrap().is_none() {
            // Fails only if Chromium has ended.
            let _ended = kill_process_group(Pid::from_child(&self.chromium), Signal::KILL);
            self.chromium.wait().unwrap();
        }
    }
}

fn program() -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut programs = std::env::split_paths(&on_path).map(|path| path.join("chromium"));
    programs
        .find(|program| program.exists())
        .expect("Chromium is needed for these tests: `scripts/prerequisites test` installs it")
}
