//! Following channels: history, then live, from the log at the reader's own position.

use crate::{Broker, ReadError};
use channel_log::{Read, ReadLimit, Record, Stopped, Watch, WatchError};
use futures_util::future::{BoxFuture, select_all};
use protocol::live::{Asked, Frame};
use std::time::Duration;
use tokio::time::Instant;
use tracing::{Span, trace_span};
use types::{ChannelId, Generation, Position};

/// How much one read of one channel takes: what a connection holds in memory at most.
const LIMIT: ReadLimit = ReadLimit {
    records: 100,
    bytes: 32 * 1024,
};

/// How long a channel waits before the log is asked again: doubled each time that it is unavailable, up to the last.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LAST: Duration = Duration::from_secs(2);

/// A frame, and the position that its channel is at after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What the stream says.
    pub frame: Frame,
    /// Where that leaves the channel.
    pub at: Position,
}

struct Followed {
    channel: ChannelId,
    position: Position,
    /// The registration at the log; none before the first read, and when the log lost it.
    watch: Option<Watch>,
    state: State,
    /// A read that has begun: it goes on when whoever waited for it came back from something else.
    reading: Option<BoxFuture<'static, Result<Reading, ReadError>>>,
    /// How long the next failure has the channel wait.
    retry: Duration,
    /// Whether it was said that all up to here was sent.
    current: bool,
}

/// The registration, if the read began with one, and what was read.
type Reading = (Option<Watch>, Read);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more to read.
    Behind,
    /// All was read: wait for a position beyond this one. It is the reader's own, or the newest where that is below.
    Waiting(Position),
    /// The log is unavailable: ask again then.
    Unavailable(Instant),
    /// It was said that the reader cannot go on from its position.
    Ended,
}

/// A reader's way through its channels, without gap and without duplicate.
pub struct Live {
    broker: Broker,
    asked: Asked,
    followed: Vec<Followed>,
    /// When a channel's newest position moved, until what that brought is sent.
    woken: Option<Instant>,
}

/// The span in which a message is written into a stream.
fn span(frame: &Frame, at: Position) -> Option<Span> {
    let Frame::Message { channel, .. } = frame else {
        return None;
    };
    let (generation, number) = (at.generation.get(), at.number.get());
    let span = trace_span!(target: types::ENTRY_SPANS, "send", %channel, generation, number);
    (!span.is_disabled()).then_some(span)
}

impl Broker {
    /// Follows the channels that were asked for, each after its position. Each is registered before its first read, so
    /// that nothing is missed in between.
    #[must_use]
    pub fn live(&self, asked: Asked) -> Live {
        let followed = asked
            .positions()
            .iter()
            .map(|(channel, position)| Followed {
                channel: *channel,
                position: *position,
                watch: None,
                state: State::Behind,
                reading: None,
                retry: RETRY_FIRST,
                current: false,
            });
        Live {
            broker: self.clone(),
            followed: followed.collect(),
            asked,
            woken: None,
        }
    }
}

impl Live {
    /// What the stream says next: at least one frame, those of one read. Waits while there is nothing, and while the log
    /// is unavailable. Cancel safe: a position moves only when its frames are returned, and a read that has begun goes on
    /// with the next call.
    pub async fn next(&mut self) -> Result<Vec<Said>, Stopped> {
        loop {
            for (place, followed) in self.followed.iter_mut().enumerate() {
                let frames = followed.read(&self.broker).await?;
                if !frames.is_empty() {
                    // A channel with much to read does not hold up the others.
                    self.followed.rotate_left(place + 1);
                    return Ok(frames);
                }
            }
            self.wait().await?;
        }
    }

    /// Appends what is said to `out`, each frame with the event id of where it leaves the stream.
    pub fn write(&mut self, said: &[Said], out: &mut String) {
        for Said { frame, at } in said {
            if let Some(channel) = frame.channel() {
                self.asked.advance(channel, *at);
            }
            let _span = span(frame, *at);
            frame.write(&self.asked, out);
        }
        let observed = &self.broker.observed;
        let caught_up = said
            .iter()
            .filter(|said| matches!(said.frame, Frame::Position { .. }));
        observed
            .streams_caught_up
            .increment(u64::try_from(caught_up.count()).unwrap_or(u64::MAX));
        if let Some(woken) = self.woken.take() {
            observed.wake_to_sent.record(woken.elapsed());
        }
    }

