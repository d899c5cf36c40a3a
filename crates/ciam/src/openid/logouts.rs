//! Clients hear of logins that the customer or the bank has ended (OpenID Connect Back-Channel Logout).

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::ports::LogoutAnswer;
use crate::random::random;
use crate::store::client_logout::{self, LogoutRow};
use database::Transaction;
use std::error::Error;
use std::time::Duration;
use token::LogoutToken;
use tokio::task::JoinSet;
use types::{ClientId, GrantId, base64url};

/// Maximum logins in one read.
const PAGE: u32 = 64;

/// A client that does not answer is told again for so long.
const TOLD_MS: u64 = 86_400_000;

/// How long a logout token is valid, in milliseconds: two minutes, as the standard recommends.
const TOKEN_MS: u64 = 120_000;

/// The longest time that a client takes of a round. What it has not heard by then it hears in the next one.
const ROUND: Duration = Duration::from_secs(10);

impl Ciam {
    /// Tells the clients of logins that ended, side by side. A client that does not answer is left alone for a while.
    pub async fn tell_clients(&self) -> Result<(), Failure> {
        let clients = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    Ok(client_logout::clients(tx).await?)
                },
            )
            .await?;
        let mut telling = JoinSet::new();
        for client in clients {
            let ciam = self.clone();
            telling
                .spawn(async move { tokio::time::timeout(ROUND, ciam.tell_client(&client)).await });
        }
        let mut failed = None;
        while let Some(told) = telling.join_next().await {
            if let Ok(Ok(Err(failure))) = told {
                failed = Some(failure);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Tells a client of its logins, until it does not answer.
    async fn tell_client(&self, client: &ClientId) -> Result<(), Failure> {
        let known = self.inner.clients.get(client);
        let Some(uri) = known.and_then(|client| client.logout_uri.as_deref()) else {
            return self.forget_client(client).await;
        };
        if self.inner.logouts.is_left_alone(client, self.now()) {
            return Ok(());
        }
        loop {
            let page = self.ended_logins(client).await?;
            if page.is_empty() {
                return Ok(());
            }
            for login in page {
                let is_old = self.now().ms_since(login.ended) > TOLD_MS;
                if is_old {
                    tracing::error!(%client, "a client did not hear within a day that a login ended");
                } else if !self.tell_of_logout(client, uri, login.grant).await? {
                    return Ok(());
                }
                self.forget_login(login.grant).await?;
            }
        }
    }

    /// Whether the client answered.
    async fn tell_of_logout(
        &self,
        client: &ClientId,
        uri: &str,
        login: GrantId,
    ) -> Result<bool, Failure> {
        let (logouts, now) = (&self.inner.logouts, self.now());
        let token = LogoutToken {
            issuer: self.inner.settings.issuer.clone(),
            client: client.clone(),
            login: login.to_string(),
            id: base64url::encode(&random::<16>()?),
            issued: now,
            expires: now.plus_ms(TOKEN_MS),
        };
        let token = self.sign_token(now, |key| token.sign(key)).await?;
        match logouts.clients.log_out(uri, &token).await {
            Ok(answer) => {
                logouts.has_answered(client);
                if answer == LogoutAnswer::Refused {
                    tracing::warn!(%client, "a client could not end a login");
                }
                Ok(true)
            }
            Err(error) => {
                let first_ms = self.inner.settings.retry_interval_ms;
                if logouts.leave_alone(client, (first_ms, self.now())) {
                    let cause: &dyn Error = &error;
                    tracing::warn!(%client, cause, "a client does not hear yet that logins ended");
                }
                Ok(false)
            }
        }
    }

    async fn ended_logins(&self, client: &ClientId) -> Result<Vec<LogoutRow>, Failure> {
        let client = client.clone();
        self.inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    Ok(client_logout::of_client(tx, &client, PAGE).await?)
                },
            )
            .await
    }

    async fn forget_login(&self, grant: GrantId) -> Result<(), Failure> {
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(client_logout::forget(tx, grant).await?)
                },
            )
            .await
    }

    async fn forget_client(&self, client: &ClientId) -> Result<(), Failure> {
        let client = client.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(client_logout::forget_all(tx, &client).await?)
                },
            )
            .await
    }
}
