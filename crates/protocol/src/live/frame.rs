//! The frames of a live stream.

use super::asked::Asked;
use super::error::LiveError;
use crate::MESSAGE_BYTES_MAX;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use types::{ChannelId, Generation, Number, base64url};

/// The media type of the stream.
pub const CONTENT_TYPE: &str = "text/event-stream";

/// A comment that is sent every 20 s, so that a dead connection is noticed.
pub const KEEP_ALIVE: &str = ": keep alive\n\n";

/// One frame of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// `message`: the channel's next message, unchanged.
    Message {
        /// The channel.
        channel: ChannelId,
        /// Its generation.
        generation: Generation,
        /// The message in CBOR.
        message: Bytes,
    },
    /// `position`: all messages up to this number were sent; from here on the stream is live.
    Position {
        /// The channel.
        channel: ChannelId,
        /// Its generation.
        generation: Generation,
        /// The newest number.
        number: Number,
    },
    /// `ahead`: the broker has fewer messages than the device. The device must wait: the broker is being restored.
    Ahead {
        /// The channel.
        channel: ChannelId,
        /// Its generation.
        generation: Generation,
        /// The newest number that the broker has.
        newest: Number,
    },
    /// `trimmed`: the messages after the device's position were trimmed.
    Trimmed {
        /// The channel.
        channel: ChannelId,
        /// Its generation.
        generation: Generation,
        /// The oldest number that still exists.
        oldest: Number,
    },
    /// `generation`: the channel was restarted.
    Generation {
        /// The channel.
        channel: ChannelId,
        /// The channel's current generation.
        generation: Generation,
    },
    /// `expiring`: the token expires soon.
    Expiring {
        /// Seconds until it expires.
        seconds: u64,
    },
    /// `ended`: the last frame of a stream that the server closes.
    Ended {
        /// Why.
        reason: EndReason,
    },
}

/// Why the server closes a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The token has expired. The device needs a new one.
    Expired,
    /// The device was revoked.
    Revoked,
    /// The customer stopped everything, and the device was revoked with all the others.
    CustomerStopped,
    /// The device opened newer streams and exceeded its limit.
    Replaced,
    /// The server is shutting down, or the stream reached its maximum age. The device reconnects to this server or
    /// another.
    Stopping,
    /// Another node serves the device from now on.
    Moved,
    /// A reason that this version does not know. Never sent.
    #[serde(other)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
struct PositionData {
    channel: ChannelId,
    generation: Generation,
    number: Number,
}

#[derive(Serialize, Deserialize)]
struct AheadData {
    channel: ChannelId,
    generation: Generation,
    newest: Number,
}

#[derive(Serialize, Deserialize)]
struct TrimmedData {
    channel: ChannelId,
    generation: Generation,
    oldest: Number,
}

#[derive(Serialize, Deserialize)]
struct GenerationData {
    channel: ChannelId,
    generation: Generation,
}

#[derive(Serialize, Deserialize)]
struct ExpiringData {
    seconds: u64,
}

#[derive(Serialize, Deserialize)]
struct EndedData {
    reason: EndReason,
}

impl Frame {
    /// The frame's channel. `None` for `expiring` and `ended`, which are about the whole stream.
    #[must_use]
    pub const fn channel(&self) -> Option<&ChannelId> {
        match self {
            Self::Message { channel, .. }
            | Self::Position { channel, .. }
            | Self::Ahead { channel, .. }
            | Self::Trimmed { channel, .. }
            | Self::Generation { channel, .. } => Some(channel),
            Self::Expiring { .. } | Self::Ended { .. } => None,
        }
    }

