//! The port to the network, and the port to time's passing.

use crate::instant::Instant;
use bytes::Bytes;
use futures_util::Stream;
use protocol::live::{Asked, Frame, LiveError};
use std::error::Error;
use thiserror::Error;

/// No answer: no network, a connection that broke, a peer that is not the bank's. The request may have been carried out.
#[derive(Debug, Error)]
#[error("the bank was not reached")]
pub struct TransportError(#[source] pub Box<dyn Error + Send + Sync>);

impl TransportError {
    /// Because of `cause`.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or asks.
    Post,
}

impl Method {
    /// As HTTP has it.
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
    /// What it does.
    pub method: Method,
    /// Path and query, from the `/` after the bank's public URL.
    pub path: String,
    /// Names in lower case, and values. They hold secrets: not for logs.
    pub headers: Vec<(&'static str, String)>,
    /// A JSON body.
    pub body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The header `DPoP-Nonce`, where there is one.
    pub dpop_nonce: Option<String>,
    /// The header `Retry-After`, where there is one that counts seconds.
    pub retry_after_s: Option<u64>,
    /// The body.
    pub body: Bytes,
}

/// The longest body that a transport reads: a pull of 200 messages of 64 KiB in CBOR, with room to spare.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a live stream has no next frame.
#[derive(Debug, Error)]
pub enum FrameError {
    /// The connection broke.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// What arrived is not in the protocol's form.
    #[error(transparent)]
    Protocol(#[from] LiveError),
}

/// The answer to a request for a live stream.
#[derive(Debug)]
pub enum Opened<F> {
    /// Status 200: the frames as they arrive.
    Stream {
        /// The header `DPoP-Nonce`, where there is one.
        dpop_nonce: Option<String>,
        /// The frames.
        frames: F,
    },
    /// Anything else.
    Refused(Response),
}

/// The network, as an app's platform has it. Redirects are not followed; bodies beyond [`BODY_BYTES_MAX`] are an error.
#[allow(async_fn_in_trait, reason = "futures need not be Send")]
pub trait Transport {
    /// A live stream's frames, whatever carries them; [`EventStream`](crate::EventStream) reads them from server-sent
    /// events. Each counts as taken only once it is returned. Dropping it closes the connection.
    type Frames: Stream<Item = Result<Frame, FrameError>> + Unpin;

    /// The bank's public URL without a `/` at its end, which proofs of possession name.
    fn public_url(&self) -> &str;

    /// Sends a request and reads the whole answer.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Sends the request for a live stream of what is `asked`.
    async fn open(
        &self,
        request: Request,
        asked: &Asked,
    ) -> Result<Opened<Self::Frames>, TransportError>;
}

/// The passing of time, as an app's platform tells it, and how long to wait before trying again.
#[allow(async_fn_in_trait, reason = "futures need not be Send")]
pub trait Timer {
    /// Returns after so many milliseconds.
    async fn sleep(&self, ms: u64);

    /// Now, on a clock that nobody sets and that goes on while the device sleeps. Every interval is measured on it: the
    /// device's clock may be ahead by a year, and be right a moment later.
    fn instant(&self) -> Instant;

    /// How long to wait after `failures` attempts in a row failed, the first time with 1.
    fn backoff_ms(&self, failures: u32) -> u64;
}
