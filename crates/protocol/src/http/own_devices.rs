//! The bodies about a customer's own devices.

use serde::{Deserialize, Serialize};
use types::{DeviceId, Time};

/// A device of the customer who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnDevice {
    /// The device.
    pub device: DeviceId,
    /// Its form: `app` or `browser`.
    pub form: String,
    /// When it was enrolled.
    pub enrolled: Time,
    /// Whether it made this request.
    pub current: bool,
    /// The verdict on its attestation: words with a space between them, the level first.
    #[serde(default)]
    pub verdict: String,
}

/// The answer to `GET /v1/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnDevices {
    /// The devices that were not removed, the oldest first.
    pub devices: Vec<OwnDevice>,
}

/// A device that gave a code of the customer's and waits for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingDevice {
    /// The device.
    pub device: DeviceId,
    /// Its form: `app` or `browser`.
    pub form: String,
    /// When it asked.
    pub asked: Time,
    /// Until when it can be approved.
    pub expires: Time,
}

/// The answer to `GET /v1/devices/waiting`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingDevices {
    /// The devices that gave a code which this device made, and wait.
    pub devices: Vec<WaitingDevice>,
}

/// The body of `POST /v1/devices/waiting/answers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AnswerDevice {
    /// The device that waits.
    pub device: DeviceId,
    /// The number that it shows, as the person typed it. `None` to refuse the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

/// The answer to `POST /v1/devices/waiting/answers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceAnswered {
    /// The device.
    pub device: DeviceId,
    /// Whether it may enrol.
    pub approved: bool,
}

/// The body of `POST /v1/devices/removals`, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RemoveDevice {
    /// The device.
    pub device: DeviceId,
}
