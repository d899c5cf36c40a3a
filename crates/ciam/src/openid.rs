//! The OpenID provider for the bank's other apps, which are its clients: from what a client pushes to the tokens that it
//! gets, once a person has logged in at the bank's page and allowed it (OpenID Connect Core; FAPI 2.0 Security Profile).
//!
//! The files are the steps: a client pushes a request, a browser begins it, the person decides, the client redeems the
//! code and uses the tokens, until somebody ends that.

mod authentication;
mod away;
mod beginning;
mod client;
mod client_keys;
mod consents;
mod deciding;
mod ending;
mod errors;
mod events;
mod form;
mod hearing;
mod introspection;
mod logouts;
mod metadata;
pub(crate) mod paths;
mod permission;
mod pushing;
mod redeeming;
mod userinfo;

pub(crate) use authentication::Proven;
pub(crate) use away::Hearing;
pub use beginning::Begun;
pub use client::{Client, KeySource, OpenIdSettings};
pub(crate) use client_keys::PublishedKeys;
pub(crate) use ending::end_all;
pub use errors::{AuthorizationError, ClientError, ConsentError, OauthError, Refusal};
pub use form::Form;
pub(crate) use pushing::REQUEST_URI;
