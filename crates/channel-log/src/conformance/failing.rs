//! An engine that fails sometimes, and that reports an unknown outcome: callers that repeat their requests lose
//! nothing.

use super::draw::{Draw, Seed};
use super::faults::{Fault, Faulty};
use super::{
    Fixture, append, append_one, assert_records, at, channel, fill, generation, number, open,
    read_all, soon,
};
use crate::{
    Append, AppendError, Appended, ChannelHead, ChannelLog, LogChannelKind, LogError, Read,
    ReadLimit, Record, Watch, WatchError,
};
use std::sync::Arc;
use types::{ChannelId, Position};

const CHANNELS: u64 = 6;
const RECORDS: u64 = 60;

/// Half of all calls fail, in every way.
fn choice(mut draw: Draw) -> impl FnMut() -> Option<Fault> + Send {
    move || match draw.below(10) {
        0 => Some(Fault::Refused),
        1 => Some(Fault::Lost),
        2 => Some(Fault::Unanswered),
        3 => Some(Fault::Late),
        4 => Some(Fault::Delayed(u32::try_from(draw.below(8)).unwrap())),
        _ => None,
    }
}

/// Appends one record until the answer is known.
async fn settled(log: &dyn ChannelLog, record: &Append) -> Result<Appended, AppendError> {
    loop {
        match append_one(log, record.clone()).await {
            Err(AppendError::Unavailable(_) | AppendError::OutcomeUnknown(_)) => {
                tokio::task::yield_now().await;
            }
            known => return known,
        }
    }
}

/// Reads until the answer is known.
async fn read(log: &dyn ChannelLog, channel: ChannelId, after: Position) -> Vec<Record> {
    loop {
        match log.read(channel, after, ReadLimit::default()).await {
            Ok(Read::Records { records, .. }) => return records,
            Err(LogError::Unavailable(_)) => tokio::task::yield_now().await,
            other => panic!("after {after}: {other:?}"),
        }
    }
}

/// Registers until the answer is known.
async fn watching(log: &dyn ChannelLog, channel: ChannelId) -> Watch {
    loop {
        match log.watch(channel).await {
            Ok(watch) => return watch,
            Err(WatchError::Unavailable(_)) => tokio::task::yield_now().await,
            Err(stopped) => panic!("{stopped}"),
        }
    }
}

/// Reads until `count` records have been read, despite all failures.
async fn follow(log: &dyn ChannelLog, channel: ChannelId, count: u64) {
    let mut watch = watching(log, channel).await;
    let (mut mine, mut all) = (Position::START, Vec::new());
    while mine.number < number(count) {
        let records = read(log, channel, mine).await;
        match records.last() {
            Some(last) => mine.number = last.number,
            None => match watch.beyond(mine).await {
                Ok(_) => {}
                Err(WatchError::Unavailable(_)) => watch = watching(log, channel).await,
                Err(stopped) => panic!("{stopped}"),
            },
        }
        all.extend(records);
    }
    assert_records(&all, channel, 1..=count);
}

/// Writers repeat failed appends, while every second call fails and the engine becomes unavailable in between. Each
/// record is stored once, in order, and readers that register again get all of them.
pub async fn records_are_stored_once_whatever_fails(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let seed = Seed::drawn();
    let faulty = Faulty::new(Arc::clone(&log));
    for c in 0..CHANNELS {
        open(&*log, channel(c)).await;
    }
    faulty.choose(choice(seed.draw()));
    let mut tasks = Vec::new();
    for c in 0..CHANNELS {
        let (log, reading) = (Arc::clone(&faulty), Arc::clone(&faulty));
        tasks.push(tokio::spawn(async move {
            for n in 1..=RECORDS {
                let stored = settled(&*log, &append(channel(c), n)).await;
                assert_eq!(stored.map(|stored| stored.position), Ok(at(n)));
                // A call that was answered earlier is executed between later calls.
                if n % 7 == 0 {
                    log.deliver().await;
                }
                if c == 0 && n % 20 == 10 {
                    log.go_away();
                    log.failed(log.failures() + 5).await;
                    log.heal();
                    log.choose(choice(Draw::new(n)));
                }
            }
        }));
        tasks.push(tokio::spawn(async move {
            follow(&*reading, channel(c), RECORDS).await;
        }));
    }
    for task in tasks {
        soon(task).await.unwrap();
    }
    faulty.deliver().await;
    for c in 0..CHANNELS {
        let records = read_all(&*log, channel(c), at(0)).await;
        assert_records(&records, channel(c), 1..=RECORDS);
    }
    drop((faulty, log));
    fixture.close().await;
}

