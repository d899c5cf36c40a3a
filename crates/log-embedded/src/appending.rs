//! The callers' side of an append: in portions that the committer can take at once, and what it sends back is looked up,
//! compared, and asked again.

use crate::channel_map::ChannelMap;
use crate::error::Failure;
use crate::queue::{Answer, AppendRequest, Request};
use crate::reading;
use crate::shared::Shared;
use channel_log::{Append, AppendError, Appended, Durability, Read, ReadLimit, Stopped};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::oneshot;
use types::Position;

/// Larger appends go to the committer in portions.
const PORTION_RECORDS: usize = 1024;
const PORTION_BYTES: usize = 1 << 20;

type Result1 = Result<Appended, AppendError>;

pub(crate) async fn append(shared: &Arc<Shared>, records: Vec<Append>) -> Vec<Result1> {
    if records.is_empty() {
        return Vec::new();
    }
    if !fits_portion(&records) {
        return Round::new(shared, records).finish().await;
    }
    // The usual case, in one round and without bookkeeping.
    let count = records.len();
    let answers = match submit(shared, records, false).await {
        Ok(answers) => answers,
        Err(stopped) => return vec![Err(stopped.into()); count],
    };
    if answers.iter().all(Answer::is_final) {
        return answers.into_iter().filter_map(Answer::result).collect();
    }
    let mut round = Round::new(shared, Vec::new());
    round.results.resize(answers.len(), None);
    match round.take((0..).zip(answers)).await {
        Ok(()) => round.finish().await,
        Err(stopped) => round.stopped(&stopped),
    }
}

/// The answer for a record that is durable at `position`.
pub(crate) const fn appended(position: Position) -> Appended {
    Appended {
        position,
        durability: Durability::Fsync,
    }
}

fn fits_portion(records: &[Append]) -> bool {
    let bytes = || {
        records
            .iter()
            .map(|record| record.bytes.len())
            .sum::<usize>()
    };
    records.len() == 1 || (records.len() <= PORTION_RECORDS && bytes() <= PORTION_BYTES)
}

async fn submit(
    shared: &Shared,
    records: Vec<Append>,
    loaded: bool,
) -> Result<Vec<Answer>, Stopped> {
    let stopped = || shared.stop.reason();
    let permits = shared.queue.reserve(&records).await.ok_or_else(stopped)?;
    let (reply, answers) = oneshot::channel();
    let request = AppendRequest {
        records,
        loaded,
        permits,
        reply,
    };
    if !shared.queue.push(Request::Append(request)) {
        return Err(stopped());
    }
    answers.await.map_err(|_| stopped())
}

/// An append that takes several rounds.
struct Round<'a> {
    shared: &'a Arc<Shared>,
    /// With their places in the answer.
    fresh: VecDeque<(usize, Append)>,
    /// What the committer sent back, its channels' states looked up. It comes before what is fresh.
    again: VecDeque<(usize, Append)>,
    /// The channels whose run has ended, and why.
    refused: ChannelMap<AppendError>,
    results: Vec<Option<Result1>>,
}

impl<'a> Round<'a> {
    fn new(shared: &'a Arc<Shared>, records: Vec<Append>) -> Self {
        Self {
            shared,
            results: vec![None; records.len()],
            fresh: records.into_iter().enumerate().collect(),
            again: VecDeque::new(),
            refused: ChannelMap::default(),
        }
    }

    async fn finish(mut self) -> Vec<Result1> {
        while !self.again.is_empty() || !self.fresh.is_empty() {
            let loaded = !self.again.is_empty();
            let (places, records) = self.portion();
            if records.is_empty() {
                continue;
            }
            let answered = match submit(self.shared, records, loaded).await {
                Ok(answers) => self.take(places.into_iter().zip(answers)).await,
                Err(stopped) => Err(stopped),
            };
            if let Err(stopped) = answered {
                return self.stopped(&stopped);
            }
        }
        self.results.into_iter().flatten().collect()
    }

