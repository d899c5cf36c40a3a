//! Clients hear of logins that the customer or the bank has ended (OpenID Connect Back-Channel Logout).

use super::hearing::{PAGE, TOLD_MS};
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::ports::Notice;
use crate::random::random;
use crate::store::client_logout::{self, LogoutRow};
use database::Transaction;
use token::LogoutToken;
use types::{ClientId, GrantId, base64url};

/// How long a logout token is valid, in milliseconds: two minutes, as the standard recommends.
const TOKEN_MS: u64 = 120_000;

impl Ciam {
    /// Tells a client of its logins that ended. Returns whether it has heard of all.
    pub(super) async fn tell_of_logouts(
        &self,
        client: &ClientId,
        uri: Option<&str>,
    ) -> Result<bool, Failure> {
        let Some(uri) = uri else {
            self.forget_logouts(client).await?;
            return Ok(true);
        };
        loop {
            let page = self.ended_logins(client).await?;
            if page.is_empty() {
                return Ok(true);
            }
            for login in page {
                let is_old = self.now().ms_since(login.ended) > TOLD_MS;
                if is_old {
                    tracing::error!(%client, "a client did not hear within a day that a login ended");
                } else {
                    let token = self.logout_token(client, login.grant).await?;
                    if !self.is_heard(client, uri, Notice::Logout(&token)).await {
                        return Ok(false);
                    }
                }
                self.forget_login(login.grant).await?;
            }
        }
    }

    async fn logout_token(&self, client: &ClientId, login: GrantId) -> Result<String, Failure> {
        let now = self.now();
        let token = LogoutToken {
            issuer: self.inner.settings.issuer.clone(),
            client: client.clone(),
            login: login.to_string(),
            id: base64url::encode(&random::<16>()?),
            issued: now,
            expires: now.plus_ms(TOKEN_MS),
        };
        self.sign_token(now, |key| token.sign(key)).await
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

    async fn forget_logouts(&self, client: &ClientId) -> Result<(), Failure> {
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
