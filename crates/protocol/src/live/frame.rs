//! What a frame says.

use super::asked::Asked;
use super::error::LiveError;
use crate::MESSAGE_BYTES_MAX;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use types::{ChannelId, Generation, Number, base64url};

/// The media type of the stream.
pub const CONTENT_TYPE: &str = "text/event-stream";

/// A comment, sent every 20 s so that a dead connection is noticed.
pub const KEEP_ALIVE: &str = ": keep alive\n\n";

/// One frame of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// `message`: the channel's next message, its bytes unchanged.
    Message {
        /// The channel.
        channel: ChannelId,
        /// Its generation.
        generation: Generation,
        /// The message in CBOR.
        message: Bytes,
    },
    /// `position`: all up to here was sent; the stream is live.
    Position {
        /// The channel.
        channel: ChannelId,
        /// Its generation.
        generation: Generation,
        /// The newest number.
        number: Number,
    },
    /// `ahead`: the broker has less than the device: wait, it is being restored.
    Ahead {
        /// The channel.
        channel: ChannelId,
        /// Its generation.
        generation: Generation,
        /// The newest number that the broker has.
        newest: Number,
    },
    /// `trimmed`: what was asked for is gone.
    Trimmed {
        /// The channel.
        channel: ChannelId,
        /// Its generation.
        generation: Generation,
        /// The oldest number that is left.
        oldest: Number,
    },
    /// `generation`: the channel was restarted.
    Generation {
        /// The channel.
        channel: ChannelId,
        /// The generation that it is in.
        generation: Generation,
    },
    /// `expiring`: the token ends soon.
    Expiring {
        /// In so many seconds.
        seconds: u64,
    },
    /// `ended`: the last frame of a stream that the server ends.
    Ended {
        /// Why.
        reason: EndReason,
    },
}

/// Why the server ends a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The token has ended: a new one is needed.
    Expired,
    /// The device was removed.
    Revoked,
    /// The device has opened newer streams, more than it may have.
    Replaced,
    /// This server ends its streams, or this one for its age; another, or this one again, goes on.
    Stopping,
    /// The device is served elsewhere from now on.
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
    /// The channel it is about; `expiring` and `ended` are about the whole stream.
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

    /// The name of the event.
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

    /// Appends the frame to `out`, with the id of the positions `at` which it leaves the stream.
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

    /// Reads a frame's data; none for an event that this version does not know.
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

/// These structures of numbers and ids always have a JSON form.
fn json<T: Serialize>(data: &T) -> String {
    serde_json::to_string(data).unwrap_or_default()
}

fn of_json<T: DeserializeOwned>(data: &str) -> Result<T, LiveError> {
    crate::json::from_slice(data.as_bytes())
        .map_err(|_| LiveError::WrongShape("the data is not this event's"))
}

fn message(data: &str) -> Result<Frame, LiveError> {
    const SHAPE: LiveError = LiveError::WrongShape("a message is `channel:generation:message`");
    let mut parts = data.splitn(3, ':');
    let (Some(channel), Some(generation), Some(message)) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Err(SHAPE);
    };
    // A position's text is what checks the decimals of a generation.
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
    fn an_end_says_why_and_may_have_a_reason_of_a_later_version() {
        let check = |data: &str, reason| {
            let ended = Frame::Ended { reason };
            assert_eq!(Frame::read("ended", data), Ok(Some(ended)), "{data}");
        };
        check(r#"{"reason":"expired"}"#, EndReason::Expired);
        check(r#"{"reason":"revoked"}"#, EndReason::Revoked);
        check(r#"{"reason":"replaced"}"#, EndReason::Replaced);
        check(r#"{"reason":"stopping"}"#, EndReason::Stopping);
        check(r#"{"reason":"moved","to":"x"}"#, EndReason::Moved);
        check(r#"{"reason":"eclipsed"}"#, EndReason::Unknown);
        assert!(Frame::read("ended", "{}").is_err());
    }
}
