//! The bank as passkeys know it.

/// The bank as passkeys know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The relying party's id: a host, such as `bank.example`.
    pub id: String,
    /// The only origin of its ceremonies, such as `https://bank.example`.
    pub origin: String,
}

impl RelyingParty {
    /// The relying party whose pages are at `public_url`, which has no path: its id is the host.
    #[must_use]
    pub fn at(public_url: &str) -> Self {
        let host = public_url
            .split_once("://")
            .map_or(public_url, |(_, host)| host);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        Self {
            id: host.to_owned(),
            origin: public_url.trim_end_matches('/').to_owned(),
        }
    }
}
