//! Memory of another process.

use anyhow::Context as _;

/// A figure of a process's memory in KiB (proc_pid_status(5)).
pub(crate) fn memory_kib(process: u32, name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    terminal::proc::status_figure(&status, name)
        .with_context(|| format!("{name} is not among the figures of process {process}"))
}
