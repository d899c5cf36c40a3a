//! A channel without appends, readers and watches costs only disk space.

use crate::support::{append, at, channel, fill, read_all, record, tiny};
use channel_log::{ChannelLog, LogChannelKind};
use log_embedded::{Config, EmbeddedLog};
use std::path::Path;

const CHANNELS: u64 = 20_000;

fn config(directory: &Path) -> Config {
    Config {
        segment_bytes: 1 << 20,
        queue_bytes: 1 << 20,
        group_bytes: 256 << 10,
        heads_cached: 50,
        ..tiny(directory)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_kept_in_memory_for_channels_that_nobody_uses() {
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::open(config(directory.path())).unwrap();
    let opens = (0..CHANNELS).map(|c| {
        let log = &log;
        async move {
            log.open(channel(c), LogChannelKind::Customer)
                .await
                .unwrap()
        }
    });
    let opens: Vec<_> = opens.collect();
    futures_join(opens).await;
    let records = (0..CHANNELS).map(|c| record(c, 1)).collect();
    assert!(log.append(records).await.iter().all(Result::is_ok));
    // Other channels continue until the dormant channels are in no table in memory.
    let mut n = 0;
    while log.metrics().channels_in_tables > 5 {
        n += 1;
        fill(&log, CHANNELS, n..=n).await;
    }
    let metrics = log.metrics();
    assert!(metrics.heads_cached <= 50, "{metrics:?}");
    assert_eq!(metrics.channels_watched, 0);

    // Using the channels again leaves nothing behind either.
    for c in 0..500 {
        let watch = log.watch(channel(c)).await.unwrap();
        assert_eq!(log.head(channel(c)).await.unwrap().position, at(1));
        assert_eq!(read_all(&log, c, 0).await.len(), 1);
        drop(watch);
    }
    let metrics = log.metrics();
    assert!(metrics.heads_cached <= 50, "{metrics:?}");
    assert_eq!(metrics.channels_watched, 0);
    log.close().await;

    let log = EmbeddedLog::open(config(directory.path())).unwrap();
    let metrics = log.metrics();
    assert!(metrics.channels_in_tables <= 5, "{metrics:?}");
    assert_eq!(metrics.heads_cached, 0);
    append(&log, CHANNELS / 2, 2).await.unwrap();
    assert_eq!(log.metrics().heads_cached, 1);
    log.close().await;
}

/// Runs all futures concurrently on this task.
async fn futures_join<F: Future>(futures: Vec<F>) {
    let mut running: Vec<_> = futures.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        running.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if running.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}
