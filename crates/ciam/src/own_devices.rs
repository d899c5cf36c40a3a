//! The devices of the customer who is logged in: listed, and removed by the customer.

use crate::bank_actor::RevokedBy;
use crate::ciam::Ciam;
use crate::errors::RevokeError;
use crate::session_errors::{OwnDeviceError, SessionError};
use crate::store::device::{self, DeviceRow};
use crate::store::session::SessionRow;
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
                    let own = ciam.own_session(tx, &login).await?;
                    Ok(device::current(tx, own.customer).await?)
                },
            )
            .await?;
        let shown = |row: DeviceRow| OwnDevice {
            current: row.device == current,
            device: row.device,
            form: row.form.as_str().to_owned(),
            enrolled: row.enrolled,
            verdict: row.verdict,
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    /// Removes a device of the customer who logged in, which may be the device itself: as the bank's revocation does, and
    /// again if it was removed before. Needs a recent login.
    pub async fn remove_device(&self, login: &Login, id: DeviceId) -> Result<(), OwnDeviceError> {
        let (ciam, login) = (self.clone(), login.clone());
        let revocation = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, OwnDeviceError> {
                    let own = ciam.recent_session(tx, &login).await?;
                    let removed = device::find(tx, id).await?;
                    let removed = removed.filter(|row| row.customer == own.customer);
                    let removed = removed.ok_or(RevokeError::DeviceUnknown)?;
                    let removed = (id, removed.channel);
                    Ok(ciam
                        .revoke_in(tx, removed, RevokedBy::Device(own.device))
                        .await?)
                },
            )
            .await?;
        Ok(self.rekey(&revocation).await?)
    }

    /// The session of a login that is recent enough for what changes who has access.
    pub(crate) async fn recent_session(
        &self,
        tx: &mut Transaction<'_>,
        login: &Login,
    ) -> Result<SessionRow, OwnDeviceError> {
        let own = self.own_session(tx, login).await?;
        if !self.is_recent(login) {
            let max_age_s = self.recent_s();
            return Err(OwnDeviceError::LoginRequired { max_age_s });
        }
        Ok(own)
    }
}
