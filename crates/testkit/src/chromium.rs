//! Pages in a real Chromium, driven over the DevTools protocol, and authenticators for their passkeys.
//!
//! The protocol's messages pass through a pipe, so that no port is open. A [`Page`] that is opened alone has a Chromium of its
//! own, with an empty profile; a [`Browser`] has several pages, and a [`Profile`] that outlives it. It reaches this machine
//! alone, and ends with the last of its pages, or with the test's process.
//!
//! Whatever a test waits for is a condition: an event, an element, or a script's value.

mod accessibility;
mod authenticator;
mod browser;
mod connection;
mod emulation;
mod input;
mod page;
mod process;
mod storage;

pub use authenticator::Authenticator;
pub use browser::Browser;
pub use emulation::Look;
pub use page::Page;
pub use process::Profile;
