//! Redis as a measured system: a stream for each channel, every write on the disk before it is answered.
//!
//! A broadcast is written to the channel's stream and published in the same pipeline: Redis answers and delivers both after
//! the sync of the append-only file.

use super::system::{Follow, Publish, Read, System};
use crate::messages::{Audience, Published};
use crate::running::terminate;
use crate::servers::free_ports;
use anyhow::{Context as _, bail, ensure};
use futures_util::StreamExt as _;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::{AsyncConnectionConfig, Client, Cmd, Value, cmd, pipe};
use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use types::ChannelId;

/// How often Redis is asked whether it is ready, and how long between.
const TRIES_MAX: u32 = 500;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// The field of a stream's entry that has the message.
const FIELD: &str = "m";

/// How many entries one read takes, as the broker's streams do.
const READ_MAX: usize = 100;

/// A Redis server in a process of its own.
pub(crate) struct Redis {
    child: Child,
    client: Client,
}

impl Redis {
    /// Starts Redis with its files in `directory`.
    pub(crate) async fn start(directory: &Path) -> anyhow::Result<Self> {
        let [address, _] = free_ports()?;
        let log = std::fs::File::create(directory.join("redis.log"))?;
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &address.port().to_string()])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            .args(["--save", "", "--maxclients", "19000", "--dir"])
            .arg(directory)
            .stdin(Stdio::null())
            .stdout(log)
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        let child = match child {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => bail!(
                "redis-server is not installed; install Redis 7, on Debian with `apt-get install redis-server`"
            ),
            Err(error) => return Err(error).context("redis-server cannot be started"),
        };
        let client = Client::open(format!("redis://{address}/"))?;
        let redis = Self { child, client };
        redis.wait().await?;
        Ok(redis)
    }

    /// Waits until it answers, and checks its version.
    async fn wait(&self) -> anyhow::Result<()> {
        for _ in 0..TRIES_MAX {
            if let Ok(mut connection) = self.connect().await {
                let info: String = cmd("INFO")
                    .arg("server")
                    .query_async(&mut connection)
                    .await?;
                let mut lines = info.lines();
                let version = lines.find_map(|line| line.strip_prefix("redis_version:"));
                let version = version.unwrap_or_default();
                ensure!(
                    version.starts_with("7."),
                    "redis-server has version {version}; install Redis 7"
                );
                return Ok(());
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        bail!("redis-server did not become ready")
    }

    async fn connect(&self) -> anyhow::Result<MultiplexedConnection> {
        // A device waits for messages as long as it takes.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        Ok(connecting.await?)
    }

    /// Asks it to end, and waits for it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        terminate(&self.child)?;
        self.child.wait().await?;
        Ok(())
    }
}

impl System for Redis {
    type Publisher = Publisher;
    type Stream = Stream;
    type Reading = Reading;

    fn process(&self) -> anyhow::Result<u32> {
        self.child.id().context("Redis has ended")
    }

    /// A stream is made by its first entry.
    async fn open(&self, _: &[ChannelId], _: Audience) -> anyhow::Result<()> {
        Ok(())
    }

    async fn publisher(&self) -> anyhow::Result<Publisher> {
        Ok(Publisher(self.connect().await?))
    }

    async fn follow(
        &self,
        channel: ChannelId,
        audience: Audience,
        after: u64,
    ) -> anyhow::Result<Stream> {
        if audience == Audience::Everybody {
            let mut subscription = self.client.get_async_pubsub().await?;
            subscription.subscribe(channel.as_bytes()).await?;
            return Ok(Stream::Subscription(subscription));
        }
        let connection = self.connect().await?;
        Ok(Stream::Entries {
            connection,
            channel,
            after: id(after),
        })
    }

    async fn reading(&self, channel: ChannelId) -> anyhow::Result<Reading> {
        let client = self.client.clone();
        Ok(Reading { client, channel })
    }
}

/// The id of a stream's entry.
fn id(number: u64) -> String {
    format!("1-{number}")
}

fn add(message: &Published) -> Cmd {
    let mut add = cmd("XADD");
    add.arg(message.channel.as_bytes())
        .arg(id(message.number))
        .arg(FIELD)
        .arg(&*message.bytes);
    add
}

/// A connection on which messages are written.
pub(crate) struct Publisher(MultiplexedConnection);

impl Publish for Publisher {
    async fn publish(&mut self, messages: Vec<Published>) -> anyhow::Result<()> {
        let mut pipeline = pipe();
        for message in &messages {
            pipeline.add_command(add(message)).ignore();
        }
        pipeline.query_async::<()>(&mut self.0).await?;
        Ok(())
    }

    async fn broadcast(&mut self, message: Published) -> anyhow::Result<()> {
        let mut publish = cmd("PUBLISH");
        publish.arg(message.channel.as_bytes()).arg(&*message.bytes);
        let mut pipeline = pipe();
        pipeline.add_command(add(&message)).ignore();
        pipeline.add_command(publish).ignore();
        pipeline.query_async::<()>(&mut self.0).await?;
        Ok(())
    }
}

/// What a device follows.
pub(crate) enum Stream {
    Entries {
        connection: MultiplexedConnection,
        channel: ChannelId,
        after: String,
    },
    Subscription(PubSub),
}

impl Follow for Stream {
    async fn next(&mut self) -> anyhow::Result<usize> {
        match self {
            Self::Entries {
                connection,
                channel,
                after,
            } => {
                let mut read = cmd("XREAD");
                read.arg("COUNT").arg(READ_MAX).arg("BLOCK").arg(0);
                read.arg("STREAMS").arg(channel.as_bytes()).arg(&*after);
                let (count, last) = entries(read.query_async(connection).await?)?;
                *after = last;
                Ok(count)
            }
            Self::Subscription(subscription) => {
                let message = subscription.on_message().next().await;
                message.context("Redis ended a subscription")?;
                Ok(1)
            }
        }
    }
}

/// A device that is about to connect.
pub(crate) struct Reading {
    client: Client,
    channel: ChannelId,
}

impl Read for Reading {
    async fn read(self, messages: usize) -> anyhow::Result<()> {
        let mut connection = self.client.get_multiplexed_async_connection().await?;
        let (mut counted, mut after) = (0, id(0));
        while counted < messages {
            let mut read = cmd("XREAD");
            read.arg("COUNT").arg(messages);
            read.arg("STREAMS").arg(self.channel.as_bytes()).arg(&after);
            let (more, last) = entries(read.query_async(&mut connection).await?)?;
            counted += more;
            after = last;
        }
        Ok(())
    }
}

/// How many entries of one stream an answer to `XREAD` has, and the last one's id.
fn entries(answer: Value) -> anyhow::Result<(usize, String)> {
    let counted = || {
        let (_, entries) = first_pair(&answer)?;
        let Value::Array(entries) = entries else {
            return None;
        };
        let Some(Value::Array(last)) = entries.last() else {
            return None;
        };
        let Some(Value::BulkString(id)) = last.first() else {
            return None;
        };
        Some((entries.len(), String::from_utf8(id.clone()).ok()?))
    };
    counted().context("an answer to XREAD has entries of one stream")
}

/// The first stream of an answer (RESP2: an array of arrays).
fn first_pair(answer: &Value) -> Option<(&Value, &Value)> {
    let Value::Array(streams) = answer else {
        return None;
    };
    let Some(Value::Array(stream)) = streams.first() else {
        return None;
    };
    Some((stream.first()?, stream.get(1)?))
}
