//! An open stream's registration.

use super::readers::SessionEnd;
use super::{Device, DeviceGuard};
use crate::Rejection;
use tokio::sync::oneshot;
use types::DeviceId;

/// A stream to a device, for as long as this value lives. It says when the stream has to end.
pub struct Session {
    guard: DeviceGuard,
    device: DeviceId,
    id: u64,
    end: oneshot::Receiver<SessionEnd>,
}

impl DeviceGuard {
    /// Registers a stream to `device`; `private` if it carries anything that is not for everybody.
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
    /// Waits until the stream has to end. Cancel safe: an end stays told until it was received.
    pub async fn ended(&mut self) -> SessionEnd {
        match (&mut self.end).await {
            Ok(end) => end,
            // The registration goes with its sender only when it is told an end.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.guard.readers().close(self.device, self.id);
    }
}
