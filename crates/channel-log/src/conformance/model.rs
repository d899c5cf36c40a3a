//! Random operations compared with a small model. A failure prints its seed.

mod promise;

use super::draw::{Draw, Seed};
use super::{Fixture, append_bytes, append_one, channel, generation, number};
use crate::{Append, AppendError, ChannelLog, LogChannelKind, LogError, Read, ReadLimit};
use promise::Model;
use std::collections::BTreeMap;
use std::time::Duration;
use types::{ChannelId, Position};

const STEPS: u64 = 1500;
const CHANNELS: u64 = 6;
/// For this many steps two of the channels get most of the records, while the others age.
const BUSY_STEPS: u64 = 40;

/// The engine and the model agree at each step of a random run that includes restarts and ageing.
pub async fn it_does_as_the_model_does(fixture: &mut impl Fixture) {
    let seed = Seed::drawn();
    let mut run = Run {
        draw: seed.draw(),
        models: BTreeMap::new(),
        busy: 0,
        retention: LogChannelKind::ALL.map(|kind| (kind, fixture.retention(kind))),
        now: Duration::ZERO,
    };
    let mut log = fixture.open().await;
    for step in 0..STEPS {
        if step % BUSY_STEPS == 0 {
            run.busy = run.draw.below(CHANNELS);
        }
        let id = channel(run.draw.below(CHANNELS));
        match run.draw.below(100) {
            0..10 => run.open(&*log, id).await,
            10..66 => run.append(&*log).await,
            66..84 => run.read(&*log, id).await,
            84..88 => run.trim(&*log, id).await,
            88..90 => run.restart(&*log, id).await,
            90..92 => run.head(&*log, id).await,
            92..94 => run.append_again(&*log, id).await,
            94..98 => {
                let by = run.step_of_time();
                fixture.advance(by);
            }
            98 => {
                fixture.expire().await;
                run.much_too_old_is_gone(&*log).await;
            }
            _ => {
                drop(log);
                fixture.close().await;
                log = fixture.open().await;
            }
        }
    }
    drop(log);
    fixture.close().await;
}

/// The state of a run: only requests and answers.
struct Run {
    draw: Draw,
    models: BTreeMap<ChannelId, Model>,
    /// The first of the two channels that get most of the records.
    busy: u64,
    retention: [(LogChannelKind, Option<Duration>); 3],
    /// The engine's clock since the start of the run.
    now: Duration,
}

impl Run {
    /// Advances the clock: by a part of some kind's retention, or so far that all records are beyond their retention,
    /// but not beyond the additional eighth.
    fn step_of_time(&mut self) -> Duration {
        let (_, retention) = self.retention[self.draw.size(3)];
        let sixteenths = if self.draw.below(4) == 0 {
            17
        } else {
            u32::try_from(self.draw.below(4)).unwrap()
        };
        let by = retention.unwrap_or_default() * sixteenths / 16;
        self.now += by;
        by
    }

    async fn open(&mut self, log: &dyn ChannelLog, id: ChannelId) {
        let (kind, retention) = self.retention[self.draw.size(3)];
        let model = self
            .models
            .entry(id)
            .or_insert_with(|| Model::new(kind, retention));
        let expected = if model.kind == kind {
            Ok(model.head())
        } else {
            Err(LogError::KindDiffers { kind: model.kind })
        };
        assert_eq!(log.open(id, kind).await, expected);
    }

    /// Appends records of several channels, most of them valid.
    async fn append(&mut self, log: &dyn ChannelLog) {
        let mut records = Vec::new();
        let mut expected = Vec::new();
        let mut refused: BTreeMap<ChannelId, AppendError> = BTreeMap::new();
        for _ in 0..1 + self.draw.below(20) {
            let among = if self.draw.below(10) == 0 {
                CHANNELS
            } else {
                2
            };
            let id = channel((self.busy + self.draw.below(among)) % CHANNELS);
            let record = self.record(id);
            let result = match (refused.get(&id), self.models.get_mut(&id)) {
                (Some(error), _) => Err(error.clone()),
                (None, None) => Err(AppendError::UnknownChannel),
                (None, Some(model)) => model.append(&record, self.now),
            };
            if let Err(error) = &result {
                refused.entry(id).or_insert_with(|| error.clone());
            }
            records.push(record);
            expected.push(result);
        }
        // The newest position in a refusal depends on the moment of the check within the append, so only the variant is
        // compared.
        let sort = |result: Result<Position, AppendError>| {
            result.map_err(|error| std::mem::discriminant(&error))
        };
        let answers = log.append(records.clone()).await;
        assert_eq!(answers.len(), expected.len());
        for ((record, answer), expected) in records.iter().zip(answers).zip(expected) {
            let answer = answer.map(|appended| appended.position);
            let Append {
                channel, number, ..
            } = record;
            assert_eq!(
                sort(answer.clone()),
                sort(expected.clone()),
                "{channel:?} {number}: {answer:?} for {expected:?}"
            );
        }
        if let Some((id, model)) = self.models.iter().next()
            && model.newest() > 0
        {
            assert!(
                append_one(log, stored(*id, model, model.newest()))
                    .await
                    .is_ok()
            );
        }
    }

