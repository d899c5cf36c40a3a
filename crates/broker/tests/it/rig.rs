//! A broker on a log of its own, a writer of channels, and devices that connect over HTTP.

use broker::{Broker, Publication};
use bytes::Bytes;
use channel_log::ChannelLog;
use envelope::Head;
use futures_util::{Stream, StreamExt as _};
use http_edge::{DeviceGuard, Limits, Listener};
use log_embedded::{Config, EmbeddedLog};
use protocol::live::{Asked, Frame, LiveFrame, StreamParser};
use protocol::{Body, ChannelKind, Message, MessageKind};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use testkit::devices::{START, TestDevice, TestIssuer};
use testkit::http_client;
use tokio::sync::watch;
use types::{ChannelId, Generation, Number, Position};

/// Maximum wait. After it the test fails.
pub(crate) const GENEROUS: Duration = Duration::from_secs(60);

pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    let timed = tokio::time::timeout(GENEROUS, future).await;
    timed.unwrap_or_else(|_| panic!("{what}: timed out"))
}

pub(crate) fn channel(byte: u8) -> ChannelId {
    ChannelId::new([byte; 16])
}

pub(crate) fn at(number: u64) -> Position {
    Position::new(Generation::FIRST, Number::new(number).unwrap())
}

pub(crate) struct Rig {
    pub(crate) log: Arc<EmbeddedLog>,
    pub(crate) broker: Broker,
    pub(crate) issuer: Arc<TestIssuer>,
    pub(crate) guard: DeviceGuard,
    pub(crate) stop: watch::Sender<bool>,
    _directory: tempfile::TempDir,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut config = Config::new(directory.path(), Arc::new(|| START));
        config.segment_bytes = 4 << 20;
        let log = Arc::new(EmbeddedLog::open(config).unwrap());
        let issuer = TestIssuer::new();
        let guard = issuer.guard().await;
        let (stop, stopping) = watch::channel(false);
        let running = guard.clone();
        tokio::spawn(async move { running.run(stopping).await });
        Self {
            broker: Broker::new(Arc::<EmbeddedLog>::clone(&log)),
            log,
            issuer,
            guard,
            stop,
            _directory: directory,
        }
    }

    pub(crate) fn router(&self) -> axum::Router {
        broker::http::routes(self.broker.clone(), &self.guard, self.stop.subscribe())
    }

    /// Opens a customer's channel and publishes `count` messages there.
    pub(crate) async fn filled(&self, channel: ChannelId, count: u64) -> Writer {
        self.broker
            .open(channel, ChannelKind::Customer)
            .await
            .unwrap();
        let mut writer = Writer::new(channel);
        for _ in 0..count {
            self.publish(&mut writer).await;
        }
        writer
    }

    /// Publishes the writer's next message.
    pub(crate) async fn publish(&self, writer: &mut Writer) {
        let message = writer.next(200);
        self.broker.publish(message).await.unwrap();
    }

    /// Listens on loopback.
    pub(crate) async fn serve(&self) -> Server {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(loopback, None, Limits::default())
            .await
            .unwrap();
        let address = listener.address().unwrap();
        tokio::spawn(listener.serve(self.router(), self.stop.subscribe()));
        Server {
            address,
            client: http_client(),
            issuer: Arc::clone(&self.issuer),
        }
    }
}

/// The one writer of a channel.
pub(crate) struct Writer {
    pub(crate) head: Head,
    pub(crate) kind: MessageKind,
}

impl Writer {
    pub(crate) fn new(channel: ChannelId) -> Self {
        Self {
            head: Head::start(channel, Generation::FIRST),
            kind: MessageKind::Entry,
        }
    }

    /// The next message, with a body that contains channel and number.
    pub(crate) fn next(&mut self, bytes: usize) -> Publication {
        let number = self.head.number.next();
        let publication = message(&self.head, self.kind, number, bytes, "signed");
        let message = Message::parse(publication.message.clone()).unwrap();
        self.head = self.head.after(&message);
        publication
    }
}

