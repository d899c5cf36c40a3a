//! What a guard asks of whoever issues tokens and removes devices.

use async_trait::async_trait;
use std::error::Error;
use thiserror::Error;
use token::Jwks;
use types::DeviceId;

/// A device that was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Its number; revocations are numbered in the order in which they were committed.
    pub number: u64,
    /// The device.
    pub device: DeviceId,
}

/// The issuer did not answer.
#[derive(Debug, Error)]
#[error("the issuer of tokens does not answer")]
pub struct IssuerError(#[source] Box<dyn Error + Send + Sync>);

impl IssuerError {
    /// Because of `cause`.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// The issuer of channel tokens: ciam. The composition joins it.
#[async_trait]
pub trait Issuer: Send + Sync {
    /// The keys that sign tokens now, and those whose tokens are still good.
    async fn keys(&self) -> Result<Jwks, IssuerError>;

    /// The first `limit` revocations with a number after that, in their order; fewer only where there are no more.
    async fn revocations_after(
        &self,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Revocation>, IssuerError>;
}
