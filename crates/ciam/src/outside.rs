//! An outside OpenID provider that logs people in, in ciam's place (OpenID Connect Core; RFC 6749; RFC 7636; RFC 8252).
//!
//! ciam is the provider's client. A device asks for a challenge, which becomes the `nonce`, has the person log in at the
//! provider, and hands ciam the code that the provider answered. ciam redeems the code and verifies the ID token. The
//! challenge is bound to the device, so that neither the code nor the ID token is worth anything on another one.
//!
//! What comes of it is a session on an enrolled device, or an activation code that only the asking device can use. A logout at
//! the provider ends the session (OpenID Connect Back-Channel Logout).

mod authentication;
mod authorization;
mod enrolling;
mod errors;
mod id_token;
mod keys;
mod logging_in;
mod logging_out;
mod logout_token;
mod metadata;
mod provider;
mod redeeming;
mod settings;

pub use errors::{ProviderError, ProviderLogoutError};
pub(crate) use provider::Provider;
pub use settings::{ClientSecret, ProviderSettings};
