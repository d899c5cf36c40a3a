//! Fills a group: checks each request against its channel's newest record, and encodes accepted records.

use crate::appending::appended;
use crate::channel_map::ChannelMap;
use crate::codec::short_length;
use crate::dispatcher::Reply;
use crate::entry::{ChannelState, put_entry};
use crate::error::Failure;
use crate::memtable::{Content, Staged};
use crate::queue::{Answer, AppendRequest, Change, ChangeRequest};
use crate::shared::Shared;
use crate::view::View;
use bytes::BytesMut;
use channel_log::{Append, AppendError, LogError, RECORD_BYTES_MAX};
use types::{ChannelId, Generation, Number, Time};

/// The group that is being filled.
#[derive(Default)]
pub(crate) struct GroupState {
    pub(crate) time: Option<Time>,
    pub(crate) staged: Vec<Staged>,
    /// The channels' states after the group. They are not durable yet.
    pub(crate) pending: ChannelMap<ChannelState>,
    pub(crate) replies: Vec<Reply>,
    pub(crate) permits: u64,
    pub(crate) records: u64,
    /// The log file that must be closed after this group.
    pub(crate) seal: Option<u64>,
}

/// Checks requests against the channels' newest records, and encodes accepted records.
pub(crate) struct Checker<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) view: &'a View,
    /// The content of the view's active table.
    pub(crate) active: &'a Content,
    pub(crate) group: &'a mut GroupState,
    pub(crate) buffer: &'a mut BytesMut,
    pub(crate) newest_time: &'a mut Time,
}

/// Why the run of a channel stopped within one append. The channel's later records get this answer.
enum Halt {
    Refused(AppendError),
    Load,
    Compare,
    After,
}

