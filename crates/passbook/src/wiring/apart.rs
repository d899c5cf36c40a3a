//! The bank's side in another process: how gateway and notification reach its core bank.

use super::server_key::ServerKeys;
use crate::config::Config;
use anyhow::Context as _;
use axum::Router;
use core_bank::CoreBank;
use core_bank_rest::{Connection, Packages, RestBank};
use http_edge::{
    Admission, AdmissionSettings, Limits, Listener, OpenDoor, ServiceFiles, ServiceRole,
};
use operator::authority::service_files;
use operator::{DataDirectory, Side};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use types::{Clock, base64url};
use zeroize::Zeroizing;

/// How long a connection may take to come about.
const CONNECTED_IN: Duration = Duration::from_secs(3);

/// Time between two pings on a connection, and how long an answer may take: a bank that went away is noticed.
const PINGED: Duration = Duration::from_secs(5);

/// The other side: the bank's.
pub(crate) struct Apart {
    directory: PathBuf,
    /// Where this process listens to the services of the other.
    address: SocketAddr,
    core_bank: SocketAddr,
    security_stack: SocketAddr,
    server_keys: Arc<ServerKeys>,
}

impl Apart {
    /// The bank's side, if the configuration says that it runs apart.
    pub(super) fn configured(
        config: &Config,
        data: &DataDirectory,
    ) -> anyhow::Result<Option<Self>> {
        let services = &config.services;
        if services.side() != Some(Side::Passbook) {
            return Ok(None);
        }
        let (Some(directory), Some(core_bank), Some(security_stack)) = (
            &services.directory,
            services.core_bank,
            services.security_stack,
        ) else {
            return Ok(None);
        };
        Ok(Some(Self {
            directory: directory.clone(),
            address: services.address,
            core_bank,
            security_stack,
            server_keys: Arc::new(ServerKeys::of(data)?),
        }))
    }

    /// The key that the bank's relay shares with notification.
    pub(super) fn relay_key(&self) -> anyhow::Result<Zeroizing<[u8; 32]>> {
        relay_key(&self.directory)
    }

    /// The core bank as gateway reaches it, through the security stack; and as notification does, at its listener for services.
    pub(super) fn core_banks(
        &self,
        clock: Clock,
    ) -> anyhow::Result<(Arc<dyn CoreBank>, Arc<dyn CoreBank>)> {
        let files = service_files(&self.directory);
        let keys = self.server_keys.clone();
        let packages = Packages::new(
            Arc::new(move || keys.current()),
            self.security_stack.ip(),
            clock,
        );
        let (http, origin) = connection(&files, ServiceRole::CoreBank, self.security_stack)?;
        let guarded = Connection::new(http, origin).through_security_stack(packages);
        let (http, origin) = connection(&files, ServiceRole::CoreBank, self.core_bank)?;
        let direct = Connection::new(http, origin);
        Ok((
            Arc::new(RestBank::new(guarded)),
            Arc::new(RestBank::new(direct)),
        ))
    }

    /// The listener for the bank's relay.
    pub(super) async fn listener(&self) -> anyhow::Result<Listener> {
        let files = service_files(&self.directory);
        let (limits, door) = (Limits::default(), Arc::new(OpenDoor));
        let listener = Listener::bind_for_services(self.address, &files, limits, door).await?;
        let admission = Admission::new(AdmissionSettings::for_services(), Vec::new());
        Ok(listener.admitting(admission))
    }

    /// The operator's routes for the server keys. The caller protects them with the operator's token.
    pub(super) fn operator_routes(&self) -> Router {
        super::server_key::routes(self.server_keys.clone())
    }
}

/// The key between relay and notification, in the directory that `passbook ca issue` made.
pub(super) fn relay_key(directory: &Path) -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let path = operator::authority::relay_key(directory);
    let malformed = || format!("{} is missing, or no key", path.display());
    let text = std::fs::read_to_string(&path).map(Zeroizing::new);
    let text = text.with_context(malformed)?;
    let bytes = base64url::decode(text.trim_end()).map(Zeroizing::new);
    let key = <[u8; 32]>::try_from(bytes.with_context(malformed)?.as_slice());
    key.map(Zeroizing::new).with_context(malformed)
}

/// A client of the services of one role at an address, and the origin of their routes. All its calls share one connection.
pub(super) fn connection(
    files: &ServiceFiles,
    role: ServiceRole,
    at: SocketAddr,
) -> anyhow::Result<(reqwest::Client, String)> {
    let client = reqwest::Client::builder()
        .no_proxy()
        // A package has the server key in its header.
        .redirect(reqwest::redirect::Policy::none())
        .https_only(true)
        .tls_backend_preconfigured(files.connector()?)
        .http2_prior_knowledge()
        .http2_keep_alive_interval(PINGED)
        .http2_keep_alive_timeout(PINGED)
        .http2_keep_alive_while_idle(true)
        .connect_timeout(CONNECTED_IN)
        .resolve(&role.host(), at)
        .build()?;
    Ok((client, format!("https://{}:{}", role.host(), at.port())))
}
