//! The caller's side of an append. It sends the records to the committer in portions. If the committer returns a
//! record, because its channel's state is not in memory or because it must be compared with a stored one, this side
//! reads the files and asks again.

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

/// An append that exceeds one of these limits goes to the committer in portions.
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
    // The common case: one round, without bookkeeping.
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
    /// Records that were not sent yet, each with its index in the answer.
    fresh: VecDeque<(usize, Append)>,
    /// Records that the committer returned; their channels' states are loaded now. They are sent before the fresh ones.
    again: VecDeque<(usize, Append)>,
    /// Channels whose run was refused, with the reason.
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
            let (indices, records) = self.portion();
            if records.is_empty() {
                continue;
            }
            let answered = match submit(self.shared, records, loaded).await {
                Ok(answers) => self.take(indices.into_iter().zip(answers)).await,
                Err(stopped) => Err(stopped),
            };
            if let Err(stopped) = answered {
                return self.stopped(&stopped);
            }
        }
        self.results.into_iter().flatten().collect()
    }

    /// The results, if the engine stops. For a record without an answer it is unknown whether it is stored.
    fn stopped(self, stopped: &Stopped) -> Vec<Result1> {
        let unknown = Err(AppendError::from(stopped.clone()));
        let results = self.results.into_iter();
        results
            .map(|result| result.unwrap_or_else(|| unknown.clone()))
            .collect()
    }

    /// The next portion for the committer. It skips records of refused channels and settles them.
    fn portion(&mut self) -> (Vec<usize>, Vec<Append>) {
        let (mut indices, mut records, mut bytes) = (Vec::new(), Vec::new(), 0);
        let source_is_again = !self.again.is_empty();
        while records.len() < PORTION_RECORDS && bytes < PORTION_BYTES {
            let next = if source_is_again {
                self.again.pop_front()
            } else {
                self.fresh.pop_front()
            };
            let Some((index, record)) = next else {
                break;
            };
            if let Some(error) = self.refused.get(&record.channel).cloned() {
                self.settle(index, Err(error));
                continue;
            }
            bytes += record.bytes.len();
            indices.push(index);
            records.push(record);
        }
        (indices, records)
    }

    /// Processes the committer's answers. They are in the order of the request.
    async fn take(
        &mut self,
        answers: impl Iterator<Item = (usize, Answer)>,
    ) -> Result<(), Stopped> {
        let (mut back, mut unknown) = (VecDeque::new(), Vec::new());
        for (index, answer) in answers {
            let (channel, result) = match answer {
                Answer::Done(appended) => {
                    self.settle(index, Ok(appended));
                    continue;
                }
                Answer::Refused(channel, error) => (channel, Err(error)),
                Answer::Load(record) => {
                    unknown.push(record.channel);
                    back.push_back((index, record));
                    continue;
                }
                Answer::After(record) => {
                    back.push_back((index, record));
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
            self.settle(index, result);
        }
        // Before the records that were not sent, so that each channel's records stay in order.
        back.append(&mut self.again);
        self.again = back;
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.sort_unstable();
        unknown.dedup();
        // This fills the cache, where the committer looks first. If the entry is evicted before that, the committer
        // reads the files itself.
        let load = move |shared: &Shared| {
            unknown.iter().try_for_each(|channel| {
                shared.load_state(channel)?;
                Ok::<(), Failure>(())
            })
        };
        self.shared.on_files(load).await
    }

    fn settle(&mut self, index: usize, result: Result1) {
        if let Some(slot) = self.results.get_mut(index) {
            *slot = Some(result);
        }
    }

    /// Compares a record whose number is not the newest with the stored record of that number.
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
