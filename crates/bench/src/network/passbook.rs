//! Passbook's broker as a measured system: devices with real channel tokens and proofs, publishers at a listener that only
//! measurements open.

use super::broker::{AUDIENCE, Given, OPEN_CUSTOMERS, OPEN_EVERYBODYS, PUBLISH, Ready};
use super::system::{Follow, Publish, Read, System};
use crate::device::{Phone, client_from, key, succeeded};
use crate::messages::{Audience, Published};
use crate::reader::Reader;
use crate::running::Running;
use anyhow::Context as _;
use envelope::{Signer as _, SoftwareKey};
use rand::RngExt as _;
use reqwest::{Client, RequestBuilder};
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use token::ChannelToken;
use tokio::process::Command;
use tokio::sync::OnceCell;
use types::{ChannelId, Clock, DeviceId, base64url};

const DAY_MS: u64 = 86_400_000;

/// A broker in a process of its own.
pub(crate) struct Passbook {
    running: Running,
    ready: Ready,
    publisher_token: String,
    issuer: SoftwareKey,
    client: Client,
    nonce: OnceCell<String>,
    clock: Clock,
}

impl Passbook {
    /// Starts a broker with its log in `directory`.
    pub(crate) async fn start(directory: &Path, clock: &Clock) -> anyhow::Result<Self> {
        let issuer = key()?;
        let given = Given {
            publisher_token: base64url::encode(&rand::rng().random::<[u8; 32]>()),
            issuer: *issuer.public_key(),
        };
        let mut file = std::fs::File::options()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(Given::file(directory))?;
        file.write_all(&serde_json::to_vec(&given)?)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", "broker"]).arg(directory);
        let (running, ready) = Running::start(command, &directory.join("broker.log")).await?;
        Ok(Self {
            running,
            ready: serde_json::from_str(&ready)?,
            publisher_token: given.publisher_token,
            issuer,
            client: client_from(Ipv4Addr::LOCALHOST)?,
            nonce: OnceCell::new(),
            clock: clock.clone(),
        })
    }

    /// Asks it to end, and waits for it.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.running.stop().await
    }

    /// A new device whose token opens `channel`.
    fn device(&self, channel: ChannelId) -> anyhow::Result<Phone> {
        let session = key()?;
        let now = (self.clock)();
        let device = DeviceId::at(now, rand::rng().random());
        let token = ChannelToken {
            issuer: self.ready.public.clone(),
            audience: AUDIENCE.into(),
            subject: "customer".into(),
            device,
            channels: vec![channel],
            session: session.public_key().thumbprint(),
            issued: now,
            expires: now.plus_ms(DAY_MS),
            id: device.to_string(),
        };
        let token = token.sign(&self.issuer)?;
        let client = self.client.clone();
        let credentials = (session, token);
        Ok(Phone::with_token(
            client,
            &self.ready.public,
            credentials,
            channel,
            &self.clock,
        ))
    }

    async fn nonce(&self, device: &Phone) -> anyhow::Result<&str> {
        let nonce = self.nonce.get_or_try_init(|| device.nonce());
        Ok(nonce.await?)
    }

    fn to_publishers(&self, client: &Client, path: &str) -> RequestBuilder {
        client
            .post(format!("http://{}{path}", self.ready.publishers))
            .bearer_auth(&self.publisher_token)
    }
}

impl System for Passbook {
    type Publisher = Publisher;
    type Stream = Reader;
    type Reading = Reading;

    fn process(&self) -> anyhow::Result<u32> {
        self.running.process().context("the broker has ended")
    }

    async fn open(&self, channels: &[ChannelId], audience: Audience) -> anyhow::Result<()> {
        let path = match audience {
            Audience::Customer => OPEN_CUSTOMERS,
            Audience::Everybody => OPEN_EVERYBODYS,
        };
        let ids: Vec<u8> = channels.iter().flat_map(|id| *id.as_bytes()).collect();
        let request = self.to_publishers(&self.client, path).body(ids);
        succeeded(request.send().await?).await?;
        Ok(())
    }

    async fn publisher(&self) -> anyhow::Result<Publisher> {
        let client = client_from(Ipv4Addr::LOCALHOST)?;
        let request = self.to_publishers(&client, PUBLISH);
        Ok(Publisher(request))
    }

    async fn follow(&self, channel: ChannelId, _: Audience, after: u64) -> anyhow::Result<Reader> {
        let device = self.device(channel)?;
        let nonce = self.nonce(&device).await?;
        let mut stream = device.live(after, nonce).await?;
        // The first frame says that the stream is live, since nothing was published after the number.
        stream.next().await?;
        Ok(stream)
    }

    async fn reading(&self, channel: ChannelId) -> anyhow::Result<Reading> {
        let device = self.device(channel)?;
        let nonce = self.nonce(&device).await?;
        Ok(Reading(device.live_request(0, nonce)?))
    }
}

/// A publisher: its request, of which each publishing is a copy with other messages.
pub(crate) struct Publisher(RequestBuilder);

impl Publish for Publisher {
    async fn publish(&mut self, messages: Vec<Published>) -> anyhow::Result<()> {
        let mut body = Vec::new();
        for message in messages {
            body.extend_from_slice(message.channel.as_bytes());
            body.extend_from_slice(&u32::try_from(message.bytes.len())?.to_be_bytes());
            body.extend_from_slice(&message.bytes);
        }
        let request = self.0.try_clone().context("a request without a body")?;
        succeeded(request.body(body).send().await?).await?;
        Ok(())
    }

    async fn broadcast(&mut self, message: Published) -> anyhow::Result<()> {
        self.publish(vec![message]).await
    }
}

impl Follow for Reader {
    async fn next(&mut self) -> anyhow::Result<usize> {
        Self::next(self).await
    }
}

/// A device's request, with its proof.
pub(crate) struct Reading(RequestBuilder);

impl Read for Reading {
    async fn read(self, messages: usize) -> anyhow::Result<()> {
        let answer = succeeded(self.0.send().await?).await?;
        Reader::new(answer).messages(messages).await
    }
}
