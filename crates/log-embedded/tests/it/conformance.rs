//! Every engine's suite, on the engine as a server has it, and on one so small that everything goes through files.

use async_trait::async_trait;
use channel_log::ChannelLog;
use channel_log::conformance::Fixture;
use log_embedded::{Config, EmbeddedLog};
use std::sync::Arc;
use tempfile::TempDir;
use types::Time;

struct Embedded {
    directory: TempDir,
    tiny: bool,
    running: Option<Arc<EmbeddedLog>>,
}

impl Embedded {
    fn new(tiny: bool) -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            tiny,
            running: None,
        }
    }
}

#[async_trait]
impl Fixture for Embedded {
    async fn open(&mut self) -> Arc<dyn ChannelLog> {
        let config = Config::new(self.directory.path(), Arc::new(|| Time::from_ms(1)));
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
}

mod as_a_server_has_it {
    use super::Embedded;
    channel_log::conformance_suite!(Embedded::new(false));
}

mod through_files {
    use super::Embedded;
    channel_log::conformance_suite!(Embedded::new(true));
}
