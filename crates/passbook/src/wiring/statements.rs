//! notification, as gateway and ciam see it.

use async_trait::async_trait;
use ciam::ports::{FirstSnapshot, Grants, PortError};
use gateway::ports::{Statements, StatementsError, Trust};
use notification::ports::Revocation;
use notification::{Notification, StatementRefused};
use protocol::http::{
    CheckpointAnswer, CheckpointRequest, PagesAnswer, PartsAnswer, Report, SnapshotAnswer,
    SnapshotRequest,
};
use std::sync::Arc;
use types::{AccountId, ChannelId, CustomerId, DeviceId, SnapshotId};
use vault::Vault;

/// The notification service of this process.
#[derive(Clone)]
pub(crate) struct Stated {
    pub(crate) notification: Notification,
    pub(crate) vault: Arc<dyn Vault>,
}

fn refused(refusal: StatementRefused) -> StatementsError {
    match refusal {
        StatementRefused::ChannelUnknown => StatementsError::ChannelUnknown,
        StatementRefused::NotAReader => StatementsError::NotAReader,
        StatementRefused::BooksInRepair => StatementsError::BooksInRepair,
        StatementRefused::SnapshotUnknown => StatementsError::SnapshotUnknown,
        StatementRefused::PageUnknown => StatementsError::PageUnknown,
        StatementRefused::ReportInvalid => StatementsError::ReportInvalid,
        StatementRefused::Failed(failure) => StatementsError::Unavailable(Box::new(failure)),
    }
}

#[async_trait]
impl Statements for Stated {
    async fn checkpoint(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: CheckpointRequest,
    ) -> Result<CheckpointAnswer, StatementsError> {
        let stated = self.notification.checkpoint(channel, device, request).await;
        stated.map_err(refused)
    }

    async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: SnapshotRequest,
    ) -> Result<SnapshotAnswer, StatementsError> {
        let stated = self.notification.snapshot(channel, device, request).await;
        stated.map_err(refused)
    }

    async fn parts(
        &self,
        channel: ChannelId,
        device: DeviceId,
        snapshot: SnapshotId,
        from: u64,
    ) -> Result<PartsAnswer, StatementsError> {
        let parts = self
            .notification
            .parts_from(channel, device, snapshot, from)
            .await;
        parts.map_err(refused)
    }

    async fn pages(
        &self,
        channel: ChannelId,
        device: DeviceId,
        snapshot: SnapshotId,
        history: (u64, AccountId, u64),
    ) -> Result<PagesAnswer, StatementsError> {
        let pages = self
            .notification
            .pages_from(channel, device, snapshot, history)
            .await;
        pages.map_err(refused)
    }

    async fn report(
        &self,
        channel: ChannelId,
        device: DeviceId,
        report: Report,
    ) -> Result<(), StatementsError> {
        let noted = self.notification.report(channel, device, report).await;
        noted.map_err(refused)
    }

    async fn trust(&self) -> Result<Trust, StatementsError> {
        let unavailable = |error: vault::VaultError| StatementsError::Unavailable(Box::new(error));
        let roots = self.vault.roots().await.map_err(unavailable)?;
        let trust = self
            .notification
            .trust()
            .map_err(|failure| StatementsError::Unavailable(Box::new(failure)))?;
        Ok(Trust {
            list: trust,
            roots: roots.to_vec(),
        })
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new("notification", error)
}

#[async_trait]
impl Grants for Stated {
    async fn grant(&self, statement: &[u8]) -> Result<(), PortError> {
        let granted = self.notification.grant(statement).await;
        granted.map(drop).map_err(failed)
    }

    async fn rekey(
        &self,
        channel: ChannelId,
        device: DeviceId,
        revocation: u64,
    ) -> Result<(), PortError> {
        let revocation = Revocation {
            number: revocation,
            channel,
            device,
        };
        self.notification.rekey(revocation).await.map_err(failed)
    }

    async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
    ) -> Result<FirstSnapshot, PortError> {
        let first = self.notification.first_snapshot(channel, device).await;
        let first = first.map_err(failed)?;
        Ok(FirstSnapshot {
            generation: first.generation,
            grant: first.grant,
            snapshot: first.snapshot,
        })
    }

    async fn channel_of(&self, customer: &CustomerId) -> Result<Option<ChannelId>, PortError> {
        let channel = self.notification.channel_of(customer).await;
        channel.map_err(failed)
    }

    async fn channel_of_device(&self, device: DeviceId) -> Result<Option<ChannelId>, PortError> {
        let channel = self.notification.channel_of_device(device).await;
        channel.map_err(failed)
    }

    async fn trust(&self) -> Result<Vec<u8>, PortError> {
        self.notification.trust().map_err(failed)
    }
}
