//! Passkeys (WebAuthn Level 3): how the bank verifies the registration of one and its assertions, and an authenticator in
//! software.
//!
//! A passkey approves a browser's orders and logs a person in. Whoever asks for a ceremony makes its challenge; nothing
//! here is kept between asking and answering.
//!
//! Invariants: no I/O, no clock. One function does all checks of a ceremony, so that none can be left out. The user's
//! presence and verification are always required, and one relying party at one origin. Only ES256, EdDSA and RS256 are
//! accepted. Signature counters are not judged. Every refusal has a stable reason. Servers verify; WebAssembly can only
//! make what is verified.
//!
//! ```
//! use webauthn::{Ceremony, RelyingParty, SoftwarePasskey};
//! # use envelope::SoftwareKey;
//! # let key = SoftwareKey::from_bytes(&[1; 32]).unwrap();
//! let bank = RelyingParty::at("https://bank.example");
//! let passkey = SoftwarePasskey::new(key, [2; 16], bank.clone());
//! let registered = passkey.register(b"a challenge").unwrap().verify(b"a challenge", &bank).unwrap();
//! let credential = registered.credential_of("1001".parse().unwrap());
//! let assertion = passkey.assert(b"another").unwrap();
//! assert!(assertion.verify(&credential, b"another", &bank).is_ok());
//! assert_eq!(assertion.verify(&credential, b"a third", &bank).unwrap_err().reason(), "another_challenge");
//! # assert_eq!(Ceremony::Assertion.as_str(), "webauthn.get");
//! ```

#[cfg(not(target_arch = "wasm32"))]
mod assertion;
#[cfg(not(target_arch = "wasm32"))]
mod attestation_statement;
#[cfg_attr(
    target_arch = "wasm32",
    expect(
        dead_code,
        reason = "a browser's authenticator makes it, and servers verify it"
    )
)]
mod authenticator_data;
mod ceremony;
mod client_data;
mod cose_key;
#[cfg(not(target_arch = "wasm32"))]
mod credential;
mod error;
#[cfg(not(target_arch = "wasm32"))]
mod registration;
mod registration_error;
mod relying_party;
mod software;

#[cfg(not(target_arch = "wasm32"))]
pub use attestation_statement::Verdict;
pub use authenticator_data::{
    Aaguid, AttestedCredential, AuthenticatorData, BackupFlags, CREDENTIAL_BYTES_MAX,
};
pub use ceremony::{Assertion, Attestation, Ceremony};
#[cfg(not(target_arch = "wasm32"))]
pub use credential::{Credential, DECOY};
pub use error::AssertionError;
#[cfg(not(target_arch = "wasm32"))]
pub use registration::Registered;
pub use registration_error::RegistrationError;
pub use relying_party::RelyingParty;
pub use software::{SoftwarePasskey, in_asn1};
