//! Enrolment, devices, channel tokens, revocation: who is a customer's device.
//!
//! A customer enrols a device with a one-time activation code; the device proves that it holds three keys. ciam states
//! the device, has the broker open the customer's channel and notification make the grant, and answers with a channel
//! token and everything that the device starts with. A device is revoked in the design's order: committed under a
//! growing number, then rekeyed, and only then is "revoked" answered.
//!
//! Invariants:
//! - Code and device are one transaction: a code makes one device, and a device whose answer was lost asks again and is
//!   answered the same.
//! - Statements and revocations share one growing number, so that "revocations after this statement" is well defined. No
//!   number comes back with another meaning, also where an older copy of the database is put back.
//! - What another service failed to do is done later, without the caller: [`Ciam::run`].
//! - A device statement is signed only by a key that the root's trust list has valid.
//! - Codes are kept as HMACs, customer numbers sealed, private keys wrapped. None of them is logged or printed, nor is a
//!   token.
//! - Every act writes its audit record in the act's own transaction.
//!
//! ```no_run
//! # use ciam::{Ciam, Failure, Neighbours, Settings};
//! # use std::path::Path;
//! # async fn serve(path: &Path, neighbours: Neighbours) -> Result<axum::Router, Failure> {
//! let ciam = Ciam::open(path, Settings::new("https://bank.example"), neighbours).await?;
//! // The root has to list `ciam.signing_keys()` before a device can be enrolled.
//! let background = ciam.clone();
//! tokio::spawn(async move { background.run().await });
//! Ok(ciam::http::routes(ciam))
//! # }
//! ```

mod activation;
mod audit_log;
mod challenges;
mod ciam;
mod devices;
mod enrolment;
mod erasure;
mod errors;
mod former_statements;
pub mod http;
mod key_making;
mod keys;
pub mod ports;
mod resume;
mod revocation;
mod settings;
mod statement;
mod store;
mod token_issuer;

pub use activation::NewCode;
pub use ciam::{Ciam, Neighbours};
pub use devices::{Device, NumberedStatement};
pub use erasure::Erased;
pub use errors::{EnrolError, Failure, IssueCodeError, RenewError, RevokeError};
pub use resume::Resumed;
pub use revocation::Revocation;
pub use settings::Settings;
