//! Grants end: a client gives its tokens back (RFC 7009), or the bank ends all of a customer.

use super::errors::ClientError;
use super::form::Form;
use super::paths;
use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::store::{CustomerIndex, client_grant, consent, held_by_clients};
use database::{DatabaseError, Transaction};
use types::{Hash, Time};

impl Ciam {
    /// Ends the grant of a token of the client's. A token that is no longer good, or another client's, changes nothing.
    pub async fn revoke_token(&self, form: &Form) -> Result<(), ClientError> {
        let now = self.now();
        let caller = self.caller(paths::REVOCATION, (form, None), now).await?;
        let token = form.need("token", "token is missing")?;
        let hash = Hash::of(token.as_bytes());
        let access = self.client_token(token, now).ok();
        let ciam = self.clone();
        let ended = self
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
                    let grant = grant.filter(|grant| grant.client == caller.client.id);
                    if let Some(grant) = grant {
                        client_grant::delete(tx, grant.grant).await?;
                        let act = Act::GrantRevoked {
                            customer: grant.customer,
                            client: grant.client,
                            grant: grant.grant,
                        };
                        ciam.record(tx, &act).await?;
                    }
                    Ok(Ok(()))
                },
            )
            .await?;
        Ok(ended?)
    }
}

/// Ends what a customer let all clients do.
pub(crate) async fn end_all(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    now: Time,
) -> Result<(), DatabaseError> {
    held_by_clients::end_all(tx, customer, now).await?;
    consent::delete_all(tx, customer).await
}
