//! What risk needs from outside.

use async_trait::async_trait;
use std::net::IpAddr;
use types::PortError;

/// Where an address is, as a database of locations says. It may be false.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The country's two letters.
    pub country: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// A database of locations.
#[async_trait]
pub trait Places: Send + Sync {
    /// Where the address is. `None` if the database does not have it.
    async fn locate(&self, address: IpAddr) -> Result<Option<Located>, PortError>;
}
