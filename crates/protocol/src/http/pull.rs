//! `GET /v1/channels/{channel}/messages?after=…&limit=…`, in JSON or CBOR.

use crate::cbor::{Fields, FromValue, Value, decode, encode};
use crate::{Base64UrlBytes, ParseError};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use types::{Generation, Number};

/// The answer to reading after a position.
///
/// The CBOR form is `[1, state, generation, number, [message …]]`. Only the state `messages` has the list; every state
/// except `generation` has the number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PullAnswer {
    /// The next messages; an empty list if there are none.
    Messages {
        /// The channel's generation.
        generation: Generation,
        /// Its newest number.
        newest: Number,
        /// The messages in CBOR, in order, unchanged.
        #[serde(with = "message_list")]
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<Base64UrlBytes>))]
        messages: Vec<Bytes>,
    },
    /// The broker has fewer messages than the device. The device must wait: the broker is being restored.
    Ahead {
        /// The channel's generation.
        generation: Generation,
        /// Its newest number.
        newest: Number,
    },
    /// The messages after the position were trimmed.
    Trimmed {
        /// The channel's generation.
        generation: Generation,
        /// The oldest number that still exists.
        oldest: Number,
    },
    /// The channel was restarted.
    Generation {
        /// The channel's current generation.
        generation: Generation,
    },
}

impl PullAnswer {
    /// Parses the CBOR form.
    pub fn parse_cbor(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut fields = Fields::new(Vec::from_value(decode(bytes)?)?);
        if fields.take::<u64>()? != 1 {
            return Err(ParseError::UnknownVersion);
        }
        let (state, generation) = (fields.take::<String>()?, fields.take()?);
        let answer = match state.as_str() {
            "messages" => {
                let newest = fields.take()?;
                let messages = fields.take::<Vec<Value>>()?;
                let messages = messages
                    .into_iter()
                    .map(Bytes::from_value)
                    .collect::<Result<_, _>>()?;
                Self::Messages {
                    generation,
                    newest,
                    messages,
                }
            }
            "ahead" => Self::Ahead {
                generation,
                newest: fields.take()?,
            },
            "trimmed" => Self::Trimmed {
                generation,
                oldest: fields.take()?,
            },
            "generation" => Self::Generation { generation },
            _ => return Err(ParseError::WrongShape("the state is unknown")),
        };
        fields.end()?;
        Ok(answer)
    }

    /// The answer in CBOR.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        encode(&match self {
            Self::Messages {
                generation,
                newest,
                messages,
            } => {
                let messages: Vec<Value> = messages.iter().map(Value::from).collect();
                crate::cbor_array![1, "messages", *generation, *newest, messages]
            }
            Self::Ahead { generation, newest } => {
                crate::cbor_array![1, "ahead", *generation, *newest]
            }
            Self::Trimmed { generation, oldest } => {
                crate::cbor_array![1, "trimmed", *generation, *oldest]
            }
            Self::Generation { generation } => crate::cbor_array![1, "generation", *generation],
        })
    }
}

/// Messages as base64url.
mod message_list {
    use super::{Base64UrlBytes, Bytes};
    use serde::{Deserialize, Deserializer, Serializer};
    use types::base64url;

    pub(super) fn serialize<S: Serializer>(
        messages: &[Bytes],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(messages.iter().map(|message| base64url::encode(message)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Bytes>, D::Error> {
        let messages = Vec::<Base64UrlBytes>::deserialize(deserializer)?;
        Ok(messages
            .into_iter()
            .map(|message| message.0.into())
            .collect())
    }
}
