//! Servers in a process of their own, which ends with this one.

use anyhow::{Context as _, bail};
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// The servers while they run. The fields are dropped in this order: they are killed before their input ends.
pub(crate) struct Running {
    pub(crate) child: Child,
    /// While this end of their standard input is open, they run on.
    _stdin: ChildStdin,
}

impl Running {
    /// Starts `command`, with its log in the file `log`, and waits until it prints that it is ready. Answers what it printed.
    pub(crate) async fn start(mut command: Command, log: &Path) -> anyhow::Result<(Self, String)> {
        let file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(log)?;
        let mut child = command
            // The other end closes when this process ends, however it ends.
            .stdin(Stdio::piped())
            // A signal from the terminal comes to this process alone, which then ends the servers.
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .context("the servers cannot be started")?;
        let output = child.stdout.take().context("the servers have no output")?;
        let stdin = child.stdin.take().context("the servers have no input")?;
        let running = Self {
            child,
            _stdin: stdin,
        };
        let mut lines = BufReader::new(output).lines();
        match lines.next_line().await? {
            Some(line) if line.contains("\"ready\":true") => Ok((running, line)),
            _ => bail!(
                "the servers did not become ready; their log is {}",
                log.display()
            ),
        }
    }

    /// The process, while it runs.
    pub(crate) fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks the servers to end, and waits for it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        terminate(&self.child)?;
        let status = self.child.wait().await?;
        if status.success() {
            Ok(())
        } else {
            bail!("the servers ended with {status}")
        }
    }
}

/// Sends SIGTERM, if the process still runs.
pub(crate) fn terminate(child: &Child) -> anyhow::Result<()> {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id.and_then(rustix::process::Pid::from_raw) {
        rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
    }
    Ok(())
}
