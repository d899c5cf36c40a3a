//! Processor time by thread (proc(5)).

use crate::figures::micros;
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use terminal::proc;

/// What the threads of a process have used since it began, in microseconds, by thread id.
pub(crate) struct ThreadTimes(BTreeMap<String, (String, u64)>);

impl ThreadTimes {
    /// Of that process, as of now. What ends meanwhile is left out.
    pub(crate) fn of(process: u32) -> anyhow::Result<Self> {
        let mut times = BTreeMap::new();
        for thread in fs::read_dir(format!("/proc/{process}/task"))? {
            let thread = thread?;
            if let Some(time) = time(&thread.path()) {
                times.insert(thread.file_name().to_string_lossy().into_owned(), time);
            }
        }
        Ok(Self(times))
    }

    /// What was used since `before`, by the threads' names without their numbers; threads that used nothing are left out.
    pub(crate) fn since(&self, before: &Self) -> BTreeMap<String, u64> {
        let mut used = BTreeMap::new();
        for (id, (name, time)) in &self.0 {
            let earlier = before.0.get(id).map_or(0, |(_, time)| *time);
            if *time > earlier {
                *used.entry(name.clone()).or_default() += time - earlier;
            }
        }
        used
    }
}

/// What the calling thread has used since it began, in microseconds.
pub(crate) fn own_time() -> anyhow::Result<u64> {
    let (_, time) = time(Path::new("/proc/thread-self")).context("a thread without times")?;
    Ok(time)
}

/// A thread's name and its time in user and system mode.
fn time(thread: &Path) -> Option<(String, u64)> {
    let stat = fs::read_to_string(thread.join("stat")).ok()?;
    parse(&stat)
}

fn parse(stat: &str) -> Option<(String, u64)> {
    let (name, time) = proc::name_and_time(stat)?;
    let name = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '-');
    Some((name.to_owned(), micros(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threads_time_is_user_and_system_time() {
        let ticks = rustix::param::clock_ticks_per_second();
        let stat = format!(
            "7 (a) b-12) S 1 2 3 4 5 6 7 8 9 10 {ticks} {} 99",
            2 * ticks
        );
        assert_eq!(parse(&stat), Some(("a) b".into(), 3_000_000)));
        assert_eq!(parse(""), None);
    }

    #[test]
    fn what_was_used_is_summed_by_name() {
        let times = |all: &[(&str, &str, u64)]| {
            let all = all.iter();
            let all = all.map(|(id, name, time)| ((*id).into(), ((*name).into(), *time)));
            ThreadTimes(all.collect())
        };
        let before = times(&[("1", "worker", 5), ("2", "worker", 7), ("3", "idle", 1)]);
        let after = times(&[
            ("1", "worker", 6),
            ("2", "worker", 9),
            ("3", "idle", 1),
            ("4", "new", 2),
        ]);
        let used = after.since(&before);
        assert_eq!(used, [("new".into(), 2), ("worker".into(), 3)].into());
    }
}
