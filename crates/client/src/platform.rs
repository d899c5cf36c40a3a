//! An app's platform: its store, its keys, its network and its timers.

use crate::keys::Keys;
use crate::store::Store;
use crate::transport::{Timer, Transport};
use rand_core::CryptoRng;
use types::Clock;

/// The adapters of one platform. The implementing type is only a name for the four.
pub trait Platform {
    /// The store of records.
    type Store: Store;
    /// The device's keys.
    type Keys: Keys;
    /// The network.
    type Transport: Transport;
    /// The timer.
    type Timer: Timer;
}

/// The ports of one device.
pub struct Ports<P: Platform, R> {
    /// Its store, which no other device shares.
    pub store: P::Store,
    /// Its keys.
    pub keys: P::Keys,
    /// The network to the bank.
    pub transport: P::Transport,
    /// Waiting, and the monotonic clock for intervals.
    pub timer: P::Timer,
    /// The device's clock: the time of day. No interval and no check depends on it.
    pub clock: Clock,
    /// Randomness, for nonces and for sealing the store.
    pub rng: R,
}

impl<P: Platform, R: CryptoRng + 'static> Ports<P, R> {
    /// Makes the ports with `rng` as the source of randomness.
    pub fn new(
        store: P::Store,
        keys: P::Keys,
        (transport, timer): (P::Transport, P::Timer),
        clock: Clock,
        rng: R,
    ) -> Self {
        Self {
            store,
            keys,
            transport,
            timer,
            clock,
            rng,
        }
    }
}