/// A message after `head`, whatever its number.
pub(crate) fn message(
    head: &Head,
    kind: MessageKind,
    number: Number,
    bytes: usize,
    signature: &'static str,
) -> Publication {
    let mut body = format!("{} {} {number} ", head.channel, head.generation).into_bytes();
    body.resize(bytes.max(body.len()), b'.');
    let message = Message {
        number,
        kind,
        time: START,
        expires: None,
        body: Body::Bytes(body.into()),
        signature: Bytes::from_static(signature.as_bytes()),
    };
    Publication {
        channel: head.channel,
        generation: head.generation,
        message: message.encode().into(),
    }
}

/// Whether a message is the one that a [`Writer`] of `channel` published with that number.
pub(crate) fn is_message(bytes: &Bytes, channel: ChannelId, number: Number) -> bool {
    let message = Message::parse(bytes.clone()).unwrap();
    let text = format!("{channel} 1 {number} ");
    message.number == number && message.body.bytes().unwrap().starts_with(text.as_bytes())
}

/// A server on loopback, as devices reach it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
    issuer: Arc<TestIssuer>,
}

impl Server {
    pub(crate) async fn get(
        &self,
        device: &TestDevice,
        path: &str,
        accept: Option<&str>,
    ) -> reqwest::Response {
        let mut request = self.client.get(format!("http://{}{path}", self.address));
        for (name, value) in device.headers("GET", path, &self.issuer.nonce()) {
            request = request.header(name, value);
        }
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        in_time("an answer", request.send()).await.unwrap()
    }

    pub(crate) async fn head(&self, device: &TestDevice, path: &str) -> reqwest::Response {
        let mut request = self.client.head(format!("http://{}{path}", self.address));
        for (name, value) in device.headers("HEAD", path, &self.issuer.nonce()) {
            request = request.header(name, value);
        }
        in_time("an answer", request.send()).await.unwrap()
    }

    pub(crate) async fn stream(
        &self,
        device: &TestDevice,
        after: &[(ChannelId, Position)],
    ) -> Events {
        let asked = Asked::new(after.to_vec()).unwrap();
        let response = self
            .get(
                device,
                &format!("/v1/live?after={asked}"),
                Some("text/event-stream"),
            )
            .await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events {
            parser: StreamParser::new(asked),
            bytes: Box::pin(response.bytes_stream()),
            frames: VecDeque::new(),
        }
    }
}

/// A stream as a device reads it.
pub(crate) struct Events {
    parser: StreamParser,
    bytes: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    frames: VecDeque<LiveFrame>,
}

impl Events {
    /// The next frame. `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<LiveFrame> {
        in_time("a frame", async {
            while self.frames.is_empty() {
                let bytes = self.bytes.next().await?.unwrap();
                self.frames.extend(self.parser.push(&bytes).unwrap());
            }
            self.frames.pop_front()
        })
        .await
    }

    pub(crate) async fn frame(&mut self) -> Frame {
        self.next().await.expect("the stream ended").frame
    }

    /// Reads to the end, and returns the last frame.
    pub(crate) async fn end(&mut self) -> Option<Frame> {
        let mut last = None;
        while let Some(frame) = self.next().await {
            last = Some(frame.frame);
        }
        last
    }

    /// Reads one message of `channel`, which must have that number.
    pub(crate) async fn message(&mut self, channel: ChannelId, number: u64) {
        match self.frame().await {
            Frame::Message {
                channel: of,
                message,
                ..
            } => {
                assert_eq!(of, channel);
                assert!(is_message(&message, channel, Number::new(number).unwrap()));
            }
            other => panic!("{other:?} where message {number} of {channel} was due"),
        }
    }

    /// Reads the frame that confirms that all of `channel` was sent.
    pub(crate) async fn position(&mut self, channel: ChannelId, number: u64) {
        let position = Frame::Position {
            channel,
            generation: Generation::FIRST,
            number: Number::new(number).unwrap(),
        };
        assert_eq!(self.frame().await, position);
    }
}

/// The hash of the channel's newest message, as the log has it.
pub(crate) async fn newest(log: &EmbeddedLog, channel: ChannelId) -> channel_log::ChannelHead {
    log.head(channel).await.unwrap()
}
