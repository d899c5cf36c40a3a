//! The routes with a test notification that gives prepared answers and records the questions.

use async_trait::async_trait;
use axum::Router;
use gateway::ports::{Statements, StatementsError, Trust};
use protocol::http::{
    CheckpointAnswer, CheckpointRequest, PagesAnswer, PartsAnswer, Report, SignedSnapshot,
    SnapshotAnswer, SnapshotRequest,
};
use std::sync::{Arc, Mutex};
use testkit::devices::TestIssuer;
use types::{AccountId, ChannelId, CustomerId, DeviceId, SnapshotId};

pub(crate) const CHANNEL: ChannelId = ChannelId::new([1; 16]);
pub(crate) const OTHERS: ChannelId = ChannelId::new([2; 16]);
pub(crate) const SNAPSHOT: SnapshotId = SnapshotId::new([0; 16]);

/// The recorded questions.
#[derive(Default)]
pub(crate) struct Notification {
    asked: Mutex<Vec<String>>,
    refusal: Mutex<Option<StatementsError>>,
}

impl Notification {
    fn ask(&self, what: String) -> Result<(), StatementsError> {
        self.asked.lock().unwrap().push(what);
        self.refusal.lock().unwrap().take().map_or(Ok(()), Err)
    }

    /// Refuses the next question with `error`.
    pub(crate) fn refuse(&self, error: StatementsError) {
        *self.refusal.lock().unwrap() = Some(error);
    }

    /// The questions since the last call.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

#[async_trait]
impl Statements for Notification {
    async fn checkpoint(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: CheckpointRequest,
    ) -> Result<CheckpointAnswer, StatementsError> {
        self.ask(format!("checkpoint {channel} {device} {}", request.nonce))?;
        Ok(CheckpointAnswer {
            checkpoint: b"checkpoint".to_vec().into(),
            grant: request.epoch.map(|_| b"grant".to_vec().into()),
            trust: None,
        })
    }

    async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: SnapshotRequest,
    ) -> Result<SnapshotAnswer, StatementsError> {
        self.ask(format!("snapshot {channel} {device} {}", request.nonce))?;
        Ok(SnapshotAnswer {
            snapshot: SignedSnapshot {
                id: SNAPSHOT,
                snapshot: b"snapshot".to_vec().into(),
                before: None,
                message: None,
                parts: vec![b"part".to_vec().into()],
            },
            grant: None,
            trust: None,
        })
    }

    async fn parts(
        &self,
        channel: ChannelId,
        device: DeviceId,
        snapshot: SnapshotId,
        from: u64,
    ) -> Result<PartsAnswer, StatementsError> {
        self.ask(format!(
            "parts from {from} of {snapshot} in {channel} {device}"
        ))?;
        Ok(PartsAnswer {
            parts: vec![b"part".to_vec().into()],
        })
    }

    async fn pages(
        &self,
        channel: ChannelId,
        device: DeviceId,
        snapshot: SnapshotId,
        (part, account, from): (u64, AccountId, u64),
    ) -> Result<PagesAnswer, StatementsError> {
        self.ask(format!(
            "pages from {from} of {account}, part {part} of {snapshot} in {channel} {device}"
        ))?;
        Ok(PagesAnswer {
            pages: vec![b"page".to_vec().into()],
        })
    }

    async fn report(
        &self,
        channel: ChannelId,
        device: DeviceId,
        report: Report,
    ) -> Result<(), StatementsError> {
        self.ask(format!("report {channel} {device} {:?}", report.finding))
    }

    async fn trust(&self) -> Result<Trust, StatementsError> {
        self.ask("trust".to_owned())?;
        Ok(Trust {
            list: b"trust".to_vec(),
            roots: vec![],
        })
    }

    async fn brake_changed(
        &self,
        _: ChannelId,
        _: &str,
        _: &protocol::BrakeChange,
    ) -> Result<(), StatementsError> {
        unreachable!("these routes set no brakes")
    }

    async fn payment_initiated(
        &self,
        _: &CustomerId,
        _: &str,
        _: &protocol::cbor::Map,
    ) -> Result<(), StatementsError> {
        unreachable!("these routes take no payments")
    }

    async fn limit_raised(
        &self,
        _: &CustomerId,
        _: &str,
        _: gateway::ports::RaisedLimit,
    ) -> Result<(), StatementsError> {
        unreachable!("these routes raise no limits")
    }

    async fn sign_vouchers(&self, _: &[order::Voucher]) -> Result<Vec<Vec<u8>>, StatementsError> {
        unreachable!("these routes give no vouchers")
    }
}

pub(crate) struct Rig {
    pub(crate) notification: Arc<Notification>,
    pub(crate) issuer: Arc<TestIssuer>,
    pub(crate) router: Router,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        let (notification, issuer) = (Arc::new(Notification::default()), TestIssuer::new());
        let guard = issuer.guard().await;
        let statements: Arc<dyn Statements> = Arc::<Notification>::clone(&notification);
        Self {
            router: gateway::http::routes(statements, &guard),
            notification,
            issuer,
        }
    }
}

pub(crate) fn path(route: &str) -> String {
    format!("/v1/channels/{CHANNEL}/{route}")
}

pub(crate) const CHECKPOINT: &str = r#"{"nonce": "AAAAAAAAAAAAAAAAAAAAAA", "epoch": 1}"#;

pub(crate) const REPORT: &str = r#"{"finding": "withheld", "generation": 1, "number": 0, "time": 0,
    "hash": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;

/// Every route for devices: method, path after the channel, body.
pub(crate) const ROUTES: [(&str, &str, Option<&str>); 5] = [
    ("POST", "checkpoint", Some(CHECKPOINT)),
    ("POST", "snapshot", Some(CHECKPOINT)),
    ("GET", "snapshots/AAAAAAAAAAAAAAAAAAAAAA/parts?from=3", None),
    (
        "GET",
        "snapshots/AAAAAAAAAAAAAAAAAAAAAA/pages?part=4&account=a%2F1&from=2",
        None,
    ),
    ("POST", "report", Some(REPORT)),
];
