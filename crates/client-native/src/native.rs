//! The platform by its name.

use crate::backoff::Backoff;
use crate::http::HttpTransport;
use crate::store::SqliteStore;
use client::{Platform, Ports, SoftwareKeys};
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

/// The ports of one device, with a generator that the system's randomness has seeded.
pub fn ports(
    store: SqliteStore,
    keys: SoftwareKeys,
    transport: HttpTransport,
    timer: Backoff,
    clock: Clock,
) -> Result<Ports<Native, StdRng>, rand::rngs::SysError> {
    let rng = StdRng::try_from_rng(&mut SysRng)?;
    Ok(Ports::new(store, keys, (transport, timer), clock, rng))
}