    /// The event's name.
    #[must_use]
    pub const fn event(&self) -> &'static str {
        match self {
            Self::Message { .. } => "message",
            Self::Position { .. } => "position",
            Self::Ahead { .. } => "ahead",
            Self::Trimmed { .. } => "trimmed",
            Self::Generation { .. } => "generation",
            Self::Expiring { .. } => "expiring",
            Self::Ended { .. } => "ended",
        }
    }

    /// Appends the frame to `out`. Its event id has the positions `at`: those after the frame.
    pub fn write(&self, at: &Asked, out: &mut String) {
        out.push_str("event: ");
        out.push_str(self.event());
        out.push_str("\nid: ");
        out.push_str(&at.id());
        out.push_str("\ndata: ");
        out.push_str(&self.data());
        out.push_str("\n\n");
    }

    fn data(&self) -> String {
        match self {
            Self::Message {
                channel,
                generation,
                message,
            } => {
                format!("{channel}:{generation}:{}", base64url::encode(message))
            }
            Self::Position {
                channel,
                generation,
                number,
            } => json(&PositionData {
                channel: *channel,
                generation: *generation,
                number: *number,
            }),
            Self::Ahead {
                channel,
                generation,
                newest,
            } => json(&AheadData {
                channel: *channel,
                generation: *generation,
                newest: *newest,
            }),
            Self::Trimmed {
                channel,
                generation,
                oldest,
            } => json(&TrimmedData {
                channel: *channel,
                generation: *generation,
                oldest: *oldest,
            }),
            Self::Generation {
                channel,
                generation,
            } => json(&GenerationData {
                channel: *channel,
                generation: *generation,
            }),
            Self::Expiring { seconds } => json(&ExpiringData { seconds: *seconds }),
            Self::Ended { reason } => json(&EndedData { reason: *reason }),
        }
    }

    /// Parses a frame's data. `None` if this version does not know the event.
    pub(super) fn read(event: &str, data: &str) -> Result<Option<Self>, LiveError> {
        let frame = match event {
            "message" => message(data)?,
            "position" => {
                let PositionData {
                    channel,
                    generation,
                    number,
                } = of_json(data)?;
                Self::Position {
                    channel,
                    generation,
                    number,
                }
            }
            "ahead" => {
                let AheadData {
                    channel,
                    generation,
                    newest,
                } = of_json(data)?;
                Self::Ahead {
                    channel,
                    generation,
                    newest,
                }
            }
            "trimmed" => {
                let TrimmedData {
                    channel,
                    generation,
                    oldest,
                } = of_json(data)?;
                Self::Trimmed {
                    channel,
                    generation,
                    oldest,
                }
            }
            "generation" => {
                let GenerationData {
                    channel,
                    generation,
                } = of_json(data)?;
                Self::Generation {
                    channel,
                    generation,
                }
            }
            "expiring" => {
                let ExpiringData { seconds } = of_json(data)?;
                Self::Expiring { seconds }
            }
            "ended" => {
                let EndedData { reason } = of_json(data)?;
                Self::Ended { reason }
            }
            _ => return Ok(None),
        };
        Ok(Some(frame))
    }
}

/// Writes JSON. Structures of numbers and ids can always be written.
fn json<T: Serialize>(data: &T) -> String {
    serde_json::to_string(data).unwrap_or_default()
}

fn of_json<T: DeserializeOwned>(data: &str) -> Result<T, LiveError> {
    crate::json::from_slice(data.as_bytes())
        .map_err(|_| LiveError::WrongShape("the data does not fit the event"))
}

fn message(data: &str) -> Result<Frame, LiveError> {
    const SHAPE: LiveError =
        LiveError::WrongShape("a message must be `channel:generation:message`");
    let mut parts = data.splitn(3, ':');
    let (Some(channel), Some(generation), Some(message)) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Err(SHAPE);
    };
    // A generation's decimals follow the rules of a position's text, so that parser checks them.
    let position: types::Position = format!("{generation}.0").parse().map_err(|_| SHAPE)?;
    let message = base64url::decode(message)?;
    if message.len() > MESSAGE_BYTES_MAX {
        return Err(LiveError::TooLong);
    }
    Ok(Frame::Message {
        channel: channel.parse()?,
        generation: position.generation,
        message: message.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_has_a_reason_and_may_have_one_of_a_later_version() {
        let check = |data: &str, reason| {
            let ended = Frame::Ended { reason };
            assert_eq!(Frame::read("ended", data), Ok(Some(ended)), "{data}");
        };
        check(r#"{"reason":"expired"}"#, EndReason::Expired);
        check(r#"{"reason":"revoked"}"#, EndReason::Revoked);
        let stopped = EndReason::CustomerStopped;
        check(r#"{"reason":"customer_stopped"}"#, stopped);
        check(r#"{"reason":"replaced"}"#, EndReason::Replaced);
        check(r#"{"reason":"stopping"}"#, EndReason::Stopping);
        check(r#"{"reason":"moved","to":"x"}"#, EndReason::Moved);
        check(r#"{"reason":"eclipsed"}"#, EndReason::Unknown);
        assert!(Frame::read("ended", "{}").is_err());
    }
}
