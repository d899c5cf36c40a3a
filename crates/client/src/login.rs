//! The person's login on this device, and the access tokens of its session.

use crate::advance::Next;
use crate::bank::{Bank, Call};
use crate::error::SyncError;
use crate::keys::{Keys as _, StorageKey};
use crate::names;
use crate::platform::Platform;
use crate::state::State;
use crate::store::Store;
use protocol::http::{
    BeginSession, LogInByPassword, LoginOptions, RefreshSession, SessionBegun, SessionRefreshed,
};
use types::{ErrorCode, SessionId};

impl<S: Store> State<S> {
    /// Logs the person in with their passkey, and begins a session on this device. The channel token is renewed, even if it
    /// has expired.
    pub(crate) async fn log_in<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<SessionId, SyncError> {
        self.refresh().await?;
        let storage_key = self.unlocked()?.key.clone();
        let options: LoginOptions = bank
            .json(Call::create("/v1/login/challenge", &self.token))
            .await?;
        let assertion = bank.keys.assert(options.challenge.as_ref()).await?;
        let request = BeginSession {
            assertion: assertion.into(),
        };
        let call = Call::post("/v1/login", &request, Some(&self.token))?;
        let begun = bank.json(call).await?;
        self.began(begun, &storage_key).await
    }

    /// The same with a password and a one-time code.
    pub(crate) async fn log_in_by_password<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        request: LogInByPassword,
    ) -> Result<SessionId, SyncError> {
        self.refresh().await?;
        let storage_key = self.unlocked()?.key.clone();
        let call = Call::post("/v1/login/password", &request, Some(&self.token))?;
        let begun = bank.json(call).await?;
        self.began(begun, &storage_key).await
    }

    /// Keeps the tokens of a session that began.
    pub(crate) async fn began(
        &mut self,
        begun: SessionBegun,
        storage_key: &StorageKey,
    ) -> Result<SessionId, SyncError> {
        let mut next = Next {
            durable: true,
            ..Next::default()
        };
        let records = &self.records;
        let token = begun.channel_token.as_bytes();
        records.put_inbox(&mut next.batch, names::TOKEN.to_vec(), token)?;
        let refresh = begun.refresh_token.as_bytes();
        let name = names::SESSION.to_vec();
        records.put(&mut next.batch, storage_key.expose(), name, refresh)?;
        next.token = Some(begun.channel_token);
        self.advance(next).await?;
        self.access = Some(begun.access_token);
        Ok(begun.session)
    }

    /// An access token of this device's session. `None` if it has none, or if the session has ended.
    pub(crate) async fn access_token<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<Option<String>, SyncError> {
        if self.access.is_some() {
            return Ok(self.access.clone());
        }
        let key = &self.unlocked()?.key;
        let kept = self.records.read(key.expose(), names::SESSION);
        let Some(kept) = kept.await? else {
            return Ok(None);
        };
        let refresh_token = String::from_utf8(kept.to_vec()).map_err(|_| SyncError::Answer)?;
        let request = RefreshSession { refresh_token };
        let call = Call::post("/v1/sessions/refresh", &request, Some(&self.token))?;
        match bank.json::<SessionRefreshed>(call).await {
            Ok(refreshed) => self.access = Some(refreshed.access_token),
            Err(error) if error.is_code(ErrorCode::SessionEnded) => {}
            Err(error) => return Err(error),
        }
        Ok(self.access.clone())
    }
}
