//! The registration of an open stream.

use super::readers::SessionEnd;
use super::{Device, DeviceGuard};
use crate::Rejection;
use tokio::sync::oneshot;
use types::DeviceId;

/// A stream to a device, for as long as this value lives. Reports when the stream has to end.
pub struct Session {
    guard: DeviceGuard,
    device: DeviceId,
    id: u64,
    end: oneshot::Receiver<SessionEnd>,
}

impl DeviceGuard {
    /// Registers a stream to `device`. `private` is true if the stream carries any private channel.
    pub fn open_session(&self, device: &Device, private: bool) -> Result<Session, Rejection> {
        let (id, end) = self
            .readers()
            .open(device.device, private, self.now())
            .map_err(Rejection::new)?;
        Ok(Session {
            guard: self.clone(),
            device: device.device,
            id,
            end,
        })
    }
}

impl Session {
    /// Waits until the stream has to end. Cancel safe: the reason stays until it was received.
    pub async fn ended(&mut self) -> SessionEnd {
        match (&mut self.end).await {
            Ok(end) => end,
            // The sender is removed only together with sending a reason.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.guard.readers().close(self.device, self.id);
    }
}
