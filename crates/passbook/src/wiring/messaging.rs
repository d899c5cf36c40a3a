//! SMS and mail: joins ciam's port to `messaging`, and stores what it queues. A bank that sets no carrier has the letterbox.

mod addresses;
mod queue;
mod store;
#[cfg(test)]
mod store_tests;

pub(crate) use addresses::SetContact;
pub(super) use addresses::routes;

use super::letterbox::Letterbox;
use crate::config::Config;
use async_trait::async_trait;
use ciam::ports::{Messages, PortError};
use messaging::{Message, Messaging, Neighbours, Sent, Way};
use operator::DataDirectory;
use protocol::http::CodeBy;
use std::sync::Arc;
use store::MessageStore;
use types::{Clock, CustomerId};
use vault::{MacKey, Vault};

/// The bank's messages, in their own database.
#[derive(Clone)]
pub(crate) struct BankMessages {
    /// Also for alerts to administrators.
    pub(crate) messaging: Messaging,
    pub(super) store: MessageStore,
}

impl BankMessages {
    /// Opens what the configuration sets; nothing if it sets no carrier.
    pub(super) async fn open(
        config: &Config,
        (directory, vault): (&DataDirectory, &dyn Vault),
        clock: Clock,
    ) -> anyhow::Result<Option<Self>> {
        let carriers = config.messages.carriers().map_err(anyhow::Error::msg)?;
        if carriers.sms.is_none() && carriers.mail.is_none() {
            return Ok(None);
        }
        let key = vault.mac(MacKey::SealedColumns, b"messages").await?;
        let store = MessageStore::open(directory.messages_database(), &key)?;
        let neighbours = Neighbours {
            queue: Arc::new(store.clone()),
            contacts: Arc::new(store.clone()),
            clock,
        };
        let settings = config.messages.settings(&config.bank.time_zone);
        let messaging = Messaging::new(settings, carriers, neighbours);
        Ok(Some(Self { messaging, store }))
    }

    /// Sends for ever.
    pub(super) async fn run(messages: Option<&Self>) {
        match messages {
            Some(messages) => messages.messaging.run().await,
            None => std::future::pending().await,
        }
    }

    /// Ends the database's work.
    pub(super) async fn close(messages: Option<&Self>) {
        if let Some(messages) = messages {
            messages.store.database().close().await;
        }
    }

    /// Returns when the database stopped.
    pub(super) async fn stopped(messages: Option<&Self>) {
        match messages {
            Some(messages) => messages.store.database().stopped().await,
            None => std::future::pending().await,
        }
    }
}

/// What ciam sends by: the carriers, or the letterbox.
pub(super) fn of_ciam(
    messages: Option<&BankMessages>,
    directory: &DataDirectory,
    clock: &Clock,
) -> Arc<dyn Messages> {
    match messages {
        Some(messages) => Arc::new(messages.clone()),
        None => Arc::new(Letterbox::new(directory.path().to_owned(), clock.clone())),
    }
}

#[async_trait]
impl Messages for BankMessages {
    async fn send_login_code(
        &self,
        customer: &CustomerId,
        by: CodeBy,
        code: &str,
    ) -> Result<(), PortError> {
        let way = match by {
            CodeBy::Sms => Way::Sms,
            CodeBy::Mail => Way::Mail,
        };
        let message = Message::LoginCode(code.to_owned().into());
        let sent = self.messaging.send(customer, way, &message).await;
        match sent.map_err(|error| PortError::new("messaging", error))? {
            Sent::Queued(message) => tracing::debug!(%message, "a code was queued"),
            Sent::NotWanted => {
                tracing::warn!(way = way.as_str(), "no code: the bank has no such address")
            }
        }
        Ok(())
    }

    async fn forget(&self, customer: &CustomerId) -> Result<(), PortError> {
        let forgotten = self.store.put_contact(customer, None).await;
        forgotten.map_err(|error| PortError::new("messaging", error))
    }
}
