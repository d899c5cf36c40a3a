//! Channels, and the messages that their writer has for them.

use bytes::Bytes;
use protocol::{Body, Message, MessageKind};
use rand::RngExt as _;
use types::{ChannelId, Clock, Number};

const BODY_BYTES: usize = 300;
/// As long as a head's Sign1; the broker does not read it.
const SIGNATURE_BYTES: usize = 80;

/// The next message of a channel.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(crate) channel: ChannelId,
    pub(crate) number: u64,
    pub(crate) bytes: Bytes,
}

/// What channels are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// One customer's devices.
    Customer,
    /// Everybody's devices.
    Everybody,
}

/// New channel ids.
pub(crate) fn channel_ids(count: usize) -> Vec<ChannelId> {
    let mut random = rand::rng();
    let ids = (0..count).map(|_| ChannelId::new(random.random()));
    ids.collect()
}

/// The writer of some channels.
pub(crate) struct Writer {
    channels: Vec<(ChannelId, Number)>,
    /// The channel that is next.
    turn: usize,
    kind: MessageKind,
    clock: Clock,
    body: Bytes,
}

impl Writer {
    /// The writer of channels without a message.
    pub(crate) fn new(channels: &[ChannelId], audience: Audience, clock: &Clock) -> Self {
        let mut body = vec![0; BODY_BYTES];
        rand::rng().fill(body.as_mut_slice());
        Self {
            channels: channels.iter().map(|id| (*id, Number::ZERO)).collect(),
            turn: 0,
            kind: match audience {
                Audience::Customer => MessageKind::Entry,
                Audience::Everybody => MessageKind::Announcement,
            },
            clock: clock.clone(),
            body: body.into(),
        }
    }

    /// The next message of the next channel. None if there are no channels.
    pub(crate) fn next(&mut self) -> Option<Published> {
        let turn = self.turn;
        self.turn = (turn + 1) % self.channels.len().max(1);
        let (channel, number) = self.channels.get_mut(turn)?;
        *number = number.next();
        let message = Message {
            number: *number,
            kind: self.kind,
            time: (self.clock)(),
            expires: None,
            body: Body::Bytes(self.body.clone()),
            signature: Bytes::from_static(&[0; SIGNATURE_BYTES]),
        };
        Some(Published {
            channel: *channel,
            number: number.get(),
            bytes: message.encode().into(),
        })
    }

    /// The next messages.
    pub(crate) fn batch(&mut self, count: usize) -> Vec<Published> {
        (0..count).filter_map(|_| self.next()).collect()
    }
}
