//! A stream that lags waits for the read that it has begun.

use crate::rig::{Rig, at, channel};
use async_trait::async_trait;
use broker::Broker;
use channel_log::{
    Append, AppendError, Appended, ChannelHead, ChannelLog, LogChannelKind, LogError, Read,
    ReadLimit, Watch, WatchError,
};
use futures_util::StreamExt as _;
use protocol::live::KEEP_ALIVE;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;
use types::{ChannelId, Generation, Position};

/// The log, with reads that wait until the test releases them.
struct Gated {
    log: Arc<log_embedded::EmbeddedLog>,
    begun: AtomicUsize,
    gate: Semaphore,
}

#[async_trait]
impl ChannelLog for Gated {
    async fn open(
        &self,
        channel: ChannelId,
        kind: LogChannelKind,
    ) -> Result<ChannelHead, LogError> {
        self.log.open(channel, kind).await
    }

    async fn append(&self, records: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
        self.log.append(records).await
    }

    async fn read(
        &self,
        channel: ChannelId,
        after: Position,
        limit: ReadLimit,
    ) -> Result<Read, LogError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        self.log.read(channel, after, limit).await
    }

    async fn head(&self, channel: ChannelId) -> Result<ChannelHead, LogError> {
        self.log.head(channel).await
    }

    async fn watch(&self, channel: ChannelId) -> Result<Watch, WatchError> {
        self.log.watch(channel).await
    }

    async fn trim(&self, channel: ChannelId, through: Position) -> Result<(), LogError> {
        self.log.trim(channel, through).await
    }

    async fn restart(
        &self,
        channel: ChannelId,
        generation: Generation,
    ) -> Result<ChannelHead, LogError> {
        self.log.restart(channel, generation).await
    }
}

#[tokio::test]
async fn a_long_read_is_not_restarted_at_each_heartbeat() {
    let mut rig = Rig::new().await;
    rig.filled(channel(1), 2).await;
    let gated = Arc::new(Gated {
        log: Arc::clone(&rig.log),
        begun: AtomicUsize::new(0),
        gate: Semaphore::new(0),
    });
    rig.broker = Broker::new(Arc::<Gated>::clone(&gated));
    let device = rig.issuer.device(&[channel(1)]);
    let path = format!("/v1/live?after={}:{}", channel(1), at(0));
    let mut request = http::Request::get(&path);
    for (name, value) in device.headers("GET", &path, &rig.issuer.nonce()) {
        request = request.header(name, value);
    }
    let request = request.body(axum::body::Body::empty()).unwrap();
    let response = rig.router().oneshot(request).await.unwrap();
    let mut pieces = response.into_body().into_data_stream();
    tokio::time::pause();
    for _ in 0..3 {
        assert_eq!(pieces.next().await.unwrap().unwrap(), KEEP_ALIVE);
        assert_eq!(gated.begun.load(Ordering::SeqCst), 1);
    }
    gated.gate.add_permits(1);
    let piece = pieces.next().await.unwrap().unwrap();
    assert!(piece.starts_with(b"event: message\n"), "{piece:?}");
    assert_eq!(gated.begun.load(Ordering::SeqCst), 1);
}
