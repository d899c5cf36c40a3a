//! A page in a real Chromium, driven over the DevTools protocol, and authenticators for its passkeys.
//!
//! The protocol's messages pass through a pipe, so that no port is open. Each page has a Chromium of its own, with an empty
//! profile. It reaches this machine alone, and ends with the page, or with the test's process.

mod authenticator;
mod page;
mod process;

pub use authenticator::Authenticator;
pub use page::Page;
