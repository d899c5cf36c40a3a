//! What a device needs from a browser: its store in IndexedDB, keys in WebCrypto, passkeys, fetch, timers.
//!
//! A worker has the store, the keys, the network and the timers. Only a page can have the person use a passkey, so the
//! keys get that passed in ([`Ceremonies`]).
//!
//! Invariants: The private keys are not extractable. Nothing is stored in the clear: records are sealed by the client, the
//! inbox key by a key of the browser, the storage key by what the person knows or has ([`Vault`]). A commit is one
//! transaction, which is given whole to the browser before anything else is awaited. The lease is a Web Lock, which the
//! browser releases when it ends the tab.
//!
//! The crate compiles natively, so that the workspace is one; it works in a browser alone, and its tests run there.

mod browser_error;
mod fetch;
mod indexed_db;
mod keys;
mod opening;
mod passkeys;
mod random;
mod store;
mod timer;
mod vault;
mod web_lock;

pub use browser_error::BrowserError;
pub use fetch::{FetchTransport, origin};
pub use keys::{BrowserKeys, Ceremonies};
pub use opening::{Database, OpenError};
pub use passkeys::{Prf, assert_passkey, make_passkey, make_unlocking_passkey, unlocking_passkey};
pub use random::BrowserRandom;
pub use store::BrowserStore;
pub use timer::{BrowserTimer, clock};
pub use vault::{Lock, Vault, VaultError};
pub use web_lock::WebLock;

use client::Platform;
use std::marker::PhantomData;

/// A device in a browser, whose passkeys `C` has the person use.
pub struct Browser<C>(PhantomData<C>);

impl<C: Ceremonies> Platform for Browser<C> {
    type Store = BrowserStore;
    type Keys = BrowserKeys<C>;
    type Transport = FetchTransport;
    type Timer = BrowserTimer;
}
