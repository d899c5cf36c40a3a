//! What a token is for.

use crate::jws::Jws;
use serde::Deserialize;

/// What a token is for, as its header's `typ` says (RFC 8725, 3.11), so that no token passes for one of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// A channel token: a device reads its channels with it.
    Channel,
    /// An access token (RFC 9068, 2.1): somebody who logged in.
    Access,
    /// An ID token (OpenID Connect Core, 2): who logged in, for a client.
    Id,
    /// A logout token (OpenID Connect Back-Channel Logout, 2.4): a login has ended, for a client.
    Logout,
    /// A security event token (RFC 8417, 2.3): what changed for a person, for an app that they permit to know.
    Event,
    /// A proof of possession (RFC 9449, 4.2), which is no token.
    Proof,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
}

impl TokenType {
    /// All types.
    const ALL: [Self; 6] = [
        Self::Channel,
        Self::Access,
        Self::Id,
        Self::Logout,
        Self::Event,
        Self::Proof,
    ];

    /// Its `typ`.
    #[must_use]
    pub const fn typ(self) -> &'static str {
        match self {
            Self::Channel => "passbook-channel+jwt",
            Self::Access => "at+jwt",
            Self::Logout => "logout+jwt",
            Self::Event => "secevent+jwt",
            Self::Id => "JWT",
            Self::Proof => "dpop+jwt",
        }
    }

    /// What `text` says that it is; none where it is no token, or of a type that is none of these. Nothing is verified.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let header: Header = Jws::parse(text)?.header()?;
        Self::ALL.into_iter().find(|kind| kind.typ() == header.typ)
    }
}
