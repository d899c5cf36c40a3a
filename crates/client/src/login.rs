//! The person's login on this device.

use crate::advance::Next;
use crate::bank::{Bank, Call};
use crate::errand::By;
use crate::error::SyncError;
use crate::keys::Keys as _;
use crate::names;
use crate::pass::Pass;
use crate::platform::Platform;
use crate::state::State;
use crate::store::Store;
use protocol::http::{BeginSession, LogInByPassword, LoginOptions, ProviderAnswer, SessionBegun};
use types::SessionId;

/// How a person logs in.
pub(crate) enum Login {
    /// With their passkey.
    Passkey,
    /// With their password and a one-time code.
    Password(LogInByPassword),
    /// At the bank's login provider, which answered this.
    Provider(ProviderAnswer),
}

impl<P: Platform> Bank<P> {
    /// Logs the person in.
    pub(crate) async fn log_in(
        &self,
        pass: &Pass,
        login: Login,
    ) -> Result<SessionBegun, SyncError> {
        let token = pass.channel.as_str();
        let call = match login {
            Login::Passkey => {
                let options: LoginOptions = self
                    .json(Call::create("/v1/login/challenge", token))
                    .await?;
                let assertion = self.keys.assert(options.challenge.as_ref()).await?;
                let assertion = assertion.into();
                Call::post("/v1/login", &BeginSession { assertion }, Some(token))?
            }
            Login::Password(request) => Call::post("/v1/login/password", &request, Some(token))?,
            Login::Provider(answer) => Call::post("/v1/login/provider", &answer, Some(token))?,
        };
        self.json(call).await
    }
}

impl<S: Store> State<S> {
    /// Logs the person in, and begins a session on this device. The channel token is renewed, even if it has expired.
    pub(crate) async fn log_in<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        login: Login,
    ) -> Result<SessionId, SyncError> {
        let pass = self.pass(By::Person).await?;
        let begun = bank.log_in(&pass, login).await?;
        self.began(&begun).await
    }

    /// Keeps the tokens of a session that began.
    pub(crate) async fn began(&mut self, begun: &SessionBegun) -> Result<SessionId, SyncError> {
        self.refresh_if_stale().await?;
        let storage_key = self.unlocked()?.key.clone();
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
        next.token = Some(begun.channel_token.clone());
        self.advance(next).await?;
        self.access = Some(begun.access_token.clone());
        Ok(begun.session)
    }
}
