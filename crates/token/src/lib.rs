//! Channel tokens (JWT, RFC 7519), access tokens (RFC 9068), and the proofs that bind them to a device's session key (DPoP, RFC 9449).
//! For clients of the OpenID provider: what they authenticate with, their access tokens and ID tokens.
//!
//! Invariants: only ES256 is accepted; each header has only one form; clocks may differ by ten seconds and there is no
//! other leeway; keys, times and randomness are parameters. An error says which check failed, and never contains parts
//! of the token or the proof.
//!
//! ```
//! use envelope::SoftwareKey;
//! use token::{ChannelToken, Jwks};
//! use types::Time;
//! # use envelope::Signer as _;
//! # let issuer_key = SoftwareKey::from_bytes(&[1; 32]).unwrap();
//! # let session_key = SoftwareKey::from_bytes(&[2; 32]).unwrap();
//! let token = ChannelToken {
//!     issuer: "https://bank.example".into(),
//!     audience: "passbook".into(),
//!     subject: "pairwise".into(),
//!     device: "01a0c450-6c00-771e-ba65-f93a78ba897d".parse().unwrap(),
//!     channels: vec!["_8JfFdiMCjwjlsHEvNorgw".parse().unwrap()],
//!     session: session_key.public_key().thumbprint(),
//!     issued: Time::from_ms(1_790_000_000_000),
//!     expires: Time::from_ms(1_792_000_000_000),
//!     id: "01a0c450-6c00-733e-aa7c-e48a60850ea0".into(),
//! };
//! let text = token.sign(&issuer_key).unwrap();
//! let jwks = Jwks::new(vec![*issuer_key.public_key()]);
//! let now = Time::from_ms(1_790_000_001_000);
//! assert_eq!(ChannelToken::verify(&text, "https://bank.example", "passbook", &jwks, now), Ok(token));
//! ```

mod access_token;
mod channel_token;
mod claimed;
mod client_assertion;
mod client_keys;
mod client_token;
mod dpop;
mod event_token;
mod http_url;
mod id_token;
mod jwk;
mod jws;
mod logout_token;
mod nonce;
mod scope;
mod token_type;

pub use access_token::{ACR_PASSKEY, ACR_PASSWORD, ACR_PROVIDER, AccessToken};
pub use channel_token::ChannelToken;
pub use claimed::{ClaimedToken, TOKEN_CHANNELS_MAX, TokenError};
pub use client_assertion::{ClaimedAssertion, ClientAssertion};
pub use client_keys::{ClientKey, ClientKeys};
pub use client_token::ClientToken;
pub use dpop::{ClaimedProof, DpopError, DpopProof, ProofFor};
pub use event_token::{ClientEvent, EventToken};
pub use http_url::{HttpUrl, HttpUrlError};
pub use id_token::IdToken;
pub use jwk::Jwks;
pub use jws::Jws;
pub use logout_token::LogoutToken;
pub use nonce::{DpopNonce, NonceError};
pub use scope::{Scope, Scopes, UnknownScope};
pub use token_type::TokenType;