    /// A record for a channel: usually the next, sometimes a stored one, sometimes an invalid one.
    fn record(&mut self, id: ChannelId) -> Append {
        let draw = &mut self.draw;
        let model = self.models.get(&id);
        let newest = model.map_or(0, Model::newest);
        let (n, fresh) = match draw.below(20) {
            0 => (newest + 2 + draw.below(3), true),
            1 => (draw.below(newest + 1), true),
            2..6 => (draw.below(newest + 1), false),
            _ => (newest + 1, true),
        };
        // The answer for such a record is checked where it is appended alone.
        let is_open = model.is_some_and(|model| model.is_open(n, self.now));
        let n = if is_open { newest } else { n };
        let mut record = match model {
            Some(model) if n > 0 && n <= newest && !fresh => stored(id, model, n),
            _ => {
                let bytes = (0..draw.below(2000)).map(|_| u8::try_from(draw.below(256)).unwrap());
                let bytes = bytes.collect();
                let generation = generation(model.map_or(1, |model| model.generation));
                Append {
                    generation,
                    ..append_bytes(id, n, bytes)
                }
            }
        };
        if draw.below(40) == 0 {
            record.generation = record.generation.next();
        }
        record
    }

    /// Appends a record again that may have expired. Either it is stored, or it is gone and stays gone.
    async fn append_again(&mut self, log: &dyn ChannelLog, id: ChannelId) {
        let now = self.now;
        let Some(model) = self.models.get_mut(&id) else {
            return;
        };
        let open: Vec<u64> = (1..=model.newest())
            .filter(|n| model.is_open(*n, now))
            .collect();
        if open.is_empty() {
            return;
        }
        let n = open[self.draw.size(u64::try_from(open.len()).unwrap())];
        let record = stored(id, model, n);
        match append_one(log, record.clone()).await {
            Ok(appended) => assert_eq!(
                appended.position,
                Position::new(record.generation, record.number)
            ),
            Err(AppendError::Trimmed { newest }) => {
                assert_eq!(newest, model.head());
                let oldest = number(n + 1);
                model.note_gone_before(oldest, now);
            }
            Err(other) => panic!("{id:?} {n}: {other:?}"),
        }
    }

    async fn read(&mut self, log: &dyn ChannelLog, id: ChannelId) {
        let draw = &mut self.draw;
        let newest = self.models.get(&id).map_or(3, Model::newest);
        let current = self.models.get(&id).map_or(1, |model| model.generation);
        let drawn = match draw.below(20) {
            0 => current + 1,
            1 => current.saturating_sub(1).max(1),
            _ => current,
        };
        let after = Position::new(generation(drawn), number(draw.below(newest + 3)));
        let limit = ReadLimit {
            records: 1 + draw.size(200),
            bytes: draw.size(100_000),
        };
        match (log.read(id, after, limit).await, self.models.get_mut(&id)) {
            (Ok(read), Some(model)) => model.check_read(after, limit, &read, self.now),
            (Err(LogError::UnknownChannel), None) => {}
            (other, _) => panic!("{other:?}"),
        }
    }

    /// After the engine dropped the records beyond an eighth of their retention, every channel's oldest record is
    /// younger, and all later records are there.
    async fn much_too_old_is_gone(&mut self, log: &dyn ChannelLog) {
        for (id, model) in &mut self.models {
            let limit = ReadLimit::default();
            let last = number(model.much_too_old(self.now));
            let mut after = Position::new(generation(model.generation), number(0));
            while after < model.head().position {
                let read = log.read(*id, after, limit).await.unwrap();
                model.check_read(after, limit, &read, self.now);
                after.number = match read {
                    Read::Trimmed { oldest, .. } => oldest.previous().unwrap(),
                    Read::Records { records, .. } => {
                        let (first, end) = (&records[0], &records[records.len() - 1]);
                        assert!(first.number > last, "{} is still there", first.number);
                        end.number
                    }
                    other => panic!("after {after}: {other:?}"),
                };
            }
        }
    }

    async fn head(&mut self, log: &dyn ChannelLog, id: ChannelId) {
        let model = self.models.get(&id).map(Model::head);
        let expected = model.ok_or(LogError::UnknownChannel);
        assert_eq!(log.head(id).await, expected);
    }

    async fn trim(&mut self, log: &dyn ChannelLog, id: ChannelId) {
        let newest = self.models.get(&id).map_or(3, Model::newest);
        let current = self.models.get(&id).map_or(1, |model| model.generation);
        let of = (current + self.draw.below(10) / 8).saturating_sub(self.draw.below(10) / 8);
        let through = number(self.draw.below(newest + 2));
        let through = Position::new(generation(of.max(1)), through);
        let expected = match self.models.get_mut(&id) {
            None => Err(LogError::UnknownChannel),
            Some(model) => model.trim(through),
        };
        assert_eq!(log.trim(id, through).await, expected);
    }

    async fn restart(&mut self, log: &dyn ChannelLog, id: ChannelId) {
        let current = self.models.get(&id).map_or(1, |model| model.generation);
        let to = generation((current + self.draw.below(4)).saturating_sub(1).max(1));
        let expected = match self.models.get_mut(&id) {
            None => Err(LogError::UnknownChannel),
            Some(model) => model.restart(to),
        };
        assert_eq!(log.restart(id, to).await, expected);
    }
}

/// The model's record with that number, for a repeated append.
fn stored(id: ChannelId, model: &Model, n: u64) -> Append {
    Append {
        generation: generation(model.generation),
        ..append_bytes(id, n, model.body(n).to_vec())
    }
}
