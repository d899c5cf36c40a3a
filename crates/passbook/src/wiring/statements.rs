//! Implements the ports of gateway and ciam to notification.

use super::calls::{Calls, NotAnswered};
use async_trait::async_trait;
use ciam::ports::{FirstSnapshot, Grants, PortError};
use gateway::ports::{RaisedLimit, Statements, StatementsError, Trust};
use notification::ports::Revocation;
use notification::{Notification, StatementRefused};
use order::Voucher;
use protocol::cbor::Map;
use protocol::http::{
    CheckpointAnswer, CheckpointRequest, PagesAnswer, PartsAnswer, Report, SnapshotAnswer,
    SnapshotRequest,
};
use protocol::{AccessChange, BrakeChange};
use std::sync::Arc;
use types::{AccountId, ChannelId, CustomerId, DeviceId, SnapshotId};
use vault::Vault;

/// The notification service of this process.
#[derive(Clone)]
pub(crate) struct Stated {
    pub(crate) notification: Notification,
    pub(crate) vault: Arc<dyn Vault>,
    /// Calls of gateway, and calls of ciam.
    statements: Calls,
    grants: Calls,
}

impl Stated {
    pub(super) fn new(notification: Notification, vault: Arc<dyn Vault>) -> Self {
        Self {
            notification,
            vault,
            statements: Calls::default(),
            grants: Calls::default(),
        }
    }
}

fn late(cause: NotAnswered) -> StatementsError {
    StatementsError::Unavailable(Box::new(cause))
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
        let asked = self.notification.checkpoint(channel, device, request);
        let stated = self.statements.call(asked).await.map_err(late)?;
        stated.map_err(refused)
    }

    async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: SnapshotRequest,
    ) -> Result<SnapshotAnswer, StatementsError> {
        let asked = self.notification.snapshot(channel, device, request);
        let stated = self.statements.call(asked).await.map_err(late)?;
        stated.map_err(refused)
    }

    async fn parts(
        &self,
        channel: ChannelId,
        device: DeviceId,
        snapshot: SnapshotId,
        from: u64,
    ) -> Result<PartsAnswer, StatementsError> {
        let asked = self
            .notification
            .parts_from(channel, device, snapshot, from);
        let parts = self.statements.call(asked).await.map_err(late)?;
        parts.map_err(refused)
    }

    async fn pages(
        &self,
        channel: ChannelId,
        device: DeviceId,
        snapshot: SnapshotId,
        history: (u64, AccountId, u64),
    ) -> Result<PagesAnswer, StatementsError> {
        let asked = self
            .notification
            .pages_from(channel, device, snapshot, history);
        let pages = self.statements.call(asked).await.map_err(late)?;
        pages.map_err(refused)
    }

    async fn report(
        &self,
        channel: ChannelId,
        device: DeviceId,
        report: Report,
    ) -> Result<(), StatementsError> {
        let asked = self.notification.report(channel, device, report);
        let noted = self.statements.call(asked).await.map_err(late)?;
        noted.map_err(refused)
    }

    async fn trust(&self) -> Result<Trust, StatementsError> {
        let unavailable = |error: vault::VaultError| StatementsError::Unavailable(Box::new(error));
        let roots = self
            .statements
            .call(self.vault.roots())
            .await
            .map_err(late)?;
        let roots = roots.map_err(unavailable)?;
        let trust = self
            .notification
            .trust()
            .map_err(|failure| StatementsError::Unavailable(Box::new(failure)))?;
        Ok(Trust {
            list: trust,
            roots: roots.to_vec(),
        })
    }

    async fn brake_changed(
        &self,
        channel: ChannelId,
        cause: &str,
        change: &BrakeChange,
    ) -> Result<(), StatementsError> {
        let asked = self.notification.brake_changed(channel, cause, change);
        let numbered = self.statements.call(asked).await.map_err(late)?;
        numbered.map_err(refused)
    }

    async fn payment_initiated(
        &self,
        customer: &CustomerId,
        cause: &str,
        arguments: &Map,
    ) -> Result<(), StatementsError> {
        let asked = self
            .notification
            .payment_initiated(customer, cause, arguments);
        let numbered = self.statements.call(asked).await.map_err(late)?;
        numbered.map_err(refused)
    }

    async fn limit_raised(
        &self,
        customer: &CustomerId,
        cause: &str,
        raised: RaisedLimit,
    ) -> Result<(), StatementsError> {
        let raised = (raised.day, raised.until);
        let asked = self.notification.limit_raised(customer, cause, raised);
        let numbered = self.statements.call(asked).await.map_err(late)?;
        numbered.map_err(refused)
    }

    async fn sign_vouchers(&self, vouchers: &[Voucher]) -> Result<Vec<Vec<u8>>, StatementsError> {
        let signed = self.notification.sign_vouchers(vouchers);
        signed.map_err(|failure| StatementsError::Unavailable(Box::new(failure)))
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new("notification", error)
}

#[async_trait]
impl Grants for Stated {
    async fn grant(&self, statement: &[u8]) -> Result<(), PortError> {
        let asked = self.notification.grant(statement);
        let granted = self.grants.call(asked).await.map_err(failed)?;
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
        let asked = self.notification.rekey(revocation);
        self.grants
            .call(asked)
            .await
            .map_err(failed)?
            .map_err(failed)
    }

    async fn access_changed(
        &self,
        channel: ChannelId,
        cause: &str,
        change: &AccessChange,
    ) -> Result<(), PortError> {
        let asked = self.notification.access_changed(channel, cause, change);
        let numbered = self.grants.call(asked).await.map_err(failed)?;
        numbered.map_err(failed)
    }

    async fn erase(&self, customer: &CustomerId) -> Result<Option<ChannelId>, PortError> {
        let asked = self.notification.erase(customer);
        let erased = self.grants.call(asked).await.map_err(failed)?;
        erased.map_err(failed)
    }

    async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
    ) -> Result<FirstSnapshot, PortError> {
        let asked = self.notification.first_snapshot(channel, device);
        let first = self.grants.call(asked).await.map_err(failed)?;
        let first = first.map_err(failed)?;
        Ok(FirstSnapshot {
            generation: first.generation,
            grant: first.grant,
            snapshot: first.snapshot,
        })
    }

    async fn channel_of(&self, customer: &CustomerId) -> Result<Option<ChannelId>, PortError> {
        let asked = self.notification.channel_of(customer);
        let channel = self.grants.call(asked).await.map_err(failed)?;
        channel.map_err(failed)
    }

    async fn channel_of_device(&self, device: DeviceId) -> Result<Option<ChannelId>, PortError> {
        let asked = self.notification.channel_of_device(device);
        let channel = self.grants.call(asked).await.map_err(failed)?;
        channel.map_err(failed)
    }

    async fn trust(&self) -> Result<Vec<u8>, PortError> {
        self.notification.trust().map_err(failed)
    }
}
