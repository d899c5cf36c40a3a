//! The data package: what travels with each call of the service broker to the bank, and what the security stack saw of it.
//!
//! The header's values are fields of the HTTP request. The body is the call itself, in the form of the adapter.

use serde::{Deserialize, Serialize};
use std::fmt;
use types::{CustomerId, DeviceId, IntentId};

/// The field with the package's transaction number ([`PackageId`](types::PackageId)).
pub const TRANSACTION: &str = "passbook-transaction";

/// The field with the client session variable: sealed by the service broker, base64url.
pub const CLIENT_SESSION: &str = "passbook-client-session";

/// The field with the shared server key, base64url.
pub const SERVER_KEY: &str = "passbook-server-key";

/// The field with the server session variable: the MAC of the package, and of the answer, base64url.
pub const SERVER_SESSION: &str = "passbook-server-session";

/// The field of the answer with the verdicts of the layers: a JSON array of [`LayerVerdict`].
pub const LAYERS: &str = "passbook-layers";

/// For whom the service broker makes a call. What is `None` concerns nobody in particular: rates, for example.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Concerned {
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The device that ordered.
    pub device: Option<DeviceId>,
    /// The order.
    pub order: Option<IntentId>,
}

/// A layer of the security stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// 1: the package arrived over TLS on the bank's port.
    Transport,
    /// 2: it came from the service broker: its address, and its certificate.
    Origin,
    /// 3: it has a client session variable of the service broker, for this package.
    ClientSession,
    /// 4: it has the shared server key, and the server session variable that the key makes.
    ServerSession,
}

impl Layer {
    /// All layers, in the order in which they judge.
    pub const ALL: [Self; 4] = [
        Self::Transport,
        Self::Origin,
        Self::ClientSession,
        Self::ServerSession,
    ];

    /// Its number, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Transport => 1,
            Self::Origin => 2,
            Self::ClientSession => 3,
            Self::ServerSession => 4,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}

/// What one layer decided, and what it saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerVerdict {
    /// The layer.
    pub layer: Layer,
    /// Whether it let the package pass.
    pub passed: bool,
    /// What it saw: words for administrators, without secrets.
    pub saw: String,
}
