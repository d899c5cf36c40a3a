//! A logout at the provider: it ends what its login began (OpenID Connect Back-Channel Logout, 2.5 to 2.8).

use super::errors::ProviderLogoutError;
use super::id_token::Flaw;
use super::logout_token::{Logout, verify};
use super::provider::Provider;
use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::store::provider_logout::{self, LoginIndex};
use crate::store::session::{self, AtProvider};
use crate::store::used_once;
use database::Transaction;

const SUBJECT: &str = "ciam.provider.subject";
const SESSION: &str = "ciam.provider.session";

impl Ciam {
    /// Ends the sessions that began with the logins at the provider that `token` names. Anybody can send one: the provider's
    /// signature makes it good, once.
    pub async fn log_out_at_provider(&self, token: &str) -> Result<(), ProviderLogoutError> {
        let provider = self.inner.provider.as_ref();
        let provider = provider.ok_or(ProviderLogoutError::NotConfigured)?;
        let logout = self.verified_logout(provider, token).await?;
        let issuer = provider.settings.issuer.as_str();
        let used = used_once::hash_of(("logout token", issuer, logout.id.as_str()));
        let named = self.login_at_provider(logout.subject.as_deref(), logout.session.as_deref());
        let (ciam, now) = (self.clone(), self.now());
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), ProviderLogoutError> {
                    let once = (logout.good_until, now);
                    if !used_once::use_up(tx, used.as_bytes(), once).await? {
                        return Err(ProviderLogoutError::Refused("used_before"));
                    }
                    // A login is one person's, so that its own name says enough.
                    if let Some(login) = named.session.or(named.subject) {
                        provider_logout::remember(tx, login, (logout.ended, now)).await?;
                    }
                    for row in session::of_provider(tx, named).await? {
                        session::end_of_device(tx, row.device).await?;
                        let act = Act::LoggedOutAtProvider {
                            customer: row.customer,
                            device: row.device,
                            session: row.session,
                        };
                        ciam.record(tx, &act).await?;
                    }
                    Ok(())
                },
            )
            .await
    }

    /// How the tables name a login at the provider.
    pub(super) fn login_at_provider(
        &self,
        subject: Option<&str>,
        session: Option<&str>,
    ) -> AtProvider {
        let index = |column, id: &str| -> LoginIndex {
            self.inner.columns.blind_index(column, id.as_bytes())
        };
        AtProvider {
            subject: subject.map(|subject| index(SUBJECT, subject)),
            session: session.map(|session| index(SESSION, session)),
        }
    }

    async fn verified_logout(
        &self,
        provider: &Provider,
        token: &str,
    ) -> Result<Logout, ProviderLogoutError> {
        let keys = provider.keys_for(token).await;
        let keys = keys.map_err(ProviderLogoutError::Unavailable)?;
        let expected = (&provider.settings, self.now());
        verify(token, &keys, expected).map_err(|flaw| match flaw {
            Flaw::UnknownKey => ProviderLogoutError::Refused("unknown_key"),
            Flaw::Check(reason) => ProviderLogoutError::Refused(reason),
        })
    }
}
