//! Why a call through a port to another service failed.

use std::error::Error;
use thiserror::Error;

/// Another service did not fulfil a request.
#[derive(Debug, Error)]
#[error("{service} does not answer")]
pub struct PortError {
    /// The service.
    pub service: &'static str,
    /// Its error.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

impl PortError {
    /// `service` failed with `source`.
    pub fn new(service: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            service,
            source: source.into(),
        }
    }
}
