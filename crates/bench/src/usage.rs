//! Processor time of the servers and of this process during a measurement.

use crate::threads::ThreadTimes;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A measurement that has begun.
pub(crate) struct Meter {
    process: u32,
    began: Instant,
    before: [ThreadTimes; 2],
}

/// What was used from the beginning to the end, in microseconds, by the threads' names without their numbers.
pub(crate) struct Used {
    pub(crate) elapsed: Duration,
    pub(crate) servers: BTreeMap<String, u64>,
    pub(crate) own: BTreeMap<String, u64>,
}

impl Meter {
    /// Begins now. `process` is the servers'.
    pub(crate) fn start(process: u32) -> anyhow::Result<Self> {
        Ok(Self {
            process,
            before: times(process)?,
            began: Instant::now(),
        })
    }

    /// When it began.
    pub(crate) const fn began(&self) -> Instant {
        self.began
    }

    /// What was used until now.
    pub(crate) fn read(&self) -> anyhow::Result<Used> {
        let elapsed = self.began.elapsed();
        let [servers, own] = times(self.process)?;
        let [servers_before, own_before] = &self.before;
        Ok(Used {
            elapsed,
            servers: servers.since(servers_before),
            own: own.since(own_before),
        })
    }
}

impl Used {
    /// The part of what all processors could have been used that was.
    pub(crate) fn busy(&self) -> anyhow::Result<f64> {
        let used: u64 = self.servers.values().chain(self.own.values()).sum();
        let could = self.elapsed.as_secs_f64() * 1e6 * f64::from(u32::try_from(cores())?);
        Ok(f64::from(u32::try_from(used)?) / could)
    }

    /// The servers' threads that used most, with their name.
    pub(crate) fn busiest_of_servers(&self) -> Option<(&str, u64)> {
        let busiest = self.servers.iter().max_by_key(|(_, time)| **time);
        busiest.map(|(name, time)| (name.as_str(), *time))
    }
}

/// The number of processors.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn times(process: u32) -> anyhow::Result<[ThreadTimes; 2]> {
    Ok([
        ThreadTimes::of(process)?,
        ThreadTimes::of(std::process::id())?,
    ])
}
