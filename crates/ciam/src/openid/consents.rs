//! What the customer lets clients know: listed, and withdrawn by the customer.

use super::errors::ConsentError;
use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::store::consent::{self, ConsentRow};
use crate::store::held_by_clients;
use database::Transaction;
use http_edge::Login;
use protocol::http;
use types::ClientId;

impl Ciam {
    /// The consents of the customer who logged in, the oldest first.
    pub async fn consents(&self, login: &Login) -> Result<Vec<http::ConsentRow>, ConsentError> {
        let (ciam, login) = (self.clone(), login.clone());
        let rows = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, ConsentError> {
                    let own = ciam.own_session(tx, &login).await?;
                    Ok(consent::of_customer(tx, own.customer).await?)
                },
            )
            .await?;
        let shown = |row: ConsentRow| http::ConsentRow {
            // A client that is configured no longer has no name.
            name: self
                .inner
                .clients
                .get(&row.client)
                .map(|client| client.name.clone()),
            client: row.client,
            scopes: row.scopes.split(' ').map(str::to_owned).collect(),
            given: row.given,
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    /// Withdraws the consent that the customer who logged in gave to a client: its codes and tokens are worth nothing from
    /// then on.
    pub async fn withdraw_consent(
        &self,
        login: &Login,
        client: &ClientId,
    ) -> Result<(), ConsentError> {
        let (ciam, login, client) = (self.clone(), login.clone(), client.clone());
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, ConsentError> {
                    let own = ciam.own_session(tx, &login).await?;
                    let given = (own.customer, &client);
                    if !consent::delete(tx, given).await? {
                        return Err(ConsentError::Unknown);
                    }
                    held_by_clients::end_of_client(tx, given).await?;
                    let act = Act::ConsentWithdrawn {
                        customer: own.customer,
                        device: own.device,
                        client: client.clone(),
                    };
                    ciam.record(tx, &act).await?;
                    Ok(())
                },
            )
            .await
    }
}
