//! The tokens with which the device asks the bank: its own, and those of the person who is logged in on it.

use crate::bank::{Bank, Call};
use crate::errand::{Asking, By};
use crate::error::SyncError;
use crate::names;
use crate::platform::Platform;
use crate::state::State;
use crate::store::Store;
use bytes::Bytes;
use protocol::http::{RefreshSession, SessionRefreshed};
use types::ErrorCode;

/// The session of the person, as far as the device has its tokens.
struct Person {
    /// The access token that the device had.
    had: Option<String>,
    access: Option<String>,
    refresh: Option<String>,
}

/// The tokens for some requests. It is not bound to the device's state, which may change meanwhile.
pub(crate) struct Pass {
    pub(crate) channel: String,
    /// `None` if it is the device that asks.
    person: Option<Person>,
}

impl Pass {
    /// An access token of this device's session. `None` if it has none, or if the session has ended.
    pub(crate) async fn access<P: Platform>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<Option<&str>, SyncError> {
        let person = self.person.as_mut().ok_or(SyncError::NotLoggedIn)?;
        if let (None, Some(refresh)) = (&person.access, &person.refresh) {
            let refresh_token = refresh.clone();
            let request = RefreshSession { refresh_token };
            let call = Call::post("/v1/sessions/refresh", &request, Some(&self.channel))?;
            match bank.json::<SessionRefreshed>(call).await {
                Ok(refreshed) => person.access = Some(refreshed.access_token),
                Err(error) if error.is_code(ErrorCode::SessionEnded) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(person.access.as_deref())
    }

    fn access_has_expired(&mut self) {
        if let Some(person) = &mut self.person {
            person.access = None;
        }
    }
}

impl<P: Platform> Bank<P> {
    /// Sends a request with the token that it needs. An access token that has expired is refreshed once.
    pub(crate) async fn ask(&self, pass: &mut Pass, asking: Asking) -> Result<Bytes, SyncError> {
        let (method, path) = (asking.method, asking.path);
        let body = asking.body.transpose().map_err(|_| SyncError::Answer)?;
        if asking.by == By::Device {
            return self
                .send(Call::with(method, path, body, &pass.channel))
                .await;
        }
        let access = pass.access(self).await?.ok_or(SyncError::NotLoggedIn)?;
        let call = Call::with(method, path, body.clone(), access);
        match self.send(call).await {
            Err(error) if error.is_code(ErrorCode::AccessTokenExpired) => {
                pass.access_has_expired();
                let access = pass.access(self).await?.ok_or(SyncError::NotLoggedIn)?;
                self.send(Call::with(method, path, body, access)).await
            }
            answered => answered,
        }
    }
}

impl<S: Store> State<S> {
    /// The tokens for requests of that kind. Those of the person are sealed while the passbook is locked.
    pub(crate) async fn pass(&mut self, by: By) -> Result<Pass, SyncError> {
        self.refresh_if_stale().await?;
        let person = match by {
            By::Device => None,
            By::Person => {
                let key = self.unlocked()?.key.expose();
                let kept = self.records.read(key, names::SESSION);
                let kept = kept.await?.map(|kept| String::from_utf8(kept.to_vec()));
                Some(Person {
                    had: self.access.clone(),
                    access: self.access.clone(),
                    refresh: kept.transpose().map_err(|_| SyncError::Answer)?,
                })
            }
        };
        let channel = self.token.clone();
        Ok(Pass { channel, person })
    }

    /// Keeps the access token that a pass has got, unless another one came meanwhile or the passbook was locked.
    pub(crate) fn keep(&mut self, pass: Pass) {
        if let (Some(_), Some(person)) = (&self.unlocked, pass.person)
            && self.access == person.had
        {
            self.access = person.access;
        }
    }
}
