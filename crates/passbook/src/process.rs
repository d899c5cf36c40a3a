//! The system's figures about this process: proc(5).

use protocol::http::ProcessStatus;
use rustix::process::Resource;
use std::fs;
use std::time::Duration;
use terminal::proc;

/// The current figures, of a process that has run for `age_ms` milliseconds. A figure that the system does not report
/// is 0.
pub(crate) fn status(age_ms: u64) -> ProcessStatus {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| proc::status_figure(&status, name).unwrap_or(0);
    let handles = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    ProcessStatus {
        age_ms,
        resident_bytes: field("VmRSS:") * 1024,
        cpu_ms: cpu_ms(&fs::read_to_string("/proc/self/stat").unwrap_or_default()),
        handles: u64::try_from(handles).unwrap_or(u64::MAX),
        handles_max: rustix::process::getrlimit(Resource::Nofile)
            .current
            .unwrap_or(u64::MAX),
        threads: field("Threads:"),
    }
}

/// Time in user and system mode.
fn cpu_ms(stat: &str) -> u64 {
    let time = proc::name_and_time(stat).map_or(Duration::ZERO, |(_, time)| time);
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_user_and_system_time() {
        let ticks = rustix::param::clock_ticks_per_second();
        let stat = format!(
            "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 {} {} 99 99",
            ticks,
            2 * ticks
        );
        assert_eq!(cpu_ms(&stat), 3_000);
        assert_eq!(cpu_ms(""), 0);
    }

    #[test]
    fn a_process_has_memory_threads_and_handles() {
        let status = status(5);
        assert_eq!(status.age_ms, 5);
        assert!(status.resident_bytes > 1 << 20, "{status:?}");
        assert!(status.threads >= 1 && status.handles >= 3, "{status:?}");
        assert!(status.handles <= status.handles_max, "{status:?}");
    }
}
