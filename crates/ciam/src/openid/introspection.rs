//! What a token is worth, for the client that has it and for the bank's APIs (RFC 7662).

use super::authentication::Caller;
use super::errors::ClientError;
use super::form::Form;
use super::paths;
use crate::ciam::Ciam;
use crate::store::client_grant::{self, GrantRow};
use crate::store::customer;
use database::Transaction;
use protocol::http::{Confirmed, Introspected};
use token::ClientToken;
use types::Hash;

/// A token that is good.
enum Known {
    Access(ClientToken),
    Refresh { grant: GrantRow, sealed: Vec<u8> },
}

impl Ciam {
    /// What a token is worth. Of what is not good, or not this client's to know, it says no more than that.
    pub async fn introspect(&self, form: &Form) -> Result<Introspected, ClientError> {
        let now = self.now();
        let caller = self.caller(paths::INTROSPECTION, (form, None), now).await?;
        let token = form.need("token", "token is missing")?;
        let hash = Hash::of(token.as_bytes());
        let access = self.client_token(token, now).ok();
        let ciam = self.clone();
        let known = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, ClientError> {
                    if let Err(refusal) = ciam.use_up(tx, &caller, now).await? {
                        return Ok(Err(refusal));
                    }
                    let grant = match &access {
                        Some(access) => ciam.grant_of(tx, access, now).await?,
                        None => client_grant::find_by_refresh(tx, hash).await?,
                    };
                    let is_access = access.is_some();
                    let may_know =
                        |grant: &GrantRow| now < grant.expires && knows(&caller, grant, is_access);
                    let Some(grant) = grant.filter(may_know) else {
                        return Ok(Ok(None));
                    };
                    let known = match access.clone() {
                        Some(access) => Known::Access(access),
                        None => Known::Refresh {
                            sealed: customer::sealed(tx, grant.customer).await?,
                            grant,
                        },
                    };
                    Ok(Ok(Some(known)))
                },
            )
            .await??;
        match known {
            None => Ok(Introspected::default()),
            Some(Known::Access(token)) => Ok(Introspected {
                active: true,
                iss: Some(token.issuer.clone()),
                aud: Some(token.issuer),
                sub: Some(token.subject),
                client_id: Some(token.client),
                scope: Some(token.scope),
                token_type: Some("DPoP".to_owned()),
                cnf: Some(Confirmed { jkt: token.key }),
                iat: Some(token.issued.seconds()),
                exp: Some(token.expires.seconds()),
            }),
            Some(Known::Refresh { grant, sealed }) => {
                let customer = self.open_customer(&sealed)?;
                Ok(Introspected {
                    active: true,
                    iss: Some(self.inner.settings.issuer.clone()),
                    sub: Some(self.subject_for(&grant.client, &customer).await?),
                    client_id: Some(grant.client),
                    scope: Some(grant.scopes),
                    exp: Some(grant.expires.seconds()),
                    ..Introspected::default()
                })
            }
        }
    }
}

/// Whether a grant's token is this client's to know. An API learns nothing of a refresh token: that has no key by which its
/// bearer could be told from a thief.
fn knows(caller: &Caller, grant: &GrantRow, is_access: bool) -> bool {
    caller.client.id == grant.client || (caller.client.introspects && is_access)
}
