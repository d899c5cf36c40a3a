//! The suite that every engine must pass: on an engine with a server's configuration, and on one so small that all data
//! goes through files.

use crate::support::settable_clock;
use async_trait::async_trait;
use channel_log::conformance::Fixture;
use channel_log::{ChannelLog, LogChannelKind};
use log_embedded::{Config, EmbeddedLog, Retention};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use types::Clock;

const RETENTION: Retention = Retention {
    customer: Some(Duration::from_secs(8 * 3600)),
    global: None,
    queue: Some(Duration::from_secs(3600)),
};

struct Embedded {
    directory: TempDir,
    tiny: bool,
    time: Arc<AtomicU64>,
    clock: Clock,
    running: Option<Arc<EmbeddedLog>>,
}

impl Embedded {
    fn new(tiny: bool) -> Self {
        let (time, clock) = settable_clock();
        Self {
            directory: tempfile::tempdir().unwrap(),
            tiny,
            time,
            clock,
            running: None,
        }
    }
}

#[async_trait]
impl Fixture for Embedded {
    async fn open(&mut self) -> Arc<dyn ChannelLog> {
        let config = Config {
            retention: RETENTION,
            ..Config::new(self.directory.path(), self.clock.clone())
        };
        let config = if self.tiny {
            Config {
                segment_bytes: 64 << 10,
                queue_bytes: 32 << 10,
                group_bytes: 8 << 10,
                heads_cached: 4,
                ..config
            }
        } else {
            Config {
                segment_bytes: 4 << 20,
                ..config
            }
        };
        let log = Arc::new(EmbeddedLog::open(config).unwrap());
        self.running = Some(Arc::clone(&log));
        log
    }

    async fn close(&mut self) {
        let log = self.running.take().unwrap();
        log.close().await;
        log_embedded::check(self.directory.path()).unwrap();
    }

    fn retention(&self, kind: LogChannelKind) -> Option<Duration> {
        match kind {
            LogChannelKind::Customer => RETENTION.customer,
            LogChannelKind::Global => RETENTION.global,
            LogChannelKind::Queue => RETENTION.queue,
        }
    }

    fn advance(&mut self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap();
        self.time.fetch_add(ms, Ordering::SeqCst);
    }

    async fn expire(&mut self) {
        self.running.as_ref().unwrap().expire().await.unwrap();
    }
}

mod as_a_server_has_it {
    use super::Embedded;
    channel_log::conformance_suite!(Embedded::new(false));
}

mod through_files {
    use super::Embedded;
    channel_log::conformance_suite!(Embedded::new(true));
}