/// An open, trim or restart with an unknown outcome is settled by repeating it.
pub async fn changes_are_settled_by_repetition(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let faulty = Faulty::new(Arc::clone(&log));
    for (c, fault) in (1..).zip([Fault::Refused, Fault::Lost, Fault::Unanswered, Fault::Late]) {
        let channel = channel(c);
        let unknown = |error: &LogError| match fault {
            Fault::Refused => matches!(error, LogError::Unavailable(_)),
            _ => matches!(error, LogError::OutcomeUnknown(_)),
        };
        faulty.plan([fault]);
        let failed = faulty.open(channel, LogChannelKind::Customer).await;
        assert!(failed.as_ref().is_err_and(unknown), "{fault:?}: {failed:?}");
        let first = ChannelHead::empty(LogChannelKind::Customer, generation(1));
        assert_eq!(
            faulty.open(channel, LogChannelKind::Customer).await,
            Ok(first)
        );

        fill(&*log, channel, 1..=9).await;
        faulty.plan([fault]);
        let failed = faulty.trim(channel, at(4)).await;
        assert!(failed.as_ref().is_err_and(unknown), "{fault:?}: {failed:?}");
        assert_eq!(faulty.trim(channel, at(4)).await, Ok(()));
        let records = read_all(&*log, channel, at(4)).await;
        assert_records(&records, channel, 5..=9);

        faulty.plan([fault]);
        let failed = faulty.restart(channel, generation(2)).await;
        assert!(failed.as_ref().is_err_and(unknown), "{fault:?}: {failed:?}");
        let second = ChannelHead::empty(LogChannelKind::Customer, generation(2));
        assert_eq!(faulty.restart(channel, generation(2)).await, Ok(second));
        faulty.deliver().await;
        assert_eq!(log.head(channel).await, Ok(second));
    }
    drop((faulty, log));
    fixture.close().await;
}

/// A call with an unknown outcome that is executed long after it was settled changes nothing: not a stored record, not
/// a trimmed one, not one of an earlier generation; and it undoes no later trim or restart.
pub async fn late_calls_change_nothing(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let faulty = Faulty::new(Arc::clone(&log));
    let channel = channel(1);
    fill(&*log, channel, 1..=3).await;
    faulty.plan([Fault::Late; 4]);
    let run = || (4..=6).map(|n| append(channel, n)).collect::<Vec<_>>();
    for answer in faulty.append(run()).await {
        assert!(
            matches!(answer, Err(AppendError::OutcomeUnknown(_))),
            "{answer:?}"
        );
    }
    for late in [1, 2] {
        let failed = faulty.trim(channel, at(late)).await;
        assert!(
            matches!(failed, Err(LogError::OutcomeUnknown(_))),
            "{failed:?}"
        );
    }
    let failed = faulty.restart(channel, generation(2)).await;
    assert!(
        matches!(failed, Err(LogError::OutcomeUnknown(_))),
        "{failed:?}"
    );
    for answer in faulty.append(run()).await {
        answer.unwrap();
    }
    for n in 7..=9 {
        append_one(&*faulty, append(channel, n)).await.unwrap();
    }
    faulty.trim(channel, at(8)).await.unwrap();
    for to in [2, 3] {
        faulty.restart(channel, generation(to)).await.unwrap();
    }
    let mut third = append(channel, 1);
    third.generation = generation(3);
    append_one(&*faulty, third.clone()).await.unwrap();
    let head = log.head(channel).await.unwrap();
    faulty.deliver().await;
    assert_eq!(log.head(channel).await, Ok(head));
    assert_eq!(head.position, Position::new(generation(3), number(1)));
    let start = Position::new(generation(3), number(0));
    let records = read_all(&*log, channel, start).await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].bytes, third.bytes);
    drop((faulty, log));
    fixture.close().await;
}

/// A waiting reader learns that its registration is lost. It finds the missed records by registering again and reading.
pub async fn a_lost_registration_is_reported(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let faulty = Faulty::new(Arc::clone(&log));
    let channel = channel(1);
    fill(&*log, channel, 1..=2).await;
    let mut watch = faulty.watch(channel).await.unwrap();
    faulty.go_away();
    let lost = soon(watch.beyond(at(2))).await;
    assert!(matches!(lost, Err(WatchError::Unavailable(_))), "{lost:?}");
    let refused = faulty.watch(channel).await;
    assert!(
        matches!(refused, Err(WatchError::Unavailable(_))),
        "{refused:?}"
    );
    append_one(&*log, append(channel, 3)).await.unwrap();
    faulty.heal();
    let mut watch = faulty.watch(channel).await.unwrap();
    assert_records(&read_all(&*faulty, channel, at(2)).await, channel, 3..=3);
    append_one(&*log, append(channel, 4)).await.unwrap();
    assert_eq!(soon(watch.beyond(at(3))).await, Ok(at(4)));
    drop((watch, faulty, log));
    fixture.close().await;
}
