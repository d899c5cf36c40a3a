//! The port to the issuer of tokens and revocations.

use async_trait::async_trait;
use std::error::Error;
use thiserror::Error;
use token::Jwks;
use types::DeviceId;

/// A revoked device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Its number. Revocations are numbered in the order of their commits.
    pub number: u64,
    /// The device.
    pub device: DeviceId,
    /// Whether the customer stopped everything, and the device was revoked with all the others.
    pub by_stop: bool,
}

/// The issuer did not answer.
#[derive(Debug, Error)]
#[error("the issuer of tokens does not answer")]
pub struct IssuerError(#[source] Box<dyn Error + Send + Sync>);

impl IssuerError {
    /// Makes the error with its `cause`.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// The issuer of channel tokens: ciam. The composition connects it.
#[async_trait]
pub trait Issuer: Send + Sync {
    /// The keys that sign tokens now, and those whose tokens are still valid.
    async fn keys(&self) -> Result<Jwks, IssuerError>;

    /// The first `limit` revocations with a greater number, in order. Fewer only if there are no more.
    async fn revocations_after(
        &self,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Revocation>, IssuerError>;
}
