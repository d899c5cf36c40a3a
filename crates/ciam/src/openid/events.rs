//! Apps hear that something changed for a person who permits them to know it (RFC 8417, RFC 8935). They read what it is.

use super::hearing::{PAGE, TOLD_MS};
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::ports::Notice;
use crate::random::random;
use crate::store::client_event::{self, EventRow};
use crate::store::{CustomerIndex, customer};
use database::Transaction;
use token::{ClientEvent, EventToken};
use types::{ClientId, CustomerId, IntentId, Time, base64url};

impl Ciam {
    /// The accounts of these customers changed: their apps that may know it and have a webhook hear of it.
    pub async fn accounts_changed(&self, customers: &[CustomerId]) -> Result<(), Failure> {
        let customers = customers
            .iter()
            .map(|customer| self.customer_index(customer));
        let customers: Vec<CustomerIndex> = customers.collect();
        let (ciam, now) = (self.clone(), self.now());
        let event = ClientEvent::AccountsChanged;
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    for &customer in &customers {
                        for client in client_event::may_hear(tx, (customer, event), now).await? {
                            if ciam.has_webhook(&client) {
                                let row = changed((customer, event), now)?;
                                client_event::put(tx, &client, &row).await?;
                            }
                        }
                    }
                    Ok(())
                },
            )
            .await
    }

    /// What became of a payment changed, which an app prepared for the customer.
    pub async fn payment_changed(
        &self,
        client: &ClientId,
        customer: &CustomerId,
        payment: IntentId,
    ) -> Result<(), Failure> {
        if !self.has_webhook(client) {
            return Ok(());
        }
        let customer = self.customer_index(customer);
        let row = changed((customer, ClientEvent::PaymentChanged(payment)), self.now())?;
        let client = client.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(client_event::put(tx, &client, &row).await?)
                },
            )
            .await
    }

    /// Whether any client wants to hear what changes.
    #[must_use]
    pub fn has_webhooks(&self) -> bool {
        self.inner
            .clients
            .keys()
            .any(|client| self.has_webhook(client))
    }

    fn has_webhook(&self, client: &ClientId) -> bool {
        let client = self.inner.clients.get(client);
        client.is_some_and(|client| client.webhook_uri.is_some())
    }

    /// Tells a client what changed. What nobody permits it to know any more it does not hear.
    pub(super) async fn tell_of_events(
        &self,
        client: &ClientId,
        uri: Option<&str>,
    ) -> Result<(), Failure> {
        let Some(uri) = uri else {
            return self.forget_events(client).await;
        };
        loop {
            let page = self.events_for(client).await?;
            if page.is_empty() {
                return Ok(());
            }
            for row in page {
                let is_old = self.now().ms_since(row.changed) > TOLD_MS;
                if is_old {
                    tracing::error!(%client, "a client did not hear within a day that something changed");
                } else if let Some(customer) = self.customer_for(client, &row).await? {
                    let token = self.event_token(client, &customer, &row).await?;
                    if !self.is_heard(client, uri, Notice::Event(&token)).await {
                        return Ok(());
                    }
                }
                self.forget_event(row.version).await?;
            }
        }
    }

    /// The customer of a change, if the client may hear of it.
    async fn customer_for(
        &self,
        client: &ClientId,
        row: &EventRow,
    ) -> Result<Option<CustomerId>, Failure> {
        let (client, now) = (client.clone(), self.now());
        let who: (CustomerIndex, ClientEvent) = (row.customer, row.event);
        let sealed = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let may_hear = client_event::may_hear(tx, who, now).await?;
                    if !may_hear.contains(&client) {
                        return Ok(None);
                    }
                    Ok(Some(customer::sealed(tx, who.0).await?))
                },
            )
            .await?;
        sealed.map(|sealed| self.open_customer(&sealed)).transpose()
    }

    async fn event_token(
        &self,
        client: &ClientId,
        customer: &CustomerId,
        row: &EventRow,
    ) -> Result<String, Failure> {
        let now = self.now();
        let token = EventToken {
            issuer: self.inner.settings.issuer.clone(),
            client: client.clone(),
            subject: self.subject_for(client, customer).await?,
            id: base64url::encode(&row.version),
            issued: now,
            event: row.event,
        };
        self.sign_token(now, |key| token.sign(key)).await
    }

    async fn events_for(&self, client: &ClientId) -> Result<Vec<EventRow>, Failure> {
        let client = client.clone();
        self.inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    Ok(client_event::of_client(tx, &client, PAGE).await?)
                },
            )
            .await
    }

    async fn forget_event(&self, version: [u8; 16]) -> Result<(), Failure> {
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(client_event::forget(tx, version).await?)
                },
            )
            .await
    }

    async fn forget_events(&self, client: &ClientId) -> Result<(), Failure> {
        let client = client.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(client_event::forget_all(tx, &client).await?)
                },
            )
            .await
    }
}

/// A change, for one client. Its version becomes the token's id, so two clients get two: they must not find out that they have a
/// person in common.
fn changed(
    (customer, event): (CustomerIndex, ClientEvent),
    now: Time,
) -> Result<EventRow, Failure> {
    Ok(EventRow {
        customer,
        event,
        changed: now,
        version: random()?,
    })
}
