//! The bank's side in a process of its own, and the line to it, which may be cut.

use crate::scratch::Scratch;
use crate::servers::{Servers, free_ports};
use anyhow::Context as _;
use http_edge::{ServiceName, ServiceRole};
use operator::{DataDirectory, DatabaseUrl, Operator, authority, insist};
use protocol::http::{AddServerKey, ServerKeysAnswer, ValidServerKeys};
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use types::Clock;

/// The core bank behind its security stack.
pub(crate) struct Apart {
    /// The process of the bank's side.
    pub(crate) bank: Servers,
    /// The way from the service broker to the security stack.
    pub(crate) line: Line,
    node_settings: String,
}

impl Apart {
    /// Issues certificates to both sides, and writes the configuration of the bank's side.
    pub(crate) async fn prepare(
        scratch: &Scratch,
        url: Option<&DatabaseUrl>,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let at = |name: &str| scratch.path().join(name);
        let ca = at("authority");
        authority::make(&ca, clock)?;
        let issue = |node: &str, roles: &[ServiceRole], to: &Path| {
            let names = roles.iter().map(|role| ServiceName {
                role: *role,
                node: node.to_owned(),
            });
            let names: Vec<_> = names.collect();
            authority::issue(&ca, &names, to, clock)
        };
        let [core_bank, others @ ..] = ServiceRole::ALL;
        let (bank_service, node_service) = (at("bank-service"), at("node-service"));
        issue("bank-1", &[core_bank], &bank_service)?;
        issue("node-1", &others, &node_service)?;
        let [pubsub, services, stack] = free_ports()?;
        let bank_settings = format!(
            "[services]\nroles = [\"core-bank\"]\ndirectory = {}\naddress = \"{services}\"\npubsub = \"{pubsub}\"\n[security_stack]\naddress = \"{stack}\"\n",
            quoted(&bank_service)
        );
        let names = ("core-bank", "core-bank.toml", "core-bank.log");
        let bank = Servers::prepare_as(names, scratch, url, &bank_settings)?;
        let line = Line::between(stack).await?;
        let roles: Vec<_> = others
            .iter()
            .map(|role| format!("\"{}\"", role.as_str()))
            .collect();
        let node_settings = format!(
            "[services]\nroles = [{}]\ndirectory = {}\naddress = \"{pubsub}\"\ncore_bank = \"{services}\"\nsecurity_stack = \"{}\"\n",
            roles.join(", "),
            quoted(&node_service),
            line.address
        );
        Ok(Self {
            bank,
            line,
            node_settings,
        })
    }

    /// What the other side's configuration has to say.
    pub(crate) fn node_settings(&self) -> &str {
        &self.node_settings
    }

    /// The operator of the bank's side.
    pub(crate) fn operator(&self) -> anyhow::Result<Operator> {
        Operator::new(&self.bank.operator_url, &DataDirectory::at(&self.bank.data))
    }

    /// Has the security stack accept the service broker's key.
    pub(crate) async fn introduce(&self, service_broker: &Operator) -> anyhow::Result<()> {
        let keys: ServerKeysAnswer = insist(|| service_broker.get("server-keys")).await?;
        let key = AddServerKey { key: keys.current };
        let bank = self.operator()?;
        let valid: ValidServerKeys = insist(|| bank.send("stack/keys", &key)).await?;
        anyhow::ensure!(valid.keys.len() == 1, "the security stack accepts one key");
        Ok(())
    }
}

fn quoted(path: &Path) -> toml::Value {
    toml::Value::String(path.display().to_string())
}

/// A connection's way that may be cut: bytes are passed on unchanged until then.
pub(crate) struct Line {
    address: SocketAddr,
    cut: watch::Sender<u64>,
}

impl Line {
    /// A way to `to`, which ends with this value.
    async fn between(to: SocketAddr) -> anyhow::Result<Self> {
        let [address] = free_ports()?;
        let listener = TcpListener::bind(address).await?;
        let (cut, cuts) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let mut cuts = cuts.clone();
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    let Ok(mut to) = TcpStream::connect(to).await else {
                        return;
                    };
                    tokio::select! {
                        _ = copy_bidirectional(&mut from, &mut to) => {}
                        _ = cuts.changed() => {}
                    }
                });
            }
        });
        Ok(Self { address, cut })
    }

    /// Cuts all connections about every `mean`, until `done`. Returns how often.
    pub(crate) async fn keep_cutting(
        &self,
        (mean, mut random): (Duration, StdRng),
        mut done: watch::Receiver<bool>,
    ) -> anyhow::Result<u64> {
        loop {
            let pause = mean.mul_f64(random.random_range(0.2..1.0));
            tokio::select! {
                ended = done.wait_for(|done| *done) => {
                    ended.context("the replay ended early")?;
                    return Ok(*self.cut.borrow());
                }
                () = tokio::time::sleep(pause) => self.cut.send_modify(|cuts| *cuts += 1),
            }
        }
    }
}
