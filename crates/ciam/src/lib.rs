//! Enrolment, devices, passkeys, logins, tokens, revocation; the OpenID provider for the bank's other apps; the bank's staff.
//!
//! A customer enrols a device with a one-time activation code. The device proves that it has three keys. ciam states
//! the device, has the broker open the customer's channel and notification make the grant, and answers with a channel
//! token and everything else that the device starts with. Revoking a device follows a fixed order: ciam commits the
//! revocation under an increasing number, notification numbers the rekey, and only then does ciam confirm the
//! revocation.
//!
//! Invariants:
//! - Code and device are one transaction: a code enrols one device. A device whose answer was lost repeats its request
//!   and gets the same answer.
//! - Statements and revocations share one increasing number, so that "revocations after this statement" is well
//!   defined. No number is used twice, even after an older copy of the database is restored.
//! - If another service fails, its step is done later without the caller: [`Ciam::run`].
//! - Only keys that are valid on the root's trust list sign device statements.
//! - An attestation refuses no enrolment. What it proves is the verdict in the device statement.
//! - Codes are stored as HMACs, customer numbers sealed, private keys wrapped. Neither they nor tokens are logged or
//!   printed.
//! - A passkey's challenge is for one device and one ceremony, and is answered once. A login is refused in the same way
//!   whatever is wrong with the passkey.
//! - A password logs nobody in without a code of the customer's authenticator app, and a code does so once.
//! - A session's tokens are worth nothing without the session key of its device.
//! - What a browser without keys keeps lets it read, for an hour at most, in that browser alone, and while the customer has a
//!   device that heard of it.
//! - Where an outside provider logs people in, no passkey does. Its code and its ID token are worth nothing on another device
//!   than the one that began the login.
//! - A customer who stopped everything has no device and no session, and gets none until the operator ends the stop.
//! - Only the browser that began an authorization for a client goes on with it. A code is redeemed once, by its client, and
//!   what came of it ends with the person's consent.
//! - What somebody of the staff does is judged by the bank's policies in the transaction that does it, and what takes two is done in
//!   the transaction in which another one approves it. A token of theirs is worth nothing without their session key.
//! - Every action writes its audit record in its own transaction.
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
mod adding;
mod attesting;
mod audit_log;
mod bank_actor;
mod calls;
mod ceremonies;
mod challenge_lifetime;
mod challenges;
mod ciam;
mod devices;
mod endpoint;
mod enrolment;
mod erasure;
mod errors;
mod former_statements;
pub mod http;
mod key_making;
mod keys;
mod login;
mod openid;
mod outside;
mod own_devices;
mod passkey_errors;
mod passkeys;
mod password_errors;
mod password_hashing;
mod password_login;
mod password_rules;
mod passwords;
mod plain_pages;
pub mod ports;
mod raising;
mod random;
mod refusals;
mod remembered;
mod resume;
mod revocation;
mod sent_codes;
mod session_errors;
mod sessions;
mod settings;
mod staff;
mod statement;
mod stopping;
mod store;
mod telling;
mod token_issuer;

pub use activation::NewCode;
pub use calls::CallError;
pub use ciam::{Ciam, Neighbours};
pub use devices::{Device, NumberedStatement, StatedDevice};
pub use erasure::{EraseError, Erased};
pub use errors::{
    EnrolError, Failure, IssueCodeError, RenewError, ResumeError, RevokeError, StopError,
};
pub use openid::{
    AuthorizationError, Begun, Client, ClientError, ConsentError, Form, KeySource, OauthError,
    OpenIdSettings, Refusal,
};
pub use outside::{ClientSecret, ProviderError, ProviderLogoutError, ProviderSettings};
pub use passkey_errors::{MalformedPasskey, PasskeyError, RegisterPasskeyError};
pub use password_errors::PasswordError;
pub use password_rules::{PasswordRule, RefusedPasswords};
pub use plain_pages::{PlainBrowser, PlainReader};
pub use resume::Resumed;
pub use revocation::Revocation;
pub use session_errors::{LoginError, OwnDeviceError, SessionError};
pub use settings::{CLIENTS_ASK_THE_PROVIDER, LoginSettings, Settings};
pub use staff::{StaffError, StaffSettings, reopen_staff};
