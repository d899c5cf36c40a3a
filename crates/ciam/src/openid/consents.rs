//! What the customer lets clients know: listed, and withdrawn by the customer.

use super::errors::ConsentError;
use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::store::access_change::{self, ChangeRow};
use crate::store::consent::{self, ConsentRow};
use crate::store::{customer, held_by_clients};
use database::Transaction;
use http_edge::Login;
use protocol::{AccessChange, EntryKind, http};
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
            name: self.name_of(&row.client),
            client: row.client,
            scopes: row.scopes.split(' ').map(str::to_owned).collect(),
            given: row.given,
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    /// The client's name. A client that is configured no longer has none.
    pub(super) fn name_of(&self, client: &ClientId) -> Option<String> {
        let client = self.inner.clients.get(client);
        client.map(|client| client.name.clone())
    }

    /// Withdraws the consent that the customer who logged in gave to a client: its codes and tokens are worth nothing from
    /// then on.
    pub async fn withdraw_consent(
        &self,
        login: &Login,
        client: &ClientId,
    ) -> Result<(), ConsentError> {
        let (ciam, login, client) = (self.clone(), login.clone(), client.clone());
        let (id, now) = (self.new_cause()?, self.now());
        let change = self
            .inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<_, ConsentError> {
                    let own = ciam.own_session(tx, &login).await?;
                    let given = (own.customer, &client);
                    if !consent::delete(tx, given).await? {
                        return Err(ConsentError::Unknown);
                    }
                    held_by_clients::end_of_client(tx, given, now).await?;
                    let act = Act::ConsentWithdrawn {
                        customer: own.customer,
                        device: own.device,
                        client: client.clone(),
                    };
                    ciam.record(tx, &act).await?;
                    let change = ChangeRow {
                        cause: id.clone(),
                        channel: customer::channel(tx, own.customer).await?,
                        changed: now,
                        change: AccessChange {
                            device: Some(own.device),
                            client: Some(client.clone()),
                            name: ciam.name_of(&client),
                            ..AccessChange::new(EntryKind::ConsentWithdrawn)
                        },
                    };
                    access_change::insert(tx, &change).await?;
                    Ok(change)
                },
            )
            .await?;
        self.tell_soon(change).await;
        Ok(())
    }
}
