//! Clients hear of logins that the customer or the bank has ended (OpenID Connect Back-Channel Logout).

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::ports::LogoutAnswer;
use crate::random::random;
use crate::store::client_logout::{self, LogoutRow};
use database::Transaction;
use std::collections::BTreeMap;
use std::error::Error;
use token::LogoutToken;
use tokio::task::JoinSet;
use types::{ClientId, GrantId, base64url};

/// Maximum logins in one read.
const PAGE: u32 = 64;

/// A client that does not answer is told again for so long.
const TOLD_MS: u64 = 86_400_000;

/// How long a logout token is valid, in milliseconds: two minutes, as the standard recommends.
const TOKEN_MS: u64 = 120_000;

impl Ciam {
    /// Tells the clients of logins that ended. A client that does not answer keeps no other waiting. Returns how many logins
    /// are still to be told.
    pub async fn tell_clients(&self) -> Result<usize, Failure> {
        let (mut last, mut waiting) = (None, 0);
        loop {
            let page = self.ended_logins(last).await?;
            last = page.last().cloned();
            if last.is_none() {
                return Ok(waiting);
            }
            let mut of_clients: BTreeMap<ClientId, Vec<LogoutRow>> = BTreeMap::new();
            let rows = page.len();
            for row in page {
                of_clients.entry(row.client.clone()).or_default().push(row);
            }
            let mut telling = JoinSet::new();
            for (client, logins) in of_clients {
                let ciam = self.clone();
                telling.spawn(async move { ciam.tell_client(&client, logins).await });
            }
            let mut done = Vec::new();
            while let Some(told) = telling.join_next().await {
                done.extend(told.map_err(|_| Failure::Ended)??);
            }
            waiting += rows - done.len();
            self.forget_logins(done).await?;
        }
    }

    /// Tells a client of logins until it does not answer. Returns those of which it need not hear any more.
    async fn tell_client(
        &self,
        client: &ClientId,
        logins: Vec<LogoutRow>,
    ) -> Result<Vec<GrantId>, Failure> {
        let uri = self.inner.clients.get(client);
        let uri = uri.and_then(|client| client.logout_uri.as_deref());
        let mut done = Vec::new();
        let mut answers = true;
        for login in logins {
            let is_old = self.now().ms_since(login.ended) > TOLD_MS;
            if let Some(uri) = uri.filter(|_| !is_old) {
                if !answers {
                    continue;
                }
                answers = self.tell_of_logout(client, uri, login.grant).await?;
                if !answers {
                    continue;
                }
            }
            done.push(login.grant);
        }
        Ok(done)
    }

    /// Whether the client answered.
    async fn tell_of_logout(
        &self,
        client: &ClientId,
        uri: &str,
        login: GrantId,
    ) -> Result<bool, Failure> {
        let now = self.now();
        let token = LogoutToken {
            issuer: self.inner.settings.issuer.clone(),
            client: client.clone(),
            login: login.to_string(),
            id: base64url::encode(&random::<16>()?),
            issued: now,
            expires: now.plus_ms(TOKEN_MS),
        };
        let token = self.sign_token(now, |key| token.sign(key)).await?;
        match self.inner.logouts.log_out(uri, &token).await {
            Ok(LogoutAnswer::Done) => Ok(true),
            Ok(LogoutAnswer::Refused) => {
                tracing::warn!(%client, "a client could not end a login");
                Ok(true)
            }
            Err(error) => {
                let cause: &dyn Error = &error;
                tracing::warn!(%client, cause, "a client does not hear yet that logins ended");
                Ok(false)
            }
        }
    }

    async fn ended_logins(&self, last: Option<LogoutRow>) -> Result<Vec<LogoutRow>, Failure> {
        self.inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    Ok(client_logout::after(tx, last.as_ref(), PAGE).await?)
                },
            )
            .await
    }

    async fn forget_logins(&self, grants: Vec<GrantId>) -> Result<(), Failure> {
        if grants.is_empty() {
            return Ok(());
        }
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(client_logout::forget(tx, &grants).await?)
                },
            )
            .await
    }
}
