//! Conditional appends and idempotent answers.

use super::{
    Fixture, append, append_bytes, append_one, assert_records, at, channel, fill, open, read_all,
};
use crate::{Append, AppendError, RECORD_BYTES_MAX};
use std::sync::Arc;
use types::{Generation, Hash, Position};

/// A number that is not the next is refused with the newest position, and nothing is stored.
pub async fn only_the_next_number_is_accepted(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    open(&*log, channel).await;
    for wrong in [0, 2, 9] {
        let refused = append_one(&*log, append(channel, wrong)).await;
        let newest = log.head(channel).await.unwrap();
        assert_eq!(
            refused,
            Err(AppendError::NotNext { newest }),
            "number {wrong}"
        );
        assert_eq!(newest.position, at(0));
    }
    for next in 1..=5 {
        let appended = append_one(&*log, append(channel, next)).await.unwrap();
        assert_eq!(appended.position, at(next));
        let newest = log.head(channel).await.unwrap();
        assert_eq!(newest.position, at(next));
        assert_eq!(newest.hash, append(channel, next).hash);
    }
    let newest = log.head(channel).await.unwrap();
    for wrong in [0, 7] {
        let refused = append_one(&*log, append(channel, wrong)).await;
        assert_eq!(
            refused,
            Err(AppendError::NotNext { newest }),
            "number {wrong}"
        );
    }
    assert_records(&read_all(&*log, channel, at(0)).await, channel, 1..=5);
    fixture.close().await;
}

/// A record with equal number and hash is the same record: answer and bytes are the stored ones.
pub async fn the_same_record_gets_the_stored_answer(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    open(&*log, channel).await;
    let first = append(channel, 1);
    let stored = append_one(&*log, first.clone()).await.unwrap();
    assert_eq!(append_one(&*log, first.clone()).await, Ok(stored));
    let other_bytes = Append {
        bytes: "the same hash".into(),
        ..first
    };
    assert_eq!(append_one(&*log, other_bytes).await, Ok(stored));
    assert_records(&read_all(&*log, channel, at(0)).await, channel, 1..=1);
    fixture.close().await;
}

/// Another hash for the newest number is refused.
pub async fn another_record_under_a_number_is_refused(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    fill(&*log, channel, 1..=3).await;
    let newest = log.head(channel).await.unwrap();
    for n in 1..=3 {
        let other = append_bytes(channel, n, b"another".to_vec());
        let refused = append_one(&*log, other).await;
        assert_eq!(refused, Err(AppendError::Differs { newest }), "number {n}");
    }
    let elsewhere = Append {
        generation: super::generation(2),
        ..append(channel, 4)
    };
    let refused = append_one(&*log, elsewhere).await;
    assert_eq!(refused, Err(AppendError::Generation { newest }));
    assert_records(&read_all(&*log, channel, at(0)).await, channel, 1..=3);
    fixture.close().await;
}

/// Records before the newest are compared while they are stored. After that the answer is that they are trimmed.
pub async fn older_numbers_are_compared(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    fill(&*log, channel, 1..=10).await;
    for n in 1..=10 {
        let answer = append_one(&*log, append(channel, n)).await.unwrap();
        assert_eq!(answer.position, at(n));
    }
    log.trim(channel, at(4)).await.unwrap();
    let newest = log.head(channel).await.unwrap();
    for n in 1..=4 {
        let answer = append_one(&*log, append(channel, n)).await;
        assert_eq!(answer, Err(AppendError::Trimmed { newest }), "number {n}");
    }
    for n in 5..=10 {
        let answer = append_one(&*log, append(channel, n)).await.unwrap();
        assert_eq!(answer.position, at(n));
    }
    log.trim(channel, at(10)).await.unwrap();
    // The newest record's hash is stored for ever.
    assert!(append_one(&*log, append(channel, 10)).await.is_ok());
    let other = append_bytes(channel, 10, b"another".to_vec());
    let refused = append_one(&*log, other).await;
    assert_eq!(refused, Err(AppendError::Differs { newest }));
    fixture.close().await;
}

/// Records of many channels in one append, interleaved, are stored, each channel's in order.
pub async fn an_append_spans_many_channels(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    for c in 0..50 {
        open(&*log, channel(c)).await;
    }
    let records = (1..=8).flat_map(|n| (0..50).map(move |c| append(channel(c), n)));
    let records: Vec<Append> = records.collect();
    let answers = log.append(records.clone()).await;
    assert_eq!(answers.len(), records.len());
    for (record, answer) in records.iter().zip(answers) {
        let position = Position::new(Generation::FIRST, record.number);
        assert_eq!(answer.unwrap().position, position);
    }
    for c in 0..50 {
        assert_records(&read_all(&*log, channel(c), at(0)).await, channel(c), 1..=8);
    }
    assert!(log.append(Vec::new()).await.is_empty());
    fixture.close().await;
}

