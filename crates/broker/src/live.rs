//! Following channels: history, then live, from the log at the reader's own position.

use crate::{Broker, ReadError};
use channel_log::{Read, ReadLimit, Stopped, Watch};
use futures_util::future::select_all;
use protocol::live::{Asked, Frame};
use types::{ChannelId, Position};

/// How much one read of one channel takes: what a connection holds in memory at most.
const LIMIT: ReadLimit = ReadLimit {
    records: 100,
    bytes: 128 * 1024,
};

struct Followed {
    channel: ChannelId,
    position: Position,
    watch: Watch,
    state: State,
    /// Whether it was said that all up to here was sent.
    current: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more to read.
    Behind,
    /// All was read: wait for a position beyond this one. It is the reader's own, or the newest where that is below.
    Waiting(Position),
    /// It was said that the reader cannot go on from its position.
    Ended,
}

/// A reader's way through its channels, without gap and without duplicate.
pub struct Live {
    broker: Broker,
    asked: Asked,
    followed: Vec<Followed>,
}

impl Broker {
    /// Follows the channels that were asked for, each after its position. Registration comes before the first read, so
    /// that nothing is missed in between.
    #[must_use]
    pub fn live(&self, asked: Asked) -> Live {
        let followed = asked
            .positions()
            .iter()
            .map(|(channel, position)| Followed {
                channel: *channel,
                position: *position,
                watch: self.log.watch(*channel),
                state: State::Behind,
                current: false,
            });
        Live {
            broker: self.clone(),
            followed: followed.collect(),
            asked,
        }
    }
}

impl Live {
    /// What the stream says next: at least one frame, those of one read. Waits while there is nothing. Cancel safe:
    /// a position moves only when its frames are returned.
    pub async fn next(&mut self) -> Result<Vec<Frame>, Stopped> {
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

    /// Appends frames to `out`, each with the event id of where it leaves the stream.
    pub fn write(&mut self, frames: &[Frame], out: &mut String) {
        for frame in frames {
            if let Some((channel, position)) = reached(frame) {
                self.asked.advance(&channel, position);
            }
            frame.write(&self.asked, out);
        }
    }

    async fn wait(&mut self) -> Result<(), Stopped> {
        let waiting = self
            .followed
            .iter_mut()
            .filter_map(|followed| match followed.state {
                State::Waiting(beyond) => Some(Box::pin(followed.wait(beyond))),
                State::Behind | State::Ended => None,
            });
        let waiting: Vec<_> = waiting.collect();
        if waiting.is_empty() {
            std::future::pending::<()>().await;
        }
        select_all(waiting).await.0
    }
}

/// The position that a message leaves its channel at.
fn reached(frame: &Frame) -> Option<(ChannelId, Position)> {
    match frame {
        Frame::Message {
            channel,
            generation,
            message,
        } => {
            let message = protocol::Message::parse(message.clone()).ok()?;
            Some((*channel, Position::new(*generation, message.number)))
        }
        _ => None,
    }
}

impl Followed {
    /// One read, if there may be something; what the stream says of it.
    async fn read(&mut self, broker: &Broker) -> Result<Vec<Frame>, Stopped> {
        if self.state != State::Behind {
            return Ok(Vec::new());
        }
        let channel = self.channel;
        let read = match broker.read(channel, self.position, LIMIT).await {
            Ok(read) => read,
            Err(ReadError::Stopped(stopped)) => return Err(stopped),
            Err(other) => return Err(Stopped::new(&other.to_string())),
        };
        let newest = read.newest().position;
        let generation = newest.generation;
        Ok(match read {
            Read::Records { records, .. } => {
                let last = records
                    .last()
                    .map(|record| Position::new(generation, record.number));
                let mut frames: Vec<Frame> = records
                    .into_iter()
                    .map(|record| Frame::Message {
                        channel,
                        generation,
                        message: record.bytes,
                    })
                    .collect();
                self.position = last.unwrap_or(self.position);
                if self.position >= newest {
                    self.state = State::Waiting(self.position);
                    if !std::mem::replace(&mut self.current, true) {
                        frames.push(Frame::Position {
                            channel,
                            generation,
                            number: self.position.number,
                        });
                    }
                }
                frames
            }
            Read::Ahead { .. } => {
                self.state = State::Waiting(newest);
                self.current = false;
                vec![Frame::Ahead {
                    channel,
                    generation,
                    newest: newest.number,
                }]
            }
            Read::Trimmed { oldest, .. } => {
                self.state = State::Ended;
                vec![Frame::Trimmed {
                    channel,
                    generation,
                    oldest,
                }]
            }
            Read::Generation { .. } => {
                self.state = State::Ended;
                vec![Frame::Generation {
                    channel,
                    generation,
                }]
            }
        })
    }

    /// Waits for a position beyond the one that was waited for.
    async fn wait(&mut self, beyond: Position) -> Result<(), Stopped> {
        self.watch.beyond(beyond).await?;
        self.state = State::Behind;
        Ok(())
    }
}