impl Checker<'_> {
    pub(crate) fn append(&mut self, request: AppendRequest) -> Result<(), Failure> {
        let mut halted: Vec<(ChannelId, Halt)> = Vec::new();
        let mut answers = Vec::with_capacity(request.records.len());
        for record in request.records {
            let halt = halted
                .iter_mut()
                .find(|(channel, _)| *channel == record.channel);
            let answer = match halt {
                Some((channel, Halt::Refused(error))) => Answer::Refused(*channel, error.clone()),
                Some((_, Halt::Load)) => Answer::Load(record),
                Some((_, Halt::After)) => Answer::After(record),
                Some((_, halt @ Halt::Compare)) => {
                    let answer = self.behind(record);
                    if let Answer::After(_) = answer {
                        *halt = Halt::After;
                    }
                    answer
                }
                None => {
                    let channel = record.channel;
                    let answer = self.record(record, request.loaded)?;
                    match &answer {
                        Answer::Done(_) => {}
                        Answer::Refused(_, error) => {
                            halted.push((channel, Halt::Refused(error.clone())));
                        }
                        Answer::Load(_) => halted.push((channel, Halt::Load)),
                        Answer::Compare(_) => halted.push((channel, Halt::Compare)),
                        Answer::After(_) => halted.push((channel, Halt::After)),
                    }
                    answer
                }
            };
            answers.push(answer);
        }
        self.group.permits += u64::from(request.permits);
        self.group
            .replies
            .push(Reply::Append(request.reply, answers));
        Ok(())
    }

    /// The answer for a record after one that must be compared. If the record has an older number too, it is compared
    /// in the same round.
    fn behind(&mut self, record: Append) -> Answer {
        match self.known(&record.channel) {
            Some(state)
                if record.generation == state.generation
                    && record.number < state.number
                    && record.number > state.trimmed =>
            {
                Answer::Compare(record)
            }
            _ => Answer::After(record),
        }
    }

    fn record(&mut self, record: Append, loaded: bool) -> Result<Answer, Failure> {
        let state = match self.known(&record.channel) {
            Some(state) => state,
            None if !loaded => return Ok(Answer::Load(record)),
            None => match self.shared.load_state(&record.channel)? {
                Some(state) => state,
                None => {
                    return Ok(Answer::Refused(record.channel, AppendError::UnknownChannel));
                }
            },
        };
        let newest = state.head();
        let refuse = |error| Ok(Answer::Refused(record.channel, error));
        if record.bytes.len() > RECORD_BYTES_MAX {
            return refuse(AppendError::TooLarge);
        }
        if record.generation != state.generation {
            return refuse(AppendError::Generation { newest });
        }
        if record.number == Number::ZERO || record.number > state.number.next() {
            return refuse(AppendError::NotNext { newest });
        }
        if record.number < state.number {
            return if record.number <= state.trimmed {
                refuse(AppendError::Trimmed { newest })
            } else {
                Ok(Answer::Compare(record))
            };
        }
        if record.number == state.number {
            return if record.hash == state.hash {
                Ok(Answer::Done(appended(newest.position)))
            } else {
                refuse(AppendError::Differs { newest })
            };
        }
        let state = ChannelState {
            number: record.number,
            hash: record.hash,
            ..state
        };
        self.stage(record.channel, state, Some(&record.bytes));
        self.group.records += 1;
        Ok(Answer::Done(appended(state.head().position)))
    }

    pub(crate) fn change(&mut self, request: ChangeRequest) -> Result<(), Failure> {
        let state = match self.known(&request.channel) {
            Some(state) => Some(state),
            None => self.shared.load_state(&request.channel)?,
        };
        let result = match changed(state, request.change) {
            Ok(None) => Ok(state.map(|state| state.head())),
            Ok(Some(state)) => {
                self.stage(request.channel, state, None);
                Ok(Some(state.head()))
            }
            Err(error) => Err(error),
        };
        let result = result.and_then(|head| head.ok_or(LogError::UnknownChannel));
        self.group.permits += u64::from(request.permits);
        self.group
            .replies
            .push(Reply::Change(request.reply, result));
        Ok(())
    }

    /// A channel's state including the group so far, if it is in memory.
    fn known(&self, channel: &ChannelId) -> Option<ChannelState> {
        let pending = self.group.pending.get(channel).copied();
        pending
            .or_else(|| self.active.state(channel))
            .or_else(|| {
                let mut sealed = self.view.sealed.iter().rev();
                sealed.find_map(|table| table.state(channel))
            })
            .or_else(|| self.shared.heads.get(channel))
    }

    fn stage(&mut self, channel: ChannelId, state: ChannelState, record: Option<&[u8]>) {
        let clock = &self.shared.config.clock;
        let newest_time = &mut *self.newest_time;
        let time = *self.group.time.get_or_insert_with(|| {
            *newest_time = clock().max(*newest_time);
            *newest_time
        });
        let offset = short_length(self.buffer.len());
        put_entry(self.buffer, channel, time, &state, record);
        self.group.pending.insert(channel, state);
        self.group.staged.push(Staged {
            channel,
            state,
            record: record.is_some().then_some(offset),
        });
    }
}

/// The state after a change. `None` if the change has no effect.
fn changed(state: Option<ChannelState>, change: Change) -> Result<Option<ChannelState>, LogError> {
    match (change, state) {
        (Change::Open(kind), None) => Ok(Some(ChannelState::empty(kind, Generation::FIRST))),
        (Change::Open(kind), Some(state)) if kind != state.kind => {
            Err(LogError::KindDiffers { kind: state.kind })
        }
        (Change::Open(_), Some(_)) => Ok(None),
        (_, None) => Err(LogError::UnknownChannel),
        (Change::Trim(through), Some(state)) if through > state.head().position => {
            let newest = state.head();
            Err(LogError::BeyondNewest { newest })
        }
        (Change::Trim(through), Some(state)) => {
            let trims = through.generation == state.generation && through.number > state.trimmed;
            Ok(trims.then_some(ChannelState {
                trimmed: through.number,
                ..state
            }))
        }
        (Change::Restart(generation), Some(state)) if generation == state.generation => Ok(None),
        (Change::Restart(generation), Some(state)) if generation == state.generation.next() => {
            Ok(Some(ChannelState::empty(state.kind, generation)))
        }
        (Change::Restart(_), Some(state)) => {
            let newest = state.head();
            Err(LogError::Generation { newest })
        }
    }
}
