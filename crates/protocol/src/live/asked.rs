//! The positions in a request for a live stream.

use super::error::LiveError;
use std::fmt;
use std::str::FromStr;
use types::{ChannelId, Position};

/// Maximum number of channels in one stream.
pub const CHANNELS_MAX: usize = 16;

/// The request's `after`: `channel:generation.number,…`, 1 to 16 channels, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked(Vec<(ChannelId, Position)>);

impl Asked {
    /// Makes a request for these channels, each after its position.
    pub fn new(positions: Vec<(ChannelId, Position)>) -> Result<Self, LiveError> {
        if positions.is_empty() {
            return Err(LiveError::WrongShape("no channel"));
        }
        if positions.len() > CHANNELS_MAX {
            return Err(LiveError::TooManyChannels);
        }
        for (index, (channel, _)) in positions.iter().enumerate() {
            if positions
                .iter()
                .take(index)
                .any(|(earlier, _)| earlier == channel)
            {
                return Err(LiveError::WrongShape("a channel is named twice"));
            }
        }
        Ok(Self(positions))
    }

    /// The channels and their positions, in the order of the request.
    #[must_use]
    pub fn positions(&self) -> &[(ChannelId, Position)] {
        &self.0
    }

    /// Whether the request names the channel.
    #[must_use]
    pub fn contains(&self, channel: &ChannelId) -> bool {
        self.0.iter().any(|(asked, _)| asked == channel)
    }

    /// The same channels with the positions of an event id, which has `generation.number` for each channel, joined by
    /// commas, in the order of the request. `Last-Event-ID` has this form.
    pub fn after_id(&self, id: &str) -> Result<Self, LiveError> {
        let positions = parse_id(id)?;
        if positions.len() != self.0.len() {
            return Err(LiveError::WrongShape(
                "an id must have one position for each channel",
            ));
        }
        let channels = self.0.iter().map(|(channel, _)| *channel);
        Ok(Self(channels.zip(positions).collect()))
    }

    /// The event id for these positions.
    #[must_use]
    pub fn id(&self) -> String {
        let positions: Vec<_> = self
            .0
            .iter()
            .map(|(_, position)| position.to_string())
            .collect();
        positions.join(",")
    }

    /// Moves the channel to `position`. Does nothing if the request does not name the channel.
    pub fn advance(&mut self, channel: &ChannelId, position: Position) {
        for (asked, at) in &mut self.0 {
            if asked == channel {
                *at = position;
            }
        }
    }
}

fn parse_id(id: &str) -> Result<Vec<Position>, LiveError> {
    id.split(',')
        .map(|position| {
            position
                .parse()
                .map_err(|_| LiveError::WrongShape("an id must be positions, joined by commas"))
        })
        .collect()
}

impl FromStr for Asked {
    type Err = LiveError;
    fn from_str(text: &str) -> Result<Self, LiveError> {
        // The channels are counted before anything is decoded, so that a long list costs nothing.
        if text.split(',').count() > CHANNELS_MAX {
            return Err(LiveError::TooManyChannels);
        }
        let positions = text.split(',').map(|part| {
            let (channel, position) = part.split_once(':').ok_or(LiveError::WrongShape(
                "a position must be `channel:generation.number`",
            ))?;
            let position = position
                .parse()
                .map_err(|_| LiveError::WrongShape("a position must be `generation.number`"))?;
            Ok((channel.parse()?, position))
        });
        Self::new(positions.collect::<Result<_, LiveError>>()?)
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (channel, position)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{channel}:{position}")?;
        }
        Ok(())
    }
}
