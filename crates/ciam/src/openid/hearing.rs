//! Clients are told what they have to hear, side by side. One that does not answer is left alone for a while.

use super::client::Client;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::ports::{Notice, NoticeAnswer};
use crate::store::{client_event, client_logout};
use database::Transaction;
use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;
use tokio::task::JoinSet;
use types::ClientId;

/// Maximum rows in one read of what a client has to hear.
pub(super) const PAGE: u32 = 64;

/// A client that does not answer is told again for so long.
pub(super) const TOLD_MS: u64 = 86_400_000;

/// The longest time that a client takes of a round. What it has not heard by then it hears in the next one.
const ROUND: Duration = Duration::from_secs(10);

impl Ciam {
    /// Tells the clients of logins that ended, and of what changed for people.
    pub async fn tell_clients(&self) -> Result<(), Failure> {
        let clients = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let logouts = client_logout::clients(tx).await?;
                    let events = client_event::clients(tx).await?;
                    Ok(logouts.into_iter().chain(events).collect::<BTreeSet<_>>())
                },
            )
            .await?;
        let mut telling = JoinSet::new();
        for client in clients {
            let ciam = self.clone();
            telling
                .spawn(async move { tokio::time::timeout(ROUND, ciam.tell_client(&client)).await });
        }
        let mut failed = None;
        while let Some(told) = telling.join_next().await {
            if let Ok(Ok(Err(failure))) = told {
                failed = Some(failure);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Tells a client what it has to hear, until it does not answer.
    async fn tell_client(&self, id: &ClientId) -> Result<(), Failure> {
        if self.inner.hearing.is_left_alone(id, self.now()) {
            return Ok(());
        }
        let client: Option<&Client> = self.inner.clients.get(id).map(AsRef::as_ref);
        let logout = client.and_then(|client| client.logout_uri.as_deref());
        if self.tell_of_logouts(id, logout).await? {
            let webhook = client.and_then(|client| client.webhook_uri.as_deref());
            self.tell_of_events(id, webhook).await?;
        }
        Ok(())
    }

    /// Whether the client answered.
    pub(super) async fn is_heard(&self, client: &ClientId, uri: &str, notice: Notice<'_>) -> bool {
        let hearing = &self.inner.hearing;
        match hearing.clients.tell(uri, notice).await {
            Ok(answer) => {
                hearing.has_answered(client);
                if answer == NoticeAnswer::Refused {
                    tracing::warn!(%client, "a client refused what it was told");
                }
                true
            }
            Err(error) => {
                let first_ms = self.inner.settings.retry_interval_ms;
                if hearing.leave_alone(client, (first_ms, self.now())) {
                    let cause: &dyn Error = &error;
                    tracing::warn!(%client, cause, "a client does not hear what it is told");
                }
                false
            }
        }
    }
}
