//! A copy that is made while the log is written opens as a log, and has all that was durable when it began.

use crate::support::{assert_follows, at, channel, fill, read_all, tiny};
use channel_log::ChannelLog;
use log_embedded::{EmbeddedLog, OpenError};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_has_what_was_durable_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let log = Arc::new(EmbeddedLog::open(tiny(&directory.path().join("log"))).unwrap());
    fill(&*log, 1, 1..=700).await;
    fill(&*log, 2, 1..=3).await;
    let writing = tokio::spawn({
        let log = Arc::clone(&log);
        async move { fill(&*log, 1, 701..=2_000).await }
    });
    let copy = directory.path().join("copy");
    let copied = log.copy_to(copy.clone()).await.unwrap();
    assert!(copied.segment_records >= 703, "{copied:?}");
    assert_eq!(copied.groups, 0);
    writing.await.unwrap();
    log.close().await;

    let copied = EmbeddedLog::open(tiny(&copy)).unwrap();
    let newest = copied.head(channel(1)).await.unwrap().position.number.get();
    assert!((700..=2_000).contains(&newest), "{newest}");
    let records = read_all(&copied, 1, 0).await;
    assert_eq!(records.len(), usize::try_from(newest).unwrap());
    assert_follows(&records, 1, 0);
    fill(&copied, 1, newest + 1..=newest + 300).await;
    fill(&copied, 2, 4..=5).await;
    copied.close().await;
    let again = EmbeddedLog::open(tiny(&copy)).unwrap();
    assert_eq!(again.head(channel(2)).await.unwrap().position, at(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_log_and_one_that_was_just_opened_are_copied() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let log = EmbeddedLog::open(tiny(&path("log"))).unwrap();
    log.copy_to(path("empty")).await.unwrap();
    fill(&log, 1, 1..=5).await;
    log.close().await;
    let log = EmbeddedLog::open(tiny(&path("log"))).unwrap();
    log.copy_to(path("copy")).await.unwrap();
    let empty = EmbeddedLog::open(tiny(&path("empty"))).unwrap();
    fill(&empty, 1, 1..=5).await;
    let copied = EmbeddedLog::open(tiny(&path("copy"))).unwrap();
    assert_eq!(copied.head(channel(1)).await.unwrap().position, at(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_fails_does_not_stop_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::open(tiny(&directory.path().join("log"))).unwrap();
    fill(&log, 1, 1..=5).await;
    let file = directory.path().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    assert!(matches!(log.copy_to(file).await, Err(OpenError::Io { .. })));
    fill(&log, 1, 6..=7).await;
    log.close().await;
    assert!(log.copy_to(directory.path().join("late")).await.is_err());
}
