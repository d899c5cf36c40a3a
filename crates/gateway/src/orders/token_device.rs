//! The device that sent a request, as its token says.

use std::net::IpAddr;
use types::{ChannelId, DeviceId, Time};

/// The device of a token, with the channels that the token opens.
#[derive(Debug, Clone)]
pub struct TokenDevice {
    /// The device.
    pub device: DeviceId,
    /// The channels.
    pub channels: Vec<ChannelId>,
    /// When the token was issued.
    pub issued: Time,
    /// Where the request came from, if the edge knows it.
    pub address: Option<IpAddr>,
}