/// A refused record ends its channel's run: the rest of the run gets the same answer. No other channel is affected.
pub async fn refusals_leave_the_other_channels_alone(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let (good, bad, unknown) = (channel(1), channel(2), channel(3));
    open(&*log, good).await;
    fill(&*log, bad, 1..=1).await;
    let newest = log.head(bad).await.unwrap();
    let answers = log
        .append(vec![
            append(good, 1),
            append(bad, 3),
            append(unknown, 1),
            append(good, 2),
            append(bad, 2),
            append(unknown, 2),
            append(good, 3),
        ])
        .await;
    let not_next = Err(AppendError::NotNext { newest });
    let positions: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.map(|appended| appended.position))
        .collect();
    assert_eq!(
        positions,
        [
            Ok(at(1)),
            not_next.clone(),
            Err(AppendError::UnknownChannel),
            Ok(at(2)),
            not_next,
            Err(AppendError::UnknownChannel),
            Ok(at(3)),
        ]
    );
    assert_records(&read_all(&*log, good, at(0)).await, good, 1..=3);
    assert_records(&read_all(&*log, bad, at(0)).await, bad, 1..=1);
    fixture.close().await;
}

/// A retry repeats stored records and continues with new ones, in one append.
pub async fn a_run_may_begin_with_stored_records(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let (one, other) = (channel(1), channel(2));
    fill(&*log, one, 1..=5).await;
    fill(&*log, other, 1..=5).await;
    let mut records: Vec<Append> = (1..=9).map(|n| append(one, n)).collect();
    // In the middle of the other channel's run is a record that differs.
    records.extend((1..=9).map(|n| match n {
        4 => append_bytes(other, n, b"another".to_vec()),
        n => append(other, n),
    }));
    let answers = log.append(records).await;
    let newest = log.head(other).await.unwrap();
    for (n, answer) in (1..).zip(&answers[..9]) {
        assert_eq!(answer.as_ref().unwrap().position, at(n));
    }
    for (n, answer) in (1..).zip(&answers[9..]) {
        if n < 4 {
            assert_eq!(answer.as_ref().unwrap().position, at(n));
        } else {
            assert_eq!(answer, &Err(AppendError::Differs { newest }), "number {n}");
        }
    }
    assert_records(&read_all(&*log, one, at(0)).await, one, 1..=9);
    assert_records(&read_all(&*log, other, at(0)).await, other, 1..=5);
    fixture.close().await;
}

/// An append that is larger than any queue or batch inside the engine is stored in order, and its refusals are returned
/// in order.
pub async fn a_large_append_is_stored_whole(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let (one, other) = (channel(1), channel(2));
    fill(&*log, one, 1..=3).await;
    open(&*log, other).await;
    let records = (1..=4000).flat_map(|n| match n {
        3000 => vec![append(one, n), append(other, n + 1)],
        n => vec![append(one, n), append(other, n)],
    });
    let answers = log.append(records.collect()).await;
    assert_eq!(answers.len(), 8000);
    let stored = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(stored, 4000 + 2999);
    assert_records(&read_all(&*log, one, at(0)).await, one, 1..=4000);
    assert_records(&read_all(&*log, other, at(0)).await, other, 1..=2999);
    fixture.close().await;
}

/// The largest record is stored. One byte more is refused. An empty record is a record too.
pub async fn records_have_a_largest_size(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    open(&*log, channel).await;
    let largest = append_bytes(channel, 1, vec![7; RECORD_BYTES_MAX]);
    append_one(&*log, largest).await.unwrap();
    let larger = append_bytes(channel, 2, vec![7; RECORD_BYTES_MAX + 1]);
    let refused = append_one(&*log, larger).await;
    assert_eq!(refused, Err(AppendError::TooLarge));
    append_one(&*log, append_bytes(channel, 2, Vec::new()))
        .await
        .unwrap();
    let records = read_all(&*log, channel, at(0)).await;
    let lengths: Vec<usize> = records.iter().map(|record| record.bytes.len()).collect();
    assert_eq!(lengths, [RECORD_BYTES_MAX, 0]);
    fixture.close().await;
}

/// Writers race for the same number: one record is stored, and the other writers are refused.
pub async fn one_of_many_writers_wins(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    open(&*log, channel).await;
    for n in 1..=20 {
        let mut writers = Vec::new();
        for writer in 0..8 {
            let log = Arc::clone(&log);
            // Two writers each append the same record.
            let bytes = format!("{n} of {}", writer / 2).into_bytes();
            writers.push(tokio::spawn(async move {
                let record = append_bytes(channel, n, bytes);
                (record.hash, append_one(&*log, record).await)
            }));
        }
        let mut won: Vec<Hash> = Vec::new();
        for writer in writers {
            match writer.await.unwrap() {
                (hash, Ok(appended)) => {
                    assert_eq!(appended.position, at(n));
                    won.push(hash);
                }
                (_, Err(AppendError::Differs { newest })) => assert_eq!(newest.position, at(n)),
                (_, other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won.len(), 2);
        assert_eq!(won[0], won[1]);
        assert_eq!(log.head(channel).await.unwrap().hash, won[0]);
    }
    drop(log);
    fixture.close().await;
}
