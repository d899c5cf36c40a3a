//! A reader that accepts no bytes costs a position: no buffer grows, and nobody waits for it.

use crate::rig::{Rig, at, channel, in_time};
use async_trait::async_trait;
use broker::Broker;
use channel_log::{
    Append, AppendError, Appended, ChannelHead, ChannelLog, LogChannelKind, LogError, Read,
    ReadLimit, Watch, WatchError,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use types::{ChannelId, Generation, Position};

const LARGE: usize = 60_000;
const MESSAGES: u64 = 600;

/// The log, counting how many bytes of one channel were read from it.
struct Counting {
    log: Arc<log_embedded::EmbeddedLog>,
    channel: ChannelId,
    read: AtomicUsize,
}

#[async_trait]
impl ChannelLog for Counting {
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
        let read = self.log.read(channel, after, limit).await?;
        if let Read::Records { records, .. } = &read
            && channel == self.channel
        {
            let bytes = records.iter().map(|record| record.bytes.len()).sum();
            self.read.fetch_add(bytes, Ordering::SeqCst);
        }
        Ok(read)
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_accepts_nothing_costs_a_position() {
    let mut rig = Rig::new().await;
    let (slow, fast) = (channel(1), channel(2));
    let counting = Arc::new(Counting {
        log: Arc::clone(&rig.log),
        channel: slow,
        read: AtomicUsize::new(0),
    });
    rig.broker = Broker::new(Arc::<Counting>::clone(&counting));
    let mut writers = [rig.filled(slow, 0).await, rig.filled(fast, 0).await];
    let device = rig.issuer.device(&[slow, fast]);
    let server = rig.serve().await;

    let path = format!("/v1/live?after={slow}:1.0");
    let mut stalled = TcpStream::connect(server.address).await.unwrap();
    let mut request = format!("GET {path} HTTP/1.0\r\nHost: bank\r\n");
    for (name, value) in device.headers("GET", &path, &rig.issuer.nonce()) {
        request += &format!("{name}: {value}\r\n");
    }
    stalled
        .write_all((request + "\r\n").as_bytes())
        .await
        .unwrap();

    let mut stream = server.stream(&device, &[(fast, at(0))]).await;
    stream.position(fast, 0).await;
    for number in 1..=MESSAGES {
        for writer in &mut writers {
            let message = writer.next(LARGE);
            rig.broker.publish(message).await.unwrap();
        }
        stream.message(fast, number).await;
    }
    let total = usize::try_from(MESSAGES).unwrap() * LARGE;
    let read = counting.read.load(Ordering::SeqCst);
    println!("{read} of {total} bytes were read for a reader that accepts nothing");
    assert!(
        read > 0 && read < total / 2,
        "{read} of {total} bytes are in buffers"
    );

    // The buffered bytes, mostly the kernel's, come first, then everything else, read from the position.
    let mut text = Vec::new();
    let mut pieces = [0; 64 * 1024];
    let last = format!("id: 1.{MESSAGES}\n");
    in_time("catching up", async {
        while !text
            .windows(last.len())
            .any(|window| window == last.as_bytes())
        {
            let taken = stalled.read(&mut pieces).await.unwrap();
            assert!(taken > 0, "the stream ended");
            let kept = text.len().saturating_sub(last.len());
            let events = pieces[..taken].iter().copied();
            text.drain(..kept);
            text.extend(events);
        }
    })
    .await;
    assert!(counting.read.load(Ordering::SeqCst) >= total);
}
