//! A browser begins the authorization that a client asked for. Only that browser goes on with it. What loads links ahead
//! of people does not take an authorization away from them: until somebody logs in, another browser may begin it.

use super::client::Client;
use super::errors::AuthorizationError;
use super::pushing::PUSHED_MS;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::random::random;
use crate::store::authorization::{self, AuthorizationRow};
use database::Transaction;
use std::sync::Arc;
use token::Scopes;
use types::{Hash, Time, base64url};

/// How long a person may take to log in and decide, in milliseconds.
const DECIDING_MS: u64 = 10 * 60_000;

/// What a browser is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The person logs in and decides.
    Asked {
        /// The client.
        client: Arc<Client>,
        /// What it asks for.
        scopes: Scopes,
        /// The secret that the browser keeps as a cookie.
        browser: String,
    },
    /// Nobody may be asked, so the browser is sent back.
    SentBack(String),
}

impl Ciam {
    /// Begins the authorization that `client` pushed, in the browser with that cookie, or in a browser that gets one. The same
    /// browser may begin it again; another one in time and before a login. `authorization` is what the `request_uri` names.
    pub async fn begin_authorization(
        &self,
        client: &str,
        authorization: &str,
        browser: Option<&str>,
    ) -> Result<Begun, AuthorizationError> {
        let request = Hash::of(authorization.as_bytes());
        let client = client.parse().map_err(|_| AuthorizationError::Unknown)?;
        let client = self.inner.clients.get(&client);
        let client = Arc::clone(client.ok_or(AuthorizationError::Unknown)?);
        // What nobody pushed costs no write.
        let known = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, AuthorizationError> {
                    Ok(authorization::find(tx, request).await?)
                },
            )
            .await?;
        let known = known.ok_or(AuthorizationError::Unknown)?;
        // A cookie that another authorization, or somebody else, left in the browser is not taken over.
        let own = browser.filter(|kept| known.browser == Some(Hash::of(kept.as_bytes())));
        let browser = match own {
            Some(kept) => kept.to_owned(),
            None => base64url::encode(&random::<32>()?),
        };
        let (kept, now, asking) = (Hash::of(browser.as_bytes()), self.now(), client.clone());
        let row = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, AuthorizationError> {
                    let row = authorization::find(tx, request).await?;
                    let row = row.filter(|row| {
                        let own = row.browser == Some(kept) || may_begin(row, now);
                        row.client == asking.id && own && is_open(row, now)
                    });
                    let row = row.ok_or(AuthorizationError::Unknown)?;
                    if row.without_asking {
                        authorization::delete(tx, request).await?;
                    } else if row.browser != Some(kept) {
                        let begun = (kept, now.plus_ms(DECIDING_MS));
                        authorization::set_browser(tx, request, begun).await?;
                    }
                    Ok(row)
                },
            )
            .await?;
        if row.without_asking {
            let error = ("error", "login_required");
            return Ok(Begun::SentBack(self.answer_to_client(&row, error)));
        }
        Ok(Begun::Asked {
            client,
            scopes: scopes_of(&row)?,
            browser,
        })
    }

    /// The authorization that this browser began and that is not decided yet.
    pub(super) async fn own_authorization(
        &self,
        tx: &mut Transaction<'_>,
        (request, browser): (Hash, Hash),
        now: Time,
    ) -> Result<AuthorizationRow, AuthorizationError> {
        let row = authorization::find(tx, request).await?;
        let own = |row: &AuthorizationRow| row.browser == Some(browser) && is_open(row, now);
        row.filter(own).ok_or(AuthorizationError::Unknown)
    }

    /// Where a browser takes the answer to the client, with who answers (RFC 9207).
    pub(super) fn answer_to_client(&self, row: &AuthorizationRow, answer: (&str, &str)) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(answer.0, answer.1);
        if let Some(state) = &row.state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", &self.inner.settings.issuer);
        let begin = if row.redirect_uri.contains('?') {
            '&'
        } else {
            '?'
        };
        format!("{}{begin}{}", row.redirect_uri, query.finish())
    }
}

/// Whether somebody may still log in and decide.
fn is_open(row: &AuthorizationRow, now: Time) -> bool {
    row.code.is_none() && now < row.expires
}

/// Whether a browser that did not begin it may.
fn may_begin(row: &AuthorizationRow, now: Time) -> bool {
    row.login.is_none() && now < row.pushed.plus_ms(PUSHED_MS)
}

/// The scopes as they are stored.
pub(super) fn scopes_of(row: &AuthorizationRow) -> Result<Scopes, Failure> {
    row.scopes.parse().map_err(|_| Failure::Text)
}
