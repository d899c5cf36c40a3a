//! The device that the edge authenticated, as gateway sees it.

use crate::orders::TokenDevice;
use http_edge::Device;

impl From<Device> for TokenDevice {
    fn from(device: Device) -> Self {
        Self {
            device: device.device,
            channels: device.channels,
            issued: device.issued,
            address: device.address,
        }
    }
}
