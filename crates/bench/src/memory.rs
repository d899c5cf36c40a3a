//! Memory of another process.

use anyhow::Context as _;

/// A figure of a process's memory in KiB (proc_pid_status(5)).
pub(crate) fn memory_kib(process: u32, name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| {
        line.trim_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .ok()
    });
    kib.with_context(|| format!("{name} is not among the figures of process {process}"))
}
