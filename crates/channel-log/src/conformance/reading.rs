//! Reading after a position.

use super::{
    Fixture, append, append_bytes, assert_records, at, channel, fill, generation, number, open,
    read_all,
};
use crate::{Append, ChannelHead, LogChannelKind, Read, ReadLimit};
use types::{Generation, Position};

/// A read from any position returns the records after it.
pub async fn records_come_back_unchanged(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let one = channel(1);
    fill(&*log, one, 1..=40).await;
    fill(&*log, channel(2), 1..=40).await;
    for after in 0..=40 {
        let records = read_all(&*log, one, at(after)).await;
        assert_records(&records, one, after + 1..=40);
    }
    fixture.close().await;
}

/// A read returns no more than its limit, and at least one record.
pub async fn limits_hold(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    open(&*log, channel).await;
    let records = (1..=30).map(|n| append_bytes(channel, n, vec![1; 1000]));
    let records: Vec<Append> = records.collect();
    log.append(records).await;
    let count = async |records: usize, bytes: usize, after: u64| {
        let limit = ReadLimit { records, bytes };
        match log.read(channel, at(after), limit).await.unwrap() {
            Read::Records { records, newest } => {
                assert_eq!(newest.position, at(30));
                let numbers = records.iter().map(|record| record.number.get());
                assert!(numbers.eq(after + 1..=after + u64::try_from(records.len()).unwrap()));
                records.len()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(count(7, usize::MAX, 0).await, 7);
    assert_eq!(count(7, usize::MAX, 26).await, 4);
    assert_eq!(count(usize::MAX, usize::MAX, 10).await, 20);
    assert_eq!(count(1, 0, 3).await, 1);
    assert_eq!(count(100, 1, 3).await, 1);
    // An engine may count its overhead per record. The limit is an upper bound.
    let few = count(100, 5000, 3).await;
    assert!(
        (3..=5).contains(&few),
        "{few} records of 1000 bytes in 5000"
    );
    fixture.close().await;
}

/// A reader beyond the newest record, and one in an earlier generation, get that answer.
pub async fn a_reader_beyond_the_newest_is_ahead(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    fill(&*log, channel, 1..=3).await;
    let newest = log.head(channel).await.unwrap();
    let read = async |generation: Generation, after: u64| {
        let after = Position::new(generation, number(after));
        log.read(channel, after, ReadLimit::default())
            .await
            .unwrap()
    };
    let at_newest = Read::Records {
        records: Vec::new(),
        newest,
    };
    assert_eq!(read(Generation::FIRST, 3).await, at_newest);
    assert_eq!(read(Generation::FIRST, 4).await, Read::Ahead { newest });
    assert_eq!(read(generation(2), 0).await, Read::Ahead { newest });
    let newest = log.restart(channel, generation(2)).await.unwrap();
    assert_eq!(
        newest,
        ChannelHead::empty(LogChannelKind::Customer, generation(2))
    );
    for after in [0, 3, 9] {
        let answer = read(Generation::FIRST, after).await;
        assert_eq!(answer, Read::Generation { newest }, "after {after}");
    }
    assert_eq!(read(generation(2), 1).await, Read::Ahead { newest });
    fixture.close().await;
}

/// Appends of many sizes are read back in pieces of many sizes.
pub async fn a_read_follows_appends_of_any_size(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let (one, other) = (channel(1), channel(2));
    open(&*log, one).await;
    open(&*log, other).await;
    let mut next = 1;
    for size in [1, 2, 300, 1, 40, 700, 5, 1, 150] {
        let both = |n| [append(one, n), append(other, n)];
        let answers = log
            .append((next..next + size).flat_map(both).collect())
            .await;
        assert!(answers.iter().all(Result::is_ok));
        next += size;
    }
    for (records, bytes) in [
        (1, usize::MAX),
        (13, usize::MAX),
        (usize::MAX, 4096),
        (usize::MAX, 100_000),
        (64, 20_000),
    ] {
        let limit = ReadLimit { records, bytes };
        let mut after = at(0);
        let mut all = Vec::new();
        while after.number.get() < next - 1 {
            let Ok(Read::Records { records, .. }) = log.read(one, after, limit).await else {
                panic!("no records after {after}");
            };
            after.number = records
                .last()
                .expect("a read that stops before the newest")
                .number;
            all.extend(records);
        }
        assert_records(&all, one, 1..=next - 1);
    }
    fixture.close().await;
}
