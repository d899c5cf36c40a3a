//! Why a listener cannot start.

use std::net::SocketAddr;
use std::path::PathBuf;
use thiserror::Error;

/// Why a listener could not be created.
#[derive(Debug, Error)]
pub enum EdgeError {
    /// Plain HTTP is allowed on loopback addresses only.
    #[error("{0} is not a loopback address: it needs a certificate")]
    PlainBeyondLoopback(SocketAddr),
    /// The address is in use, or it is not an address of this machine.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// A certificate or key is invalid.
    #[error("{path}: {problem}")]
    Tls {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
}
