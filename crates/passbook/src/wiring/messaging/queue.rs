//! Implements messaging's ports to its queue and to the customers' contacts.

use super::store::MessageStore;
use async_trait::async_trait;
use messaging::{Contact, Contacts, End, MessageId, Queue, QueuedMessage, Way};
use std::error::Error;
use types::{CustomerId, PortError, Time};

#[async_trait]
impl Queue for MessageStore {
    async fn put(&self, message: &QueuedMessage, waiting_max: u64) -> Result<bool, PortError> {
        self.put(message, waiting_max).await.map_err(failed)
    }

    async fn take(
        &self,
        way: Way,
        times: (Time, Time),
        limit: u32,
    ) -> Result<Vec<QueuedMessage>, PortError> {
        self.take(way, times, limit).await.map_err(failed)
    }

    async fn next_due(&self, way: Way) -> Result<Option<Time>, PortError> {
        self.next_due(way).await.map_err(failed)
    }

    async fn postpone(&self, message: MessageId, due: Time) -> Result<(), PortError> {
        self.postpone(message, due).await.map_err(failed)
    }

    async fn end(&self, message: MessageId, end: &End, now: Time) -> Result<(), PortError> {
        self.end(message, end, now).await.map_err(failed)
    }

    async fn report(&self, reference: &str, delivered: bool) -> Result<bool, PortError> {
        self.report(reference, delivered).await.map_err(failed)
    }

    async fn forget(&self, time: Time) -> Result<(), PortError> {
        self.forget(time).await.map_err(failed)
    }
}

#[async_trait]
impl Contacts for MessageStore {
    async fn contact(&self, customer: &CustomerId) -> Result<Option<Contact>, PortError> {
        self.contact(customer).await.map_err(failed)
    }
}

fn failed(error: impl Error + Send + Sync + 'static) -> PortError {
    PortError::new("the database of messages", error)
}
