//! The positions that a request names.

use super::error::LiveError;
use std::fmt;
use std::str::FromStr;
use types::{ChannelId, Position};

/// How many channels one stream has at most.
pub const CHANNELS_MAX: usize = 16;

/// The request's `after`: `channel:generation.number,…`, 1 to 16 channels, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked(Vec<(ChannelId, Position)>);

impl Asked {
    /// For these channels, after these positions.
    pub fn new(positions: Vec<(ChannelId, Position)>) -> Result<Self, LiveError> {
        if positions.is_empty() {
            return Err(LiveError::WrongShape("no channel"));
        }
        if positions.len() > CHANNELS_MAX {
            return Err(LiveError::TooManyChannels);
        }
        for (place, (channel, _)) in positions.iter().enumerate() {
            if positions
                .iter()
                .take(place)
                .any(|(earlier, _)| earlier == channel)
            {
                return Err(LiveError::WrongShape("a channel twice"));
            }
        }
        Ok(Self(positions))
    }

    /// The channels with their positions, in the order of the request.
    #[must_use]
    pub fn positions(&self) -> &[(ChannelId, Position)] {
        &self.0
    }

    /// Whether the channel was asked for.
    #[must_use]
    pub fn contains(&self, channel: &ChannelId) -> bool {
        self.0.iter().any(|(asked, _)| asked == channel)
    }

    /// The same channels after the positions of an event id: `generation.number` of each, joined by commas, in the
    /// order of this request. So a `Last-Event-ID` is read.
    pub fn after_id(&self, id: &str) -> Result<Self, LiveError> {
        let positions = parse_id(id)?;
        if positions.len() != self.0.len() {
            return Err(LiveError::WrongShape(
                "an id has one position for each channel",
            ));
        }
        let channels = self.0.iter().map(|(channel, _)| *channel);
        Ok(Self(channels.zip(positions).collect()))
    }

    /// The event id of these positions.
    #[must_use]
    pub fn id(&self) -> String {
        let positions: Vec<_> = self
            .0
            .iter()
            .map(|(_, position)| position.to_string())
            .collect();
        positions.join(",")
    }

    /// Moves the channel to `position`; nothing happens for a channel that was not asked for.
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
                .map_err(|_| LiveError::WrongShape("an id is positions"))
        })
        .collect()
}

impl FromStr for Asked {
    type Err = LiveError;
    fn from_str(text: &str) -> Result<Self, LiveError> {
        // Counted before anything is decoded, so that a long list costs nothing.
        if text.split(',').count() > CHANNELS_MAX {
            return Err(LiveError::TooManyChannels);
        }
        let positions = text.split(',').map(|part| {
            let (channel, position) = part.split_once(':').ok_or(LiveError::WrongShape(
                "a position is `channel:generation.number`",
            ))?;
            let position = position
                .parse()
                .map_err(|_| LiveError::WrongShape("a position is `generation.number`"))?;
            Ok((channel.parse()?, position))
        });
        Self::new(positions.collect::<Result<_, LiveError>>()?)
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (channel, position)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{channel}:{position}")?;
        }
        Ok(())
    }
}
