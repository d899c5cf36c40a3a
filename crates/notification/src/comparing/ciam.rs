//! Follows ciam: device statements and revocations that a restored copy of notification's tables lacks.

use crate::failure::FirstFailure;
use crate::failure::chain;
use crate::ports::NumberedStatement;
use crate::store::{channel, device, register};
use crate::{Failure, GrantRefused, Notification};
use envelope::DeviceStatement;
use types::{ChannelId, CustomerId, DeviceId};

const STATEMENTS: &str = "device statements";
const REVOCATIONS: &str = "revocations";

/// Maximum statements or revocations in one request.
const PAGE: usize = 500;

impl Notification {
    /// Makes the grants and rekeys for what ciam stated since the last call. Grants and rekeys that exist already
    /// change nothing.
    pub(crate) async fn follow_ciam(&self) -> Result<(), Failure> {
        // Revocations come first: a removed device must be excluded even if the statements fail.
        let removed = self.follow_revocations().await;
        removed.and(self.follow_statements().await)
    }

    async fn follow_revocations(&self) -> Result<(), Failure> {
        let mut after = self.followed(REVOCATIONS).await?;
        let mut first = FirstFailure::default();
        loop {
            let page = self.devices.revocations_after(after, PAGE).await?;
            let Some(last) = page.last().map(|revocation| revocation.number) else {
                return first.result();
            };
            for revocation in page {
                if let Err(failure) = self.rekey(revocation).await {
                    let (number, error) = (revocation.number, chain(&failure));
                    tracing::error!(number, error, "a removed device is not excluded yet");
                    first.keep(failure);
                }
            }
            if first.is_none() {
                self.set_followed(REVOCATIONS, last).await?;
            }
            after = last;
        }
    }

    /// If a statement fails, the next call starts again at its page.
    async fn follow_statements(&self) -> Result<(), Failure> {
        let mut after = self.followed(STATEMENTS).await?;
        let mut first = FirstFailure::default();
        loop {
            let page = self.devices.statements_after(after, PAGE).await?;
            let Some(last) = page.last().map(|statement| statement.number) else {
                return first.result();
            };
            for statement in self.not_granted(page).await? {
                let number = statement.number;
                match self.grant(&statement.statement).await {
                    Ok(_) | Err(GrantRefused::Revoked) => {}
                    Err(GrantRefused::Failed(failure)) => {
                        let error = chain(&failure);
                        tracing::warn!(number, error, "no grant yet for a device statement");
                        first.keep(failure);
                    }
                    Err(refused) => {
                        tracing::error!(number, error = %refused, "no grant for a device statement");
                    }
                }
            }
            if first.is_none() {
                self.set_followed(STATEMENTS, last).await?;
            }
            after = last;
        }
    }

    /// Drops the statements of devices that have their grant already, which this node made itself.
    async fn not_granted(
        &self,
        page: Vec<NumberedStatement>,
    ) -> Result<Vec<NumberedStatement>, Failure> {
        let keys = self.signing.current();
        let trust = keys.trust()?;
        let stated: Vec<_> = page
            .into_iter()
            .map(|stated| {
                (
                    DeviceStatement::verify(&stated.statement, trust).ok(),
                    stated,
                )
            })
            .collect();
        self.database
            .read(async move |tx| {
                let mut left = Vec::new();
                for (statement, stated) in &stated {
                    let known = match statement {
                        Some(of) => device::find(tx, of.channel, of.device).await?.is_some(),
                        None => false,
                    };
                    if !known {
                        left.push(stated.clone());
                    }
                }
                Ok(left)
            })
            .await
    }

    /// The channel of a customer.
    pub async fn channel_of(&self, customer: &CustomerId) -> Result<Option<ChannelId>, Failure> {
        let index = self.customer_index(customer);
        self.database
            .read(async move |tx| Ok(channel::of_customer(tx, &index).await?))
            .await
    }

    /// The channel that knows a device, including a removed device.
    pub async fn channel_of_device(&self, device: DeviceId) -> Result<Option<ChannelId>, Failure> {
        self.database
            .read(async move |tx| Ok(device::channel_of(tx, device).await?))
            .await
    }

    pub(crate) async fn followed(&self, list: &'static str) -> Result<u64, Failure> {
        self.database
            .read(async move |tx| Ok(register::progress(tx, list).await?))
            .await
    }

    /// Stores the new position in a list, unless another process moved the position meanwhile.
    pub(crate) async fn advance_followed(
        &self,
        list: &'static str,
        from: u64,
        to: u64,
    ) -> Result<bool, Failure> {
        self.database
            .write(async move |tx| {
                let still = register::progress(tx, list).await? == from;
                if still {
                    register::set_progress(tx, list, to).await?;
                }
                Ok(still)
            })
            .await
    }

    async fn set_followed(&self, list: &'static str, value: u64) -> Result<(), Failure> {
        self.database
            .write(async move |tx| Ok(register::set_progress(tx, list, value).await?))
            .await
    }
}
