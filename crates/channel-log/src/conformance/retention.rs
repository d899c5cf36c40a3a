//! Records expire by age.

use super::{
    Fixture, append, append_one, append_run, assert_records, at, channel, number, read_all,
};
use crate::{AppendError, ChannelLog, LogChannelKind, Read, ReadLimit};
use std::time::Duration;
use types::ChannelId;

/// Records older than their kind's retention are dropped, at an eighth later at the latest. Younger records stay.
pub async fn records_expire_by_age_and_by_kind(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let kinds = (0..).map(channel).zip(LogChannelKind::ALL);
    let channels: Vec<(ChannelId, LogChannelKind, Option<Duration>)> = kinds
        .map(|(channel, kind)| (channel, kind, fixture.retention(kind)))
        .collect();
    let longest = channels.iter().filter_map(|(_, _, kept)| *kept).max();
    let longest = longest.expect("a kind with a limit");
    assert!(channels.iter().any(|(_, _, kept)| kept.is_none()));
    for (channel, kind, _) in &channels {
        log.open(*channel, *kind).await.unwrap();
        append_run(&*log, *channel, 1..=20).await;
    }
    let shortest = channels.iter().filter_map(|(_, _, kept)| *kept).min();
    fixture.advance(shortest.expect("a kind with a limit"));
    fixture.expire().await;
    for (channel, ..) in &channels {
        assert_records(&read_all(&*log, *channel, at(0)).await, *channel, 1..=20);
    }
    fixture.advance(longest / 2);
    for (channel, ..) in &channels {
        append_run(&*log, *channel, 21..=30).await;
    }
    fixture.advance(longest / 2 + longest / 8 + Duration::from_millis(1));
    fixture.expire().await;
    for (channel, _, kept) in &channels {
        let oldest = match kept {
            None => 1,
            // The second batch of the kinds with a shorter retention may be gone as well.
            Some(kept) if *kept < longest / 2 => 31,
            Some(_) => 21,
        };
        assert_eq!(check(&*log, *channel, 30).await, oldest, "{kept:?}");
    }
    fixture.close().await;
}

/// Appends, ageing and expiry in turn. From every position a read returns either everything up to the newest, or the
/// answer that records are gone; and what is gone stays gone.
pub async fn stored_records_have_no_gap(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let kept = LogChannelKind::ALL
        .into_iter()
        .find_map(|kind| Some((kind, fixture.retention(kind)?)));
    let (kind, kept) = kept.expect("a kind with a limit");
    let channels = [channel(1), channel(2), channel(3)];
    for channel in channels {
        log.open(channel, kind).await.unwrap();
    }
    let mut newest = [0, 0, 0];
    let mut oldest = [1, 1, 1];
    for round in 1..=48_u64 {
        for (index, channel) in channels.into_iter().enumerate() {
            // The channels differ in the number and size of their records.
            let width = u64::try_from(index).unwrap() + 1;
            if round % width == 0 {
                let first = newest[index] + 1;
                newest[index] += 40 * width;
                append_run(&*log, channel, first..=newest[index]).await;
            }
        }
        fixture.advance(kept / 16);
        if round % 7 == 0 {
            fixture.expire().await;
        }
        for (index, channel) in channels.into_iter().enumerate() {
            let now = check(&*log, channel, newest[index]).await;
            assert!(now >= oldest[index], "what was gone is back");
            oldest[index] = now;
        }
    }
    fixture.advance(kept);
    fixture.expire().await;
    assert!(oldest.iter().all(|oldest| *oldest > 1), "{oldest:?}");
    fixture.close().await;
}

/// A channel without any record left keeps its position, also after a restart, and continues from there.
pub async fn the_newest_stays_known_when_all_records_are_gone(fixture: &mut impl Fixture) {
    let mut log = fixture.open().await;
    let kept = LogChannelKind::ALL
        .into_iter()
        .find_map(|kind| Some((kind, fixture.retention(kind)?)));
    let (kind, kept) = kept.expect("a kind with a limit");
    let channel = channel(1);
    log.open(channel, kind).await.unwrap();
    append_run(&*log, channel, 1..=20).await;
    let newest = log.head(channel).await.unwrap();
    fixture.advance(kept * 2);
    fixture.expire().await;
    for _ in 0..2 {
        assert_eq!(check(&*log, channel, 20).await, 21);
        assert_eq!(log.head(channel).await, Ok(newest));
        // The newest record can be compared for ever, earlier ones only while they are stored.
        append_one(&*log, append(channel, 20)).await.unwrap();
        let refused = append_one(&*log, append(channel, 19)).await;
        assert_eq!(refused, Err(AppendError::Trimmed { newest }));
        drop(log);
        fixture.close().await;
        log = fixture.open().await;
    }
    append_one(&*log, append(channel, 21)).await.unwrap();
    assert_eq!(check(&*log, channel, 21).await, 21);
    drop(log);
    fixture.close().await;
}

/// Reads a channel whose newest number is known from positions all over it. Each read returns the following records, or
/// that they are gone. From the first stored record it reads up to the newest. Returns the oldest stored number.
/// Records may expire meanwhile.
async fn check(log: &dyn ChannelLog, channel: ChannelId, newest: u64) -> u64 {
    let head = log.head(channel).await.unwrap();
    assert_eq!(head.position, at(newest));
    let mut oldest = 1;
    let mut from = 0;
    while from < newest {
        let mut after = from;
        while after < newest {
            let read = log.read(channel, at(after), ReadLimit::default()).await;
            let read = read.unwrap();
            assert_eq!(read.newest(), head);
            match read {
                Read::Trimmed { oldest: first, .. } => {
                    assert!(first > number(after + 1), "{first} is there, after {after}");
                    assert!(first.get() >= oldest, "{first} was gone and is back");
                    oldest = first.get();
                    break;
                }
                Read::Records { records, .. } => {
                    assert!(after + 1 >= oldest, "{after} was gone and is back");
                    let last = after + u64::try_from(records.len()).unwrap();
                    assert!(
                        last > after,
                        "nothing after {after}, the newest is {newest}"
                    );
                    assert_records(&records, channel, after + 1..=last);
                    after = last;
                    // Reads to the newest from the first stored record; elsewhere one answer suffices.
                    if from + 1 != oldest {
                        break;
                    }
                }
                other => panic!("after {after}: {other:?}"),
            }
        }
        // Every position near the first stored record, and some of the others.
        from += if oldest.abs_diff(from) <= 3 { 1 } else { 41 };
    }
    oldest
}
