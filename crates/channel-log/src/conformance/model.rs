//! Random operations against a model of a few lines; a failure prints its seed.

use super::{Fixture, append_bytes, append_one, channel, generation, number};
use crate::{Append, AppendError, ChannelKind, ChannelLog, Head, LogError, Read, ReadLimit};
use std::collections::BTreeMap;
use types::{ChannelId, Generation, Hash, Number, Position};

const STEPS: u64 = 1500;
const CHANNELS: u64 = 6;

/// The port's promise, in memory.
struct Model {
    kind: ChannelKind,
    generation: u64,
    trimmed: u64,
    bodies: Vec<Vec<u8>>,
}

/// A generator of no quality but the same everywhere (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
/// Generators", SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

impl Model {
    fn newest(&self) -> u64 {
        u64::try_from(self.bodies.len()).unwrap()
    }

    fn body(&self, n: u64) -> &[u8] {
        &self.bodies[usize::try_from(n - 1).unwrap()]
    }

    fn head(&self) -> Head {
        let hash = self.bodies.last().map_or(Hash::ZERO, |body| Hash::of(body));
        let position = Position::new(generation(self.generation), number(self.newest()));
        Head { position, hash }
    }

    /// What an append gets.
    fn append(&mut self, record: &Append) -> Result<Position, AppendError> {
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
            self.bodies.push(record.bytes.to_vec());
            return Ok(stored);
        }
        if n <= self.trimmed && n < self.newest() {
            return Err(AppendError::Trimmed { newest });
        }
        if Hash::of(self.body(n)) == record.hash {
            Ok(stored)
        } else {
            Err(AppendError::Differs { newest })
        }
    }

    /// That a read after a position is right.
    fn check_read(&self, after: Position, limit: ReadLimit, read: &Read) {
        let newest = self.head();
        let first = after.number.get() + 1;
        let expected = if after > newest.position {
            Read::Ahead { newest }
        } else if after.generation < newest.position.generation {
            Read::Generation { newest }
        } else if first <= self.trimmed {
            let oldest = number(self.trimmed + 1);
            Read::Trimmed { oldest, newest }
        } else {
            let Read::Records {
                records,
                newest: found,
            } = read
            else {
                panic!("{read:?} instead of records after {after}");
            };
            assert_eq!(*found, newest);
            assert!(records.len() <= limit.records);
            assert_eq!(records.is_empty(), after == newest.position);
            for (n, record) in (first..).zip(records) {
                assert_eq!(record.number, number(n));
                assert_eq!(record.bytes, self.body(n));
                assert_eq!(record.hash, Hash::of(self.body(n)));
            }
            return;
        };
        assert_eq!(*read, expected);
    }
}

