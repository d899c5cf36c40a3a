//! The suite that every engine must pass. An engine's tests describe how to start the engine ([`Fixture`]) and expand
//! [`conformance_suite!`](crate::conformance_suite), which makes a test for each behaviour.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this is the body of tests, where a panic is the failure"
)]

pub mod appending;
pub mod cancelling;
pub mod channels;
mod draw;
pub mod durability;
pub mod failing;
pub mod faults;
pub mod model;
pub mod reading;
pub mod retention;
pub mod trimming;
pub mod watching;

use crate::{Append, AppendError, Appended, ChannelLog, LogChannelKind, Read, ReadLimit, Record};
use async_trait::async_trait;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use types::{ChannelId, Generation, Hash, Number, Position};

/// Starts and ends an engine for the suite.
#[async_trait]
pub trait Fixture: Send {
    /// Starts an engine on the fixture's storage, which is empty the first time.
    async fn open(&mut self) -> Arc<dyn ChannelLog>;

    /// Ends the engine that was started last.
    async fn close(&mut self);

    /// How long the engine keeps records of a kind; `None` is for ever. At least one kind has a limit and one has none.
    fn retention(&self, kind: LogChannelKind) -> Option<Duration>;

    /// Advances the clock by which records age. Nothing else moves this clock, and it continues across restarts of the
    /// engine.
    fn advance(&mut self, by: Duration);

    /// Makes the running engine drop all records that are older than their retention and an eighth of it.
    async fn expire(&mut self);
}

/// A test for each behaviour of an engine; the argument is an expression that makes a new [`Fixture`].
#[macro_export]
macro_rules! conformance_suite {
    ($fixture:expr) => {
        $crate::conformance_suite! { @ $fixture;
            appending: only_the_next_number_is_accepted, the_same_record_gets_the_stored_answer,
                another_record_under_a_number_is_refused, older_numbers_are_compared,
                an_append_spans_many_channels, refusals_leave_the_other_channels_alone,
                a_run_may_begin_with_stored_records, a_large_append_is_stored_whole,
                records_have_a_largest_size, one_of_many_writers_wins;
            channels: a_channel_is_opened_once, kinds_stay, a_channel_that_nobody_opened_is_unknown;
            reading: records_come_back_unchanged, limits_hold, a_reader_beyond_the_newest_is_ahead,
                a_read_follows_appends_of_any_size;
            retention: records_expire_by_age_and_by_kind, stored_records_have_no_gap,
                the_newest_stays_known_when_all_records_are_gone;
            trimming: trimmed_records_are_gone_and_their_head_stays, a_trim_beyond_the_newest_is_refused,
                a_new_generation_is_empty;
            watching: a_watch_is_a_level, a_watch_waits_for_a_channel_to_be_opened, no_wake_up_is_lost,
                a_watch_reports_the_end_of_the_engine;
            durability: acknowledged_records_survive_a_restart, changes_survive_a_restart,
                dormant_channels_survive_a_restart;
            failing: records_are_stored_once_whatever_fails, changes_are_settled_by_repetition,
                late_calls_change_nothing, a_lost_registration_is_reported;
            cancelling: an_append_may_be_dropped_at_any_await, changes_may_be_dropped_at_any_await,
                queries_may_be_dropped_at_any_await;
            model: it_does_as_the_model_does;
        }
    };
    (@ $fixture:expr; $($module:ident: $($behaviour:ident),+;)+) => {
        $(mod $module {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    $crate::conformance::$module::$behaviour(&mut $fixture).await;
                }
            )+
        })+
    };
}

/// Far longer than any call takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for a future that must not hang.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("timed out")
}

/// The same channel for the same number.
fn channel(n: u64) -> ChannelId {
    let digest = Hash::of(&n.to_le_bytes());
    ChannelId::new(*digest.as_bytes().first_chunk().unwrap())
}

fn number(n: u64) -> Number {
    Number::new(n).unwrap()
}

fn generation(n: u64) -> Generation {
    Generation::new(n).unwrap()
}

/// The body of a record, derived from channel and number.
fn body(channel: ChannelId, n: u64) -> Vec<u8> {
    let length = usize::try_from(n * 37 % 700).unwrap();
    let mut body = format!("{channel:?} {n} ").into_bytes();
    body.resize(length.max(body.len()), b'.');
    body
}

fn append(channel: ChannelId, n: u64) -> Append {
    append_bytes(channel, n, body(channel, n))
}

fn append_bytes(channel: ChannelId, n: u64, bytes: Vec<u8>) -> Append {
    Append {
        channel,
        generation: Generation::FIRST,
        number: number(n),
        hash: Hash::of(&bytes),
        bytes: bytes.into(),
    }
}

fn at(n: u64) -> Position {
    Position::new(Generation::FIRST, number(n))
}

async fn open(log: &dyn ChannelLog, channel: ChannelId) {
    log.open(channel, LogChannelKind::Customer).await.unwrap();
}

/// Opens the channel and appends the suite's records of these numbers.
async fn fill(log: &dyn ChannelLog, channel: ChannelId, numbers: std::ops::RangeInclusive<u64>) {
    open(log, channel).await;
    append_run(log, channel, numbers).await;
}

/// Appends the suite's records of these numbers.
async fn append_run(
    log: &dyn ChannelLog,
    channel: ChannelId,
    numbers: std::ops::RangeInclusive<u64>,
) {
    let appends = numbers.map(|n| append(channel, n)).collect();
    for answer in log.append(appends).await {
        answer.unwrap();
    }
}

/// Appends one record.
async fn append_one(log: &dyn ChannelLog, record: Append) -> Result<Appended, AppendError> {
    let mut answers = log.append(vec![record]).await;
    assert_eq!(answers.len(), 1);
    answers.pop().unwrap()
}

/// All records after a position, in as many reads as necessary.
async fn read_all(log: &dyn ChannelLog, channel: ChannelId, mut after: Position) -> Vec<Record> {
    let mut all = Vec::new();
    loop {
        match log.read(channel, after, ReadLimit::default()).await {
            Ok(Read::Records { records, newest }) => {
                let Some(last) = records.last() else {
                    assert_eq!(
                        after, newest.position,
                        "a read that stops before the newest"
                    );
                    return all;
                };
                after.number = last.number;
                all.extend(records);
            }
            other => panic!("after {after}: {other:?}"),
        }
    }
}

/// Asserts that these are the suite's records of a channel, with exactly these numbers.
fn assert_records(records: &[Record], channel: ChannelId, numbers: std::ops::RangeInclusive<u64>) {
    let found: Vec<u64> = records.iter().map(|record| record.number.get()).collect();
    let expected: Vec<u64> = numbers.collect();
    assert_eq!(found, expected);
    for record in records {
        let expected = body(channel, record.number.get());
        assert_eq!(record.hash, Hash::of(&expected));
        assert_eq!(record.bytes, expected, "the bytes of {}", record.number);
    }
}