    /// Of those without an answer nobody knows any more whether they are stored.
    fn stopped(self, stopped: &Stopped) -> Vec<Result1> {
        let unknown = Err(AppendError::from(stopped.clone()));
        let results = self.results.into_iter();
        results
            .map(|result| result.unwrap_or_else(|| unknown.clone()))
            .collect()
    }

    /// What goes to the committer next, less the records of channels that were refused.
    fn portion(&mut self) -> (Vec<usize>, Vec<Append>) {
        let (mut places, mut records, mut bytes) = (Vec::new(), Vec::new(), 0);
        let source_is_again = !self.again.is_empty();
        while records.len() < PORTION_RECORDS && bytes < PORTION_BYTES {
            let next = if source_is_again {
                self.again.pop_front()
            } else {
                self.fresh.pop_front()
            };
            let Some((place, record)) = next else {
                break;
            };
            if let Some(error) = self.refused.get(&record.channel).cloned() {
                self.settle(place, Err(error));
                continue;
            }
            bytes += record.bytes.len();
            places.push(place);
            records.push(record);
        }
        (places, records)
    }

    /// Takes the committer's answers, in the order in which it was asked.
    async fn take(
        &mut self,
        answers: impl Iterator<Item = (usize, Answer)>,
    ) -> Result<(), Stopped> {
        let (mut back, mut unknown) = (VecDeque::new(), Vec::new());
        for (place, answer) in answers {
            let (channel, result) = match answer {
                Answer::Done(appended) => {
                    self.settle(place, Ok(appended));
                    continue;
                }
                Answer::Refused(channel, error) => (channel, Err(error)),
                Answer::Load(record) => {
                    unknown.push(record.channel);
                    back.push_back((place, record));
                    continue;
                }
                Answer::After(record) => {
                    back.push_back((place, record));
                    continue;
                }
                Answer::Compare(record) => match self.refused.get(&record.channel) {
                    Some(error) => (record.channel, Err(error.clone())),
                    None => (record.channel, self.compare(&record).await?),
                },
            };
            if let Err(error) = &result {
                self.refused.entry(channel).or_insert_with(|| error.clone());
            }
            self.settle(place, result);
        }
        // In front of what was left over, so that each channel's stay in order.
        back.append(&mut self.again);
        self.again = back;
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.sort_unstable();
        unknown.dedup();
        // The committer finds in the cache what is looked up here; what is not there any more it looks up itself.
        let load = move |shared: &Shared| {
            unknown.iter().try_for_each(|channel| {
                shared.load_state(channel)?;
                Ok::<(), Failure>(())
            })
        };
        self.shared.on_files(load).await
    }

    fn settle(&mut self, place: usize, result: Result1) {
        if let Some(slot) = self.results.get_mut(place) {
            *slot = Some(result);
        }
    }

    /// A record under a number that is not the newest, with what is stored there.
    async fn compare(&self, record: &Append) -> Result<Result1, Stopped> {
        let Some(before) = record.number.previous() else {
            return Ok(Err(AppendError::UnknownChannel));
        };
        let after = Position::new(record.generation, before);
        let limit = ReadLimit {
            records: 1,
            bytes: 1,
        };
        let read = reading::read_anywhere(self.shared, record.channel, after, limit).await?;
        Ok(match read {
            None => Err(AppendError::UnknownChannel),
            Some(Read::Records { records, newest }) => match records.first() {
                Some(stored) if stored.hash == record.hash => {
                    Ok(appended(Position::new(record.generation, record.number)))
                }
                Some(_) => Err(AppendError::Differs { newest }),
                None => Err(AppendError::NotNext { newest }),
            },
            Some(Read::Trimmed { newest, .. }) => Err(AppendError::Trimmed { newest }),
            Some(Read::Generation { newest }) => Err(AppendError::Generation { newest }),
            Some(Read::Ahead { newest }) => Err(AppendError::NotNext { newest }),
        })
    }
}
