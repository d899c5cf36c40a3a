//! The accept loop: bounded connections, timeouts, drain.

use crate::Rejection;
use crate::activity::Activity;
use crate::admission::{Admission, AdmissionSettings, InUse, Peer, admit};
use crate::cors::Cors;
use crate::parser_problems::ParserProblems;
use crate::proxy::{NamesClient, protocol};
use crate::request_id;
use crate::served::Served;
use crate::stall::HangUpOnStall;
use crate::tls::{Certificate, TlsFiles};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use types::ErrorCode;

/// Why a listener cannot be had.
#[derive(Debug, Error)]
pub enum EdgeError {
    /// Plain HTTP is for loopback addresses.
    #[error("{0} is no loopback address: without a certificate it is not served")]
    PlainBeyondLoopback(SocketAddr),
    /// Somebody has the address, or this machine does not.
    #[error("{address} cannot be listened on")]
    Bind {
        /// Which address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A certificate or key that does not serve.
    #[error("{path}: {problem}")]
    Tls {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// What one listener takes on at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Open connections; further ones wait in the kernel's queue.
    pub connections_max: usize,
    /// A request's body in bytes.
    pub body_bytes_max: usize,
    /// How long a request's head, a TLS handshake, or a connection's first bytes may take.
    pub header_timeout: Duration,
    /// How long a connection may have no request, whether or not its peer answers pings.
    pub idle_timeout: Duration,
    /// How long a peer may take nothing of what is sent to it.
    pub stall_timeout: Duration,
    /// How long connections have to finish when the listener stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 18_000,
            body_bytes_max: 1 << 20,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            stall_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

/// A bound address, with TLS where it has a certificate.
pub struct Listener {
    tcp: TcpListener,
    certificate: Option<Certificate>,
    limits: Limits,
    admission: Admission,
    cors: Cors,
}

/// A buffer for one connection's reading, and for what waits to be written to it.
const CONNECTION_BUFFER: usize = 16 * 1024;

/// HTTP/2 windows: a slow reader holds back so much of an answer, not a megabyte.
const WINDOW: u32 = 64 * 1024;

impl Listener {
    /// Binds `address`. Without `tls` it must be a loopback address.
    pub async fn bind(
        address: SocketAddr,
        tls: Option<&TlsFiles>,
        limits: Limits,
    ) -> Result<Self, EdgeError> {
        if tls.is_none() && !address.ip().is_loopback() {
            return Err(EdgeError::PlainBeyondLoopback(address));
        }
        let certificate = tls.map(Certificate::read).transpose()?;
        let tcp = TcpListener::bind(address)
            .await
            .map_err(|source| EdgeError::Bind { address, source })?;
        Ok(Self {
            tcp,
            certificate,
            limits,
            admission: Admission::new(AdmissionSettings::default(), Vec::new()),
            cors: Cors::default(),
        })
    }

    /// With another admission than the default one, whose routes are all of one class.
    #[must_use]
    pub fn admitting(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// With the pages that browsers may let call.
    #[must_use]
    pub fn allowing(mut self, cors: Cors) -> Self {
        self.cors = cors;
        self
    }

    /// The certificate that is presented, if there is one.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        self.certificate.clone()
    }

    /// The address, with the port that the system chose where 0 was asked.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Answers requests with `router` until `stop` turns true (or its sender is gone). Then it accepts no more and closes
    /// connections without a request; the others finish their requests, and what is left after the drain time is ended.
    /// Streams have to watch `stop` themselves.
    pub async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let admission = self.admission.clone();
        let router = self.cors.allow(shielded(router, self.limits, admission));
        let permits = Arc::new(Semaphore::new(self.limits.connections_max));
        let stopping = stop.clone();
        let accept = async {
            loop {
                let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                    return;
                };
                match self.tcp.accept().await {
                    Ok((tcp, peer)) => {
                        let peer = peer.ip();
                        // A proxy's connections are its clients': they are counted when it has named them.
                        let counted = if self.admission.proxies().contains(peer) {
                            None
                        } else {
                            let counted = self.admission.connect(peer);
                            if counted.is_none() {
                                tracing::debug!(%peer, "a peer has too many connections");
                                continue;
                            }
                            counted
                        };
                        let connection = Connection {
                            tls: self.certificate.as_ref().map(Certificate::acceptor),
                            router: router.clone(),
                            limits: self.limits,
                            admission: self.admission.clone(),
                            stop: stopping.clone(),
                            counted,
                        };
                        tokio::spawn(async move {
                            connection.run(tcp, peer).await;
                            drop(permit);
                        });
                    }
                    // Out of file handles, most likely: those that are open may close meanwhile.
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        };
        tokio::select! {
            () = accept => {}
            () = stopped(&mut stop) => {}
        }
        drop(self.tcp);
        let all = u32::try_from(self.limits.connections_max).unwrap_or(u32::MAX);
        if timeout(self.limits.drain, permits.acquire_many(all))
            .await
            .is_err()
        {
            tracing::warn!("some connections did not finish in time and were closed");
        }
    }
}

/// One accepted connection.
struct Connection {
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: Limits,
    admission: Admission,
    stop: watch::Receiver<bool>,
    counted: Option<InUse>,
}

impl Connection {
    async fn run(mut self, mut tcp: TcpStream, peer: IpAddr) {
        if tcp.set_nodelay(true).is_err() {
            return;
        }
        let mut stop = self.stop.clone();
        let client = tokio::select! {
            client = self.client(&mut tcp, peer) => client,
            () = stopped(&mut stop) => return,
        };
        let Some(client) = client else {
            return;
        };
        let Some(tls) = self.tls.take() else {
            return self.speak_http(tcp, client).await;
        };
        let handshake = tokio::select! {
            handshake = timeout(self.limits.header_timeout, tls.accept(tcp)) => handshake,
            () = stopped(&mut stop) => return,
        };
        if let Ok(Ok(stream)) = handshake {
            self.speak_http(stream, client).await;
        }
    }

    /// The peer, or the client that a proxy names at the beginning; none where it names nobody in time, or its client has
    /// too many connections.
    async fn client(&mut self, tcp: &mut TcpStream, peer: IpAddr) -> Option<Peer> {
        let proxies = self.admission.proxies();
        if proxies.name_client != NamesClient::ProxyProtocol || !proxies.contains(peer) {
            return Some(Peer(peer));
        }
        let named = timeout(self.limits.header_timeout, protocol::read_client(tcp)).await;
        match named.map_err(Into::into).flatten() {
            Ok(None) => Some(Peer(peer)),
            Ok(Some(client)) => {
                self.counted = Some(self.admission.connect(client)?);
                Some(Peer(client))
            }
            Err(error) => {
                tracing::debug!(%peer, %error, "a proxy names no client");
                None
            }
        }
    }

    async fn speak_http<S>(mut self, stream: S, client: Peer)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = self.limits;
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_buf_size(CONNECTION_BUFFER);
        builder
            .http2()
            .timer(TokioTimer::new())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_concurrent_streams(100)
            .max_header_list_size(CONNECTION_BUFFER_U32)
            .max_send_buf_size(CONNECTION_BUFFER)
            .keep_alive_interval(Duration::from_secs(60));
        let stream = TokioIo::new(ParserProblems::new(HangUpOnStall::new(
            stream,
            limits.header_timeout,
            limits.stall_timeout,
        )));
        let activity = Activity::new();
        let served = Served::new(self.router, client, activity.clone());
        let connection = builder.serve_connection(stream, TowerToHyperService::new(served));
        let mut connection = std::pin::pin!(connection);
        // What a connection ends with is the peer's affair: it went away, or spoke no HTTP.
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = async {
                tokio::select! {
                    () = stopped(&mut self.stop) => {}
                    () = activity.idle_for(limits.idle_timeout) => {}
                }
            } => {
                connection.as_mut().graceful_shutdown();
                timeout(limits.drain, connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended");
        }
    }
}

/// Waits until it is time to stop: also when nobody is left to say so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _told = stop.wait_for(|stop| *stop).await.is_ok();
}

const CONNECTION_BUFFER_U32: u32 = 16 * 1024;

/// The router with limits and with problems for what it does not know.
fn shielded(router: Router, limits: Limits, admission: Admission) -> Router {
    router
        .fallback(async || Rejection::new(ErrorCode::NotFound))
        .method_not_allowed_fallback(async || Rejection::new(ErrorCode::MethodNotAllowed))
        .layer(DefaultBodyLimit::max(limits.body_bytes_max))
        .layer(from_fn_with_state(admission, admit))
        .layer(from_fn(request_id::answer))
}
