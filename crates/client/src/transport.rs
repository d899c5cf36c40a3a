//! The ports to the network and to time.

use crate::instant::Instant;
use bytes::Bytes;
use futures_util::Stream;
use protocol::live::{Asked, Frame, LiveError};
use std::error::Error;
use thiserror::Error;

/// There is no answer: no network, a broken connection, or a peer that is not the bank's. The request may have been
/// executed.
#[derive(Debug, Error)]
#[error("the bank was not reached")]
pub struct TransportError(#[source] pub Box<dyn Error + Send + Sync>);

impl TransportError {
    /// Makes the error with its `cause`.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or requests.
    Post,
}

impl Method {
    /// The method's name in HTTP.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request to the bank.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, from the `/` after the bank's public URL.
    pub path: String,
    /// Names in lower case, and values. They contain secrets and must not be logged.
    pub headers: Vec<(&'static str, String)>,
    /// A JSON body.
    pub body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The header `DPoP-Nonce`, if present.
    pub dpop_nonce: Option<String>,
    /// The header `Retry-After`, if it is in seconds.
    pub retry_after_s: Option<u64>,
    /// The body.
    pub body: Bytes,
}

/// The longest body that a transport reads: a pull of 200 messages of 64 KiB in CBOR, with a margin.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a live stream has no next frame.
#[derive(Debug, Error)]
pub enum FrameError {
    /// The connection broke.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The received bytes violate the protocol's format.
    #[error(transparent)]
    Protocol(#[from] LiveError),
}

/// The answer to a request for a live stream.
#[derive(Debug)]
pub enum Opened<F> {
    /// Status 200: the frames as they arrive.
    Stream {
        /// The header `DPoP-Nonce`, if present.
        dpop_nonce: Option<String>,
        /// The frames.
        frames: F,
    },
    /// Any other status.
    Refused(Response),
}

/// The platform's network. Redirects are not followed. Bodies beyond [`BODY_BYTES_MAX`] are an error.
#[allow(async_fn_in_trait, reason = "futures need not be Send")]
pub trait Transport {
    /// A live stream's frames, over any transport; [`EventStream`](crate::EventStream) parses them from server-sent
    /// events. A frame counts as taken only once it is returned. Dropping the stream closes the connection.
    type Frames: Stream<Item = Result<Frame, FrameError>> + Unpin;

    /// The bank's public URL without a `/` at its end. Proofs of possession name it.
    fn public_url(&self) -> &str;

    /// Sends a request and reads the whole answer.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Sends the request for a live stream after the positions in `asked`.
    async fn open(
        &self,
        request: Request,
        asked: &Asked,
    ) -> Result<Opened<Self::Frames>, TransportError>;
}

/// The platform's timers, and the wait between attempts.
#[allow(async_fn_in_trait, reason = "futures need not be Send")]
pub trait Timer {
    /// Returns after that many milliseconds.
    async fn sleep(&self, ms: u64);

    /// Now, on a monotonic clock that continues while the device sleeps. Every interval is measured on it, because the
    /// time of day may be wrong by a year and change at any moment.
    fn instant(&self) -> Instant;

    /// The wait after `failures` failed attempts in a row; 1 for the first failure.
    fn backoff_ms(&self, failures: u32) -> u64;
}

/// The wait after the first failure is between half of this and this, in milliseconds.
const BACKOFF_FIRST_MS: u64 = 100;

/// The longest wait after `failures` failed attempts in a row: it doubles with each, up to `max_ms`.
#[must_use]
pub fn backoff_ceiling_ms(failures: u32, max_ms: u64) -> u64 {
    let doublings = failures.saturating_sub(1).min(32);
    BACKOFF_FIRST_MS.saturating_mul(1 << doublings).min(max_ms)
}

/// A wait after `failures` failed attempts in a row, for [`Timer::backoff_ms`]. It is random in the upper half of
/// [`backoff_ceiling_ms`], so that devices that lost the same server do not return at the same instant.
#[must_use]
pub fn backoff_ms(failures: u32, max_ms: u64, random: u64) -> u64 {
    let ceiling = backoff_ceiling_ms(failures, max_ms);
    ceiling - random % (ceiling / 2 + 1)
}
