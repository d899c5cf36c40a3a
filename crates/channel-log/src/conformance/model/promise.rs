//! A model of the port's contract for one channel, in memory.

use crate::conformance::{generation, number};
use crate::{Append, AppendError, ChannelHead, LogChannelKind, LogError, Read, ReadLimit};
use std::time::Duration;
use types::{Generation, Hash, Number, Position};

/// A channel's expected state.
pub(super) struct Model {
    pub(super) kind: LogChannelKind,
    /// The engine's retention of the channel's records.
    retention: Option<Duration>,
    pub(super) generation: u64,
    /// The last number that is gone, by a trim or by age, according to an answer.
    gone: u64,
    records: Vec<Stored>,
}

struct Stored {
    bytes: Vec<u8>,
    /// The time of the append.
    at: Duration,
}

impl Model {
    pub(super) fn new(kind: LogChannelKind, retention: Option<Duration>) -> Self {
        Self {
            kind,
            retention,
            generation: 1,
            gone: 0,
            records: Vec::new(),
        }
    }

    pub(super) fn newest(&self) -> u64 {
        u64::try_from(self.records.len()).unwrap()
    }

    pub(super) fn body(&self, n: u64) -> &[u8] {
        &self.records[usize::try_from(n - 1).unwrap()].bytes
    }

    pub(super) fn head(&self) -> ChannelHead {
        let hash = self.records.last().map(|record| Hash::of(&record.bytes));
        let position = Position::new(generation(self.generation), number(self.newest()));
        ChannelHead {
            kind: self.kind,
            position,
            hash: hash.unwrap_or(Hash::ZERO),
        }
    }

    /// Records up to this number may have expired.
    fn too_old(&self, now: Duration) -> u64 {
        self.kept_longer(now, self.retention)
    }

    /// Records up to this number are gone once the engine has dropped those beyond an eighth of their retention.
    pub(super) fn much_too_old(&self, now: Duration) -> u64 {
        self.kept_longer(now, self.retention.map(|kept| kept + kept / 8))
    }

    fn kept_longer(&self, now: Duration, limit: Option<Duration>) -> u64 {
        let longer = |limit| {
            self.records
                .partition_point(|record| now - record.at > limit)
        };
        u64::try_from(limit.map_or(0, longer)).unwrap()
    }

    /// Whether the record with this number may or may not be there: both answers are correct.
    pub(super) fn is_open(&self, n: u64, now: Duration) -> bool {
        n > self.gone && n <= self.too_old(now) && n < self.newest()
    }

    /// Records an answer that all numbers before `oldest` are gone, and checks it.
    pub(super) fn note_gone_before(&mut self, oldest: Number, now: Duration) {
        let last = oldest.get() - 1;
        assert!(last >= self.gone, "{oldest} was gone and is back");
        let may_be_gone = self.gone.max(self.too_old(now));
        assert!(
            last <= may_be_gone,
            "all before {oldest} is gone: too much by {}",
            last - may_be_gone
        );
        self.gone = last;
    }

    /// The expected answer to an append at this time. Not for a number that [`Model::is_open`].
    pub(super) fn append(
        &mut self,
        record: &Append,
        now: Duration,
    ) -> Result<Position, AppendError> {
        let newest = self.head();
        let n = record.number.get();
        let stored = Position::new(record.generation, record.number);
        if record.generation != newest.position.generation {
            return Err(AppendError::Generation { newest });
        }
        if n == 0 || n > self.newest() + 1 {
            return Err(AppendError::NotNext { newest });
        }
        if n == self.newest() + 1 {
            self.records.push(Stored {
                bytes: record.bytes.to_vec(),
                at: now,
            });
            return Ok(stored);
        }
        if n <= self.gone && n < self.newest() {
            return Err(AppendError::Trimmed { newest });
        }
        if Hash::of(self.body(n)) == record.hash {
            Ok(stored)
        } else {
            Err(AppendError::Differs { newest })
        }
    }

    pub(super) fn trim(&mut self, through: Position) -> Result<(), LogError> {
        let newest = self.head();
        if through > newest.position {
            return Err(LogError::BeyondNewest { newest });
        }
        if through.generation == newest.position.generation {
            self.gone = self.gone.max(through.number.get());
        }
        Ok(())
    }

    pub(super) fn restart(&mut self, to: Generation) -> Result<ChannelHead, LogError> {
        if to.get() == self.generation + 1 {
            self.generation += 1;
            self.gone = 0;
            self.records.clear();
        } else if to.get() != self.generation {
            let newest = self.head();
            return Err(LogError::Generation { newest });
        }
        Ok(self.head())
    }

    /// Checks the answer to a read after a position at this time.
    pub(super) fn check_read(
        &mut self,
        after: Position,
        limit: ReadLimit,
        read: &Read,
        now: Duration,
    ) {
        let newest = self.head();
        let first = after.number.get() + 1;
        assert_eq!(read.newest(), newest);
        match read {
            Read::Ahead { .. } => assert!(after > newest.position),
            Read::Generation { .. } => assert!(after.generation < newest.position.generation),
            Read::Trimmed { oldest, .. } => {
                assert_eq!(after.generation, newest.position.generation);
                assert!(after < newest.position);
                assert!(oldest.get() > first, "{oldest} is there, after {after}");
                self.note_gone_before(*oldest, now);
            }
            Read::Records { records, .. } => {
                assert_eq!(after.generation, newest.position.generation);
                assert_eq!(
                    records.is_empty(),
                    after == newest.position,
                    "{} records after {after}, the newest is {}",
                    records.len(),
                    newest.position
                );
                assert!(records.len() <= limit.records);
                assert!(
                    records.is_empty() || first > self.gone,
                    "{first} was gone and is back"
                );
                for (n, record) in (first..).zip(records) {
                    assert_eq!(record.number, number(n));
                    assert_eq!(record.bytes, self.body(n));
                    assert_eq!(record.hash, Hash::of(self.body(n)));
                }
            }
        }
    }
}