    /// Appends a frame about the whole stream.
    pub fn write_frame(&self, frame: &Frame, out: &mut String) {
        frame.write(&self.asked, out);
    }

    async fn wait(&mut self) -> Result<(), Stopped> {
        let waiting = self
            .followed
            .iter_mut()
            .filter_map(|followed| match followed.state {
                State::Waiting(_) | State::Unavailable(_) => Some(Box::pin(followed.wait())),
                State::Behind | State::Ended => None,
            });
        let waiting: Vec<_> = waiting.collect();
        if waiting.is_empty() {
            std::future::pending::<()>().await;
        }
        select_all(waiting).await.0?;
        self.woken.get_or_insert_with(Instant::now);
        Ok(())
    }
}

impl Followed {
    /// One read, if there may be something; what the stream says of it.
    async fn read(&mut self, broker: &Broker) -> Result<Vec<Said>, Stopped> {
        if self.state != State::Behind {
            return Ok(Vec::new());
        }
        let (channel, position) = (self.channel, self.position);
        let registered = self.watch.is_some();
        let reading = self.reading.get_or_insert_with(|| {
            let broker = broker.clone();
            Box::pin(async move {
                let watch = if registered {
                    None
                } else {
                    Some(broker.log.watch(channel).await?)
                };
                Ok((watch, broker.read(channel, position, LIMIT).await?))
            })
        });
        let read = reading.await;
        self.reading = None;
        let read = match read {
            Ok((watch, read)) => {
                self.watch = watch.or(self.watch.take());
                self.retry = RETRY_FIRST;
                read
            }
            Err(ReadError::Unavailable(_) | ReadError::OutcomeUnknown(_)) => {
                self.ask_later();
                return Ok(Vec::new());
            }
            Err(ReadError::Stopped(stopped)) => return Err(stopped),
            Err(
                error @ (ReadError::ChannelUnknown
                | ReadError::KindDiffers
                | ReadError::Generation { .. }),
            ) => unreachable!("a read answers: {error}"),
        };
        let newest = read.newest().position;
        let generation = newest.generation;
        let frame = match read {
            Read::Records { records, .. } => return Ok(self.records(generation, records, newest)),
            Read::Ahead { .. } => {
                self.state = State::Waiting(newest);
                self.current = false;
                Frame::Ahead {
                    channel,
                    generation,
                    newest: newest.number,
                }
            }
            Read::Trimmed { oldest, .. } => {
                self.state = State::Ended;
                Frame::Trimmed {
                    channel,
                    generation,
                    oldest,
                }
            }
            Read::Generation { .. } => {
                self.state = State::Ended;
                Frame::Generation {
                    channel,
                    generation,
                }
            }
        };
        Ok(vec![self.said(frame)])
    }

    fn records(
        &mut self,
        generation: Generation,
        records: Vec<Record>,
        newest: Position,
    ) -> Vec<Said> {
        let mut said = Vec::with_capacity(records.len() + 1);
        for record in records {
            self.position = Position::new(generation, record.number);
            said.push(self.said(Frame::Message {
                channel: self.channel,
                generation,
                message: record.bytes,
            }));
        }
        if self.position >= newest {
            self.state = State::Waiting(self.position);
            if !std::mem::replace(&mut self.current, true) {
                said.push(self.said(Frame::Position {
                    channel: self.channel,
                    generation,
                    number: self.position.number,
                }));
            }
        }
        said
    }

    const fn said(&self, frame: Frame) -> Said {
        Said {
            frame,
            at: self.position,
        }
    }

    /// The log is unavailable.
    fn ask_later(&mut self) {
        self.state = State::Unavailable(Instant::now() + self.retry);
        self.retry = (self.retry * 2).min(RETRY_LAST);
    }

    /// Waits until there may be something to read. Cancel safe.
    async fn wait(&mut self) -> Result<(), Stopped> {
        match (self.state, &mut self.watch) {
            (State::Waiting(beyond), Some(watch)) => match watch.beyond(beyond).await {
                Ok(_) => self.state = State::Behind,
                Err(WatchError::Unavailable(_)) => {
                    self.watch = None;
                    self.ask_later();
                }
                Err(WatchError::Stopped(stopped)) => return Err(stopped),
            },
            (State::Unavailable(until), _) => {
                tokio::time::sleep_until(until).await;
                self.state = State::Behind;
            }
            (State::Behind | State::Waiting(_) | State::Ended, _) => self.state = State::Behind,
        }
        Ok(())
    }
}
