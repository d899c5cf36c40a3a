//! The native platforms.

use crate::backoff::Backoff;
use crate::http::HttpTransport;
use crate::store::SqliteStore;
use client::{
    FrameError, Opened, Platform, Ports, Request, Response, SoftwareKeys, Transport, TransportError,
};
use futures_util::stream::Empty;
use protocol::live::{Asked, Frame};
use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};
use types::Clock;

/// A device on SQLite, reqwest, tokio and software keys.
pub enum Native {}

impl Platform for Native {
    type Store = SqliteStore;
    type Keys = SoftwareKeys;
    type Transport = HttpTransport;
    type Timer = Backoff;
}

/// A device that shows the content of its store, and has no network.
pub enum Offline {}

impl Platform for Offline {
    type Store = SqliteStore;
    type Keys = SoftwareKeys;
    type Transport = NoNetwork;
    type Timer = Backoff;
}

/// A transport without a network.
#[derive(Debug, Clone, Copy)]
pub struct NoNetwork;

impl Transport for NoNetwork {
    type Frames = Empty<Result<Frame, FrameError>>;

    fn public_url(&self) -> &str {
        ""
    }

    async fn send(&self, _request: Request) -> Result<Response, TransportError> {
        Err(TransportError::new("this device has no network"))
    }

    async fn open(
        &self,
        _request: Request,
        _asked: &Asked,
    ) -> Result<Opened<Self::Frames>, TransportError> {
        Err(TransportError::new("this device has no network"))
    }
}

/// The ports of one device, with a random generator seeded from the system.
pub fn ports<P>(
    store: SqliteStore,
    keys: SoftwareKeys,
    transport: P::Transport,
    timer: Backoff,
    clock: Clock,
) -> Result<Ports<P, StdRng>, rand::rngs::SysError>
where
    P: Platform<Store = SqliteStore, Keys = SoftwareKeys, Timer = Backoff>,
{
    let rng = StdRng::try_from_rng(&mut SysRng)?;
    Ok(Ports::new(store, keys, (transport, timer), clock, rng))
}
