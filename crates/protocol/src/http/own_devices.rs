//! The bodies about a customer's own devices.

use serde::{Deserialize, Serialize};
use types::{DeviceId, Time};

/// A device of the customer who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDevice {
    /// The device.
    pub device: DeviceId,
    /// Its form: `app` or `browser`.
    pub form: String,
    /// When it was enrolled.
    pub enrolled: Time,
    /// Whether it made this request.
    pub current: bool,
}

/// The answer to `GET /v1/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDevices {
    /// The devices that were not removed, the oldest first.
    pub devices: Vec<OwnDevice>,
}

/// The body of `POST /v1/devices/removals`, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveDevice {
    /// The device.
    pub device: DeviceId,
}
