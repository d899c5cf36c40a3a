//! The devices of the customer who is logged in: listed, and removed by the customer.

use crate::ciam::Ciam;
use crate::errors::RevokeError;
use crate::session_errors::{RemoveDeviceError, SessionError};
use crate::store::device::{self, DeviceRow};
use database::Transaction;
use http_edge::Login;
use protocol::http::OwnDevice;
use types::DeviceId;

impl Ciam {
    /// The devices of the customer who logged in that were not removed, the oldest first.
    pub async fn own_devices(&self, login: &Login) -> Result<Vec<OwnDevice>, SessionError> {
        let (ciam, login, current) = (self.clone(), login.clone(), login.device);
        let rows = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, SessionError> {
                    let own = ciam.session_of(tx, &login).await?;
                    let own = own.ok_or(SessionError::Ended)?;
                    Ok(device::current(tx, own.customer).await?)
                },
            )
            .await?;
        let shown = |row: DeviceRow| OwnDevice {
            current: row.device == current,
            device: row.device,
            form: row.form.as_str().to_owned(),
            enrolled: row.enrolled,
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    /// Removes a device of the customer who logged in, which may be the device itself: as the bank's revocation does, and
    /// again if it was removed before. Needs a recent login.
    pub async fn remove_device(
        &self,
        login: &Login,
        id: DeviceId,
    ) -> Result<(), RemoveDeviceError> {
        let (ciam, asked) = (self.clone(), login.clone());
        self.inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, RemoveDeviceError> {
                    let own = ciam.session_of(tx, &asked).await?;
                    let own = own.ok_or(SessionError::Ended)?;
                    let removed = device::find(tx, id).await?;
                    let is_own = removed.is_some_and(|row| row.customer == own.customer);
                    if !is_own {
                        return Err(RevokeError::DeviceUnknown.into());
                    }
                    if !ciam.is_recent(&asked) {
                        let max_age_s = ciam.recent_s();
                        return Err(RemoveDeviceError::LoginRequired { max_age_s });
                    }
                    Ok(())
                },
            )
            .await?;
        self.revoke_by(id, Some(login.device)).await?;
        Ok(())
    }
}
