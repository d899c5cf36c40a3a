//! A directory that the first version wrote must open and read. Directories of later versions will be added beside it.

use crate::support::{append, assert_follows, at, channel, fill, number, read_all, record, tiny};
use channel_log::{Append, AppendError, ChannelHead, ChannelLog, LogChannelKind, Read, ReadLimit};
use log_embedded::EmbeddedLog;
use std::fs;
use std::path::{Path, PathBuf};
use types::{Generation, Position};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/log-embedded/1")
}

fn second() -> Generation {
    Generation::new(2).unwrap()
}

fn of_second(c: u64, n: u64) -> Append {
    Append {
        generation: second(),
        ..record(c, n)
    }
}

/// Everything in the format: long and short runs, all kinds, trims, generations, in segments and in the log.
async fn write(log: &EmbeddedLog) {
    fill(log, 1, 1..=400).await;
    log.open(channel(2), LogChannelKind::Global).await.unwrap();
    log.open(channel(3), LogChannelKind::Queue).await.unwrap();
    for c in [2, 3, 4] {
        let records = (1..=10).map(|n| record(c, n)).collect();
        log.open(channel(4), LogChannelKind::Customer)
            .await
            .unwrap();
        assert!(log.append(records).await.iter().all(Result::is_ok));
    }
    log.trim(channel(3), at(6)).await.unwrap();
    log.restart(channel(4), second()).await.unwrap();
    log.append(vec![of_second(4, 1), of_second(4, 2)]).await;
    fill(log, 1, 401..=900).await;
    fill(log, 5, 1..=10).await;
    for n in 901..=905 {
        append(log, 1, n).await.unwrap();
    }
}

async fn verify(log: &EmbeddedLog) {
    assert_eq!(assert_follows(&read_all(log, 1, 0).await, 1, 0), 905);
    assert_eq!(assert_follows(&read_all(log, 1, 700).await, 1, 700), 905);
    assert_eq!(assert_follows(&read_all(log, 2, 0).await, 2, 0), 10);
    assert_eq!(assert_follows(&read_all(log, 5, 0).await, 5, 0) % 10, 0);
    assert_eq!(assert_follows(&read_all(log, 3, 6).await, 3, 6), 10);
    let newest = log.head(channel(3)).await.unwrap();
    let read = log.read(channel(3), at(0), ReadLimit::default()).await;
    let oldest = number(7);
    assert_eq!(read, Ok(Read::Trimmed { oldest, newest }));
    let newest = log.head(channel(4)).await.unwrap();
    let expected = ChannelHead {
        kind: LogChannelKind::Customer,
        position: Position::new(second(), number(2)),
        hash: record(4, 2).hash,
    };
    assert_eq!(newest, expected);
    assert_eq!(
        append(log, 4, 3).await,
        Err(AppendError::Generation { newest })
    );
    let kinds = [
        LogChannelKind::Customer,
        LogChannelKind::Global,
        LogChannelKind::Queue,
        LogChannelKind::Customer,
    ];
    for (c, kind) in (1..).zip(kinds) {
        assert_eq!(log.head(channel(c)).await.unwrap().kind, kind);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_of_the_first_version_opens() {
    let directory = tempfile::tempdir().unwrap();
    for file in fs::read_dir(fixture()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), directory.path().join(file.file_name())).unwrap();
    }
    let checked = log_embedded::check(directory.path()).unwrap();
    assert!(
        checked.segments >= 2 && checked.segment_records > 400 && checked.groups > 4,
        "{checked:?}"
    );
    let log = EmbeddedLog::open(tiny(directory.path())).unwrap();
    verify(&log).await;
    append(&log, 1, 906).await.unwrap();
    log.close().await;
    let log = EmbeddedLog::open(tiny(directory.path())).unwrap();
    assert_eq!(assert_follows(&read_all(&log, 1, 0).await, 1, 0), 906);
    log.close().await;
}

/// Makes the fixture. It is run by hand, once for each version of the format.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes the fixture of a new version"]
async fn write_the_fixture() {
    // Flushes and merges happen at any time: repeat until every part of the format exists.
    loop {
        fs::create_dir_all(fixture()).unwrap();
        let log = EmbeddedLog::open(tiny(&fixture())).unwrap();
        write(&log).await;
        verify(&log).await;
        log.close().await;
        let checked = log_embedded::check(&fixture()).unwrap();
        if checked.segments >= 2 && checked.groups >= 5 {
            break;
        }
        fs::remove_dir_all(fixture()).unwrap();
    }
    for file in fs::read_dir(fixture()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "lock" || name.starts_with("spare-") {
            fs::remove_file(path).unwrap();
        }
    }
}
