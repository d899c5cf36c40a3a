//! Follows channels: history first, then live messages, both read from the log at the reader's own position.

use crate::{Broker, ReadError};
use channel_log::{Read, ReadLimit, Record, Stopped, Watch, WatchError};
use futures_util::future::{BoxFuture, select_all};
use protocol::live::{Asked, Frame};
use std::time::Duration;
use tokio::time::Instant;
use tracing::{Span, trace_span};
use types::{ChannelId, Generation, Position};

/// The size of one read of one channel. A connection keeps no more than that in memory.
const LIMIT: ReadLimit = ReadLimit {
    records: 100,
    bytes: 32 * 1024,
};

/// How long a channel waits before it reads the log again. The wait doubles each time that the log is unavailable, up
/// to [`RETRY_LAST`].
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LAST: Duration = Duration::from_secs(2);

/// A frame, and the channel's position after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionedFrame {
    /// The frame.
    pub frame: Frame,
    /// The position after the frame.
    pub at: Position,
}

struct Followed {
    channel: ChannelId,
    position: Position,
    /// The registration at the log. `None` before the first read, and after the log lost it.
    watch: Option<Watch>,
    state: State,
    /// A read that has begun. It continues when the caller of a dropped future calls again.
    reading: Option<BoxFuture<'static, Result<Reading, ReadError>>>,
    /// The waiting time after the next failure.
    retry: Duration,
    /// Whether the device was informed that all messages up to this position were sent.
    current: bool,
}

/// The registration, if the read made one, and the result of the read.
type Reading = (Option<Watch>, Read);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more messages to read.
    Behind,
    /// All messages were read. Waits for a position beyond this one: the reader's own, or the newest if that is lower.
    Waiting(Position),
    /// The log is unavailable. Reads again at this time.
    Unavailable(Instant),
    /// The device was informed that it cannot continue from its position.
    Ended,
}

/// A reader's progress through its channels, without gaps and without duplicates.
pub struct Live {
    broker: Broker,
    asked: Asked,
    followed: Vec<Followed>,
    /// The time at which a channel's newest position advanced, until the new messages are sent.
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
    /// Follows the requested channels, each after its position. Each channel is registered before its first read, so
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
    /// The next frames of the stream: at least one, all from one read. Waits while there are none, and while the log is
    /// unavailable. Cancel safe: a position advances only when its frames are returned, and a read that has begun
    /// continues with the next call.
    pub async fn next(&mut self) -> Result<Vec<PositionedFrame>, Stopped> {
        loop {
            for (index, followed) in self.followed.iter_mut().enumerate() {
                let frames = followed.read(&self.broker).await?;
                if !frames.is_empty() {
                    // A channel with many messages must not delay the others.
                    self.followed.rotate_left(index + 1);
                    return Ok(frames);
                }
            }
            self.wait().await?;
        }
    }

    /// Appends frames to `out`, each with the event id of the stream's positions after it.
    pub fn write(&mut self, frames: &[PositionedFrame], out: &mut String) {
        for PositionedFrame { frame, at } in frames {
            if let Some(channel) = frame.channel() {
                self.asked.advance(channel, *at);
            }
            let _span = span(frame, *at);
            frame.write(&self.asked, out);
        }
        let observed = &self.broker.observed;
        let caught_up = frames
            .iter()
            .filter(|last| matches!(last.frame, Frame::Position { .. }));
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
    /// Reads once, if there may be something to read, and returns the resulting frames.
    async fn read(&mut self, broker: &Broker) -> Result<Vec<PositionedFrame>, Stopped> {
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
            ) => unreachable!("a read cannot fail this way: {error}"),
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
        Ok(vec![self.at_position(frame)])
    }

    fn records(
        &mut self,
        generation: Generation,
        records: Vec<Record>,
        newest: Position,
    ) -> Vec<PositionedFrame> {
        let mut frames = Vec::with_capacity(records.len() + 1);
        for record in records {
            self.position = Position::new(generation, record.number);
            frames.push(self.at_position(Frame::Message {
                channel: self.channel,
                generation,
                message: record.bytes,
            }));
        }
        if self.position >= newest {
            self.state = State::Waiting(self.position);
            if !std::mem::replace(&mut self.current, true) {
                frames.push(self.at_position(Frame::Position {
                    channel: self.channel,
                    generation,
                    number: self.position.number,
                }));
            }
        }
        frames
    }

    const fn at_position(&self, frame: Frame) -> PositionedFrame {
        PositionedFrame {
            frame,
            at: self.position,
        }
    }

    /// The log is unavailable: waits before the next read.
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