/// The engine and the model agree at each step of a random run, restarts included.
pub async fn it_does_as_the_model_does(fixture: &mut impl Fixture) {
    let seed = std::env::var("CHANNEL_LOG_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| {
        let now = std::time::Instant::now();
        // Addresses and time differ from run to run, which is all that is wanted of a seed.
        u64::from_le_bytes(
            *Hash::of(format!("{now:?} {:p}", &raw const *fixture).as_bytes())
                .as_bytes()
                .first_chunk()
                .unwrap(),
        )
    });
    let _printed = PrintOnPanic(seed);
    let mut draw = Draw(seed);
    let mut models: BTreeMap<ChannelId, Model> = BTreeMap::new();
    let mut log = fixture.open().await;
    for step in 0..STEPS {
        let id = channel(draw.below(CHANNELS));
        match draw.below(100) {
            0..10 => open(&*log, &mut models, id, &mut draw).await,
            10..70 => append(&*log, &mut models, &mut draw).await,
            70..88 => read(&*log, &models, id, &mut draw).await,
            88..94 => trim(&*log, &mut models, id, &mut draw).await,
            94..97 => restart(&*log, &mut models, id, &mut draw).await,
            97..99 => {
                let expected = models
                    .get(&id)
                    .map(Model::head)
                    .ok_or(LogError::UnknownChannel);
                assert_eq!(log.newest(id).await, expected, "step {step}");
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

struct PrintOnPanic(u64);

impl Drop for PrintOnPanic {
    #[allow(clippy::print_stderr, reason = "a failing test prints its seed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to repeat: CHANNEL_LOG_SEED={}", self.0);
        }
    }
}

async fn open(
    log: &dyn ChannelLog,
    models: &mut BTreeMap<ChannelId, Model>,
    id: ChannelId,
    draw: &mut Draw,
) {
    let kind = ChannelKind::ALL[usize::try_from(draw.below(3)).unwrap()];
    let model = models.entry(id).or_insert(Model {
        kind,
        generation: 1,
        trimmed: 0,
        bodies: Vec::new(),
    });
    let expected = if model.kind == kind {
        Ok(model.head())
    } else {
        Err(LogError::KindDiffers { kind: model.kind })
    };
    assert_eq!(log.open(id, kind).await, expected);
    assert_eq!(log.kind(id).await, Ok(model.kind));
}

/// One append of records of several channels, most of them right.
async fn append(log: &dyn ChannelLog, models: &mut BTreeMap<ChannelId, Model>, draw: &mut Draw) {
    let mut records = Vec::new();
    let mut expected = Vec::new();
    let mut refused: BTreeMap<ChannelId, AppendError> = BTreeMap::new();
    for _ in 0..1 + draw.below(20) {
        let id = channel(draw.below(CHANNELS));
        let newest = models.get(&id).map_or(0, Model::newest);
        let (n, fresh) = match draw.below(20) {
            0 => (newest + 2 + draw.below(3), true),
            1 => (draw.below(newest + 1), true),
            2..6 => (draw.below(newest + 1), false),
            _ => (newest + 1, true),
        };
        let length = usize::try_from(draw.below(2000)).unwrap();
        let stored = models.get(&id).filter(|_| n > 0 && n <= newest && !fresh);
        let bytes = stored.map_or_else(
            || {
                (0..length)
                    .map(|_| u8::try_from(draw.below(256)).unwrap())
                    .collect()
            },
            |model| model.body(n).to_vec(),
        );
        let current = models.get(&id).map_or(1, |model| model.generation);
        let record = Append {
            generation: generation(current + u64::from(draw.below(40) == 0)),
            ..append_bytes(id, n, bytes)
        };
        let result = match (refused.get(&id), models.get_mut(&id)) {
            (Some(error), _) => Err(error.clone()),
            (None, None) => Err(AppendError::UnknownChannel),
            (None, Some(model)) => model.append(&record),
        };
        if let Err(error) = &result {
            refused.entry(id).or_insert_with(|| error.clone());
        }
        records.push(record);
        expected.push(result);
    }
    // What a refusal says of the newest depends on when it was looked at within the append: compare the sort alone.
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
    if let Some((id, model)) = models.iter().next()
        && model.newest() > 0
    {
        let last = Append {
            generation: generation(model.generation),
            ..append_bytes(*id, model.newest(), model.body(model.newest()).to_vec())
        };
        assert!(append_one(log, last).await.is_ok());
    }
}

async fn read(
    log: &dyn ChannelLog,
    models: &BTreeMap<ChannelId, Model>,
    id: ChannelId,
    draw: &mut Draw,
) {
    let newest = models.get(&id).map_or(3, Model::newest);
    let current = models.get(&id).map_or(1, |model| model.generation);
    let drawn = match draw.below(20) {
        0 => current + 1,
        1 => current.saturating_sub(1).max(1),
        _ => current,
    };
    let after = Position::new(generation(drawn), number(draw.below(newest + 3)));
    let limit = ReadLimit {
        records: usize::try_from(1 + draw.below(200)).unwrap(),
        bytes: usize::try_from(draw.below(100_000)).unwrap(),
    };
    match (log.read(id, after, limit).await, models.get(&id)) {
        (Ok(read), Some(model)) => model.check_read(after, limit, &read),
        (Err(LogError::UnknownChannel), None) => {}
        (other, _) => panic!("{other:?}"),
    }
}

async fn trim(
    log: &dyn ChannelLog,
    models: &mut BTreeMap<ChannelId, Model>,
    id: ChannelId,
    draw: &mut Draw,
) {
    let newest = models.get(&id).map_or(3, Model::newest);
    let through = draw.below(newest + 2);
    let expected = match models.get_mut(&id) {
        None => Err(LogError::UnknownChannel),
        Some(model) if through > model.newest() => Err(LogError::BeyondNewest {
            newest: model.head(),
        }),
        Some(model) => {
            model.trimmed = model.trimmed.max(through);
            Ok(())
        }
    };
    assert_eq!(log.trim(id, Number::new(through).unwrap()).await, expected);
}

async fn restart(
    log: &dyn ChannelLog,
    models: &mut BTreeMap<ChannelId, Model>,
    id: ChannelId,
    draw: &mut Draw,
) {
    let current = models.get(&id).map_or(1, |model| model.generation);
    let to = Generation::new((current + draw.below(4)).saturating_sub(1).max(1)).unwrap();
    let expected = match models.get_mut(&id) {
        None => Err(LogError::UnknownChannel),
        Some(model) if to.get() == model.generation => Ok(model.head()),
        Some(model) if to.get() == model.generation + 1 => {
            model.generation += 1;
            model.trimmed = 0;
            model.bodies.clear();
            Ok(model.head())
        }
        Some(model) => Err(LogError::Generation {
            newest: model.head(),
        }),
    };
    assert_eq!(log.restart(id, to).await, expected);
}
