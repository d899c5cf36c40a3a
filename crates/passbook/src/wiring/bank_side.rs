//! The bank's side in a process of its own: the core bank for development behind its security stack.

use super::alerts::Administrators;
use super::apart::relay_key;
use super::door;
use super::letterbox::Letterbox;
use super::messaging::BankMessages;
use super::remote_events::RemoteEvents;
use super::sandbox::Sandbox;
use crate::config::Config;
use crate::deployment::Deployment;
use anyhow::Context as _;
use axum::Router;
use core_bank::CoreBank;
use core_bank_rest::{NOTIFICATION_CALLS, SERVICE_BROKER_CALLS, concerned, routes};
use envelope::RelayKeys;
use http_edge::{OperatorToken, ServiceRole, only_for};
use operator::DataDirectory;
use protocol::package::Concerned;
use security_stack::ports::{Alerts, Calls, Unreadable};
use security_stack::{Firewall, Neighbours, SecurityStack, Settings};
use std::sync::Arc;
use tokio::sync::watch;
use types::{Clock, KeyEpoch};

/// Maximum size of a call's body in bytes.
const CALL_BYTES_MAX: usize = 256 * 1024;

/// The services of the bank's side.
pub(crate) struct BankSide {
    pub(crate) sandbox: Sandbox,
    pub(crate) stack: SecurityStack,
    messages: Option<BankMessages>,
}

/// The calls of the adapter that the sandbox serves.
struct RestCalls;

impl Calls for RestCalls {
    fn concerned(&self, path: &str, body: &[u8]) -> Result<Concerned, Unreadable> {
        concerned(path, body).map_err(|error| Unreadable(types::error_chain(&error)))
    }
}

impl BankSide {
    /// Opens everything in the data directory. Creates it for a new deployment.
    pub(crate) async fn open(
        config: &Config,
        (directory, deployment): (&DataDirectory, &Deployment),
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let services = &config.services;
        let (Some(certificates), Some(pubsub)) = (&services.directory, services.pubsub) else {
            anyhow::bail!("services.directory and services.pubsub are not set");
        };
        let vault = Arc::new(deployment.open_vault(directory).await?);
        let keys = RelayKeys::derive(&*relay_key(certificates)?, KeyEpoch::FIRST);
        let sink = Arc::new(RemoteEvents::new(certificates, pubsub)?);
        let sandbox = Sandbox::open(config, directory, (keys, sink), clock.clone()).await?;
        let settings = Settings {
            service_brokers: config
                .security_stack
                .service_brokers
                .iter()
                .copied()
                .collect(),
            firewall: Firewall {
                calls: SERVICE_BROKER_CALLS
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                body_bytes_max: CALL_BYTES_MAX,
            },
        };
        let messages = BankMessages::open(config, (directory, &*vault), clock.clone()).await?;
        let alerts: Arc<dyn Alerts> = match &messages {
            Some(messages) => {
                let messaging = messages.messaging.clone();
                Arc::new(Administrators::new(messaging, &config.security_stack))
            }
            None => Arc::new(Letterbox::new(directory.path().to_owned(), clock.clone())),
        };
        let neighbours = Neighbours {
            vault: vault.clone(),
            alerts,
            calls: Arc::new(RestCalls),
            clock,
        };
        let location = directory.security_stack_database();
        let stack = SecurityStack::open(location, settings, neighbours).await;
        let stack = stack.context("the security stack")?;
        deployment.name_parts(directory, &vault).await?;
        Ok(Self {
            sandbox,
            stack,
            messages,
        })
    }

    fn core_bank(&self) -> Arc<dyn CoreBank> {
        Arc::new(self.sandbox.bank.clone())
    }

    /// The routes of the stack's listener: the service broker's calls.
    pub(crate) fn guarded_routes(&self) -> Router {
        security_stack::http::guard(&self.stack, routes(self.core_bank(), SERVICE_BROKER_CALLS))
    }

    /// The routes of the listener for services: notification's calls.
    pub(crate) fn service_routes(&self) -> Router {
        let calls = routes(self.core_bank(), NOTIFICATION_CALLS);
        only_for(ServiceRole::Notification, calls)
    }

    /// The routes of the operator's listener, behind the token.
    pub(crate) fn operator_routes(&self, token: &OperatorToken) -> Router {
        let sandbox = sandbox_bank::http::operator_routes(self.sandbox.bank.clone());
        token.guard(sandbox.merge(door::routes(self.stack.clone())))
    }

    /// Runs until `stop` becomes true, then finishes the work in progress. Returns an error if a disk or a database failed.
    pub(crate) async fn run(&self, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        let messages = self.messages.as_ref();
        let failed = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => None,
            error = self.sandbox.run(async {}) => Some(error),
            () = self.stack.stopped() => Some(anyhow::anyhow!("the security stack's database stopped")),
            () = BankMessages::stopped(messages) => Some(anyhow::anyhow!("the database of messages stopped")),
            () = BankMessages::run(messages) => Some(anyhow::anyhow!("nobody sends messages any more")),
            () = self.stack.run() => Some(anyhow::anyhow!("the security stack ended by itself")),
        };
        if let Some(error) = failed {
            return Err(error);
        }
        self.stack.close().await;
        BankMessages::close(messages).await;
        self.sandbox.bank.close().await;
        Ok(())
    }
}
