//! The accept loop, with limited connections, timeouts and a drain time.

use crate::Rejection;
use crate::activity::Activity;
use crate::admission::{Admission, AdmissionSettings, InUse, Peer, admit};
use crate::cors::Cors;
use crate::edge_error::EdgeError;
use crate::https::Https;
use crate::parser_problems::ParserProblems;
use crate::pem::{H2, HTTP_1_1};
use crate::proxy::{NamesClient, protocol};
use crate::request_id;
use crate::served::Served;
use crate::service_tls::{Door, ServiceCaller, ServiceFiles, caller};
use crate::stall::HangUpOnStall;
use crate::tls::{Certificate, PresentedFiles, TlsFiles};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use http::Version;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use types::ErrorCode;

/// The limits of a listener's connections.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Maximum open connections. Further ones wait in the kernel's queue.
    pub connections_max: usize,
    /// Maximum size of a request's body in bytes.
    pub body_bytes_max: usize,
    /// Maximum time for a request's head, for a TLS handshake, and until a connection's first bytes.
    pub header_timeout: Duration,
    /// Maximum time of a connection without a request, even if its peer answers pings.
    pub idle_timeout: Duration,
    /// Maximum time in which a peer accepts no byte of an answer.
    pub stall_timeout: Duration,
    /// Maximum time for connections to finish when the listener stops.
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

/// A bound address. It speaks TLS if it has a certificate.
pub struct Listener {
    tcp: TcpListener,
    certificate: Option<Certificate>,
    /// The door of a listener for services.
    door: Option<Arc<dyn Door>>,
    /// The origin to which plain HTTP is sent.
    https: Option<Https>,
    limits: Limits,
    admission: Admission,
    cors: Cors,
}

/// Maximum size in bytes of a connection's read buffer, and of its write buffer.
const CONNECTION_BUFFER: usize = 16 * 1024;

/// HTTP/2 windows in bytes: the part of an answer that is in memory for a slow reader.
const WINDOW: u32 = 64 * 1024;

/// Connections that the system holds until they are accepted; its own bound (`net.core.somaxconn`) may be lower. When the
/// servers start again, all devices connect at once, and who finds no room tries again after a second, and then after more.
const BACKLOG: u32 = 4_096;

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
        let files = tls.cloned().map(PresentedFiles::Public);
        let certificate = files.map(Certificate::read).transpose()?;
        Self::bound(address, certificate, limits)
    }

    /// Binds `address` for services, which have certificates of the bank's authority. Each request gets its [`ServiceCaller`]. Requests without a
    /// certificate, and in plain HTTP, arrive, too, so that routes can refuse and record them.
    pub async fn bind_for_services(
        address: SocketAddr,
        files: &ServiceFiles,
        limits: Limits,
        door: Arc<dyn Door>,
    ) -> Result<Self, EdgeError> {
        let certificate = Certificate::read(PresentedFiles::Services(files.clone()))?;
        Ok(Self {
            door: Some(door),
            ..Self::bound(address, Some(certificate), limits)?
        })
    }

    fn bound(
        address: SocketAddr,
        certificate: Option<Certificate>,
        limits: Limits,
    ) -> Result<Self, EdgeError> {
        let tcp = listen(address).map_err(|source| EdgeError::Bind { address, source })?;
        Ok(Self {
            tcp,
            certificate,
            door: None,
            https: None,
            limits,
            admission: Admission::new(AdmissionSettings::default(), Vec::new()),
            cors: Cors::default(),
        })
    }

    /// Sets the admission. In the default one all routes are of one class.
    #[must_use]
    pub fn admitting(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// Sets the pages whose scripts may call the routes (CORS).
    #[must_use]
    pub fn allowing(mut self, cors: Cors) -> Self {
        self.cors = cors;
        self
    }

    /// Sends plain HTTP to this origin before any other code runs, and has browsers use HTTPS alone (RFC 6797).
    #[must_use]
    pub fn forcing_https(mut self, origin: &str) -> Self {
        self.https = Some(Https::at(origin));
        self
    }

    /// The presented certificate. `None` for plain HTTP.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        self.certificate.clone()
    }

    /// The bound address. If port 0 was requested, it has the port that the system chose.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Answers requests with `router` until `stop` becomes true or its sender is dropped. It then accepts no connections and
    /// closes those without a request. Other connections finish their requests; after the drain time they are closed.
    /// Streams have to watch `stop` themselves.
    pub async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let admission = self.admission.clone();
        let router = self.cors.allow(shielded(router, self.limits, admission));
        let router = match &self.https {
            Some(https) => https.announced_by(router),
            None => router,
        };
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
                        if self.door.as_ref().is_some_and(|door| !door.admits(peer)) {
                            continue;
                        }
                        // A proxy's connection is counted for its client, once the proxy has named the client.
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
                            door: self.door.clone(),
                            https: self.https.clone(),
                            caller: None,
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
                    // Most likely there are no free file handles. Waits until some connections were closed.
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

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restarted server takes its port again while connections of the former one end.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// One accepted connection.
struct Connection {
    tls: Option<TlsAcceptor>,
    door: Option<Arc<dyn Door>>,
    https: Option<Https>,
    /// Who calls, at a listener for services.
    caller: Option<ServiceCaller>,
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
        if self.tls.is_some() && (self.door.is_some() || self.https.is_some()) {
            let first = tokio::select! {
                first = timeout(self.limits.header_timeout, is_tls(&tcp)) => first,
                () = stopped(&mut stop) => return,
            };
            // What is no TLS is answered in plain HTTP: it is refused with everything it says, or sent to HTTPS.
            if first == Ok(false) {
                self.tls = None;
                if let Some(https) = &self.https {
                    self.router = https.redirecting();
                }
                self.caller = self.door.is_some().then_some(ServiceCaller {
                    address: peer,
                    over_tls: false,
                    certificate: None,
                });
            }
        }
        // A boxed future takes no more memory than its own kind of connection needs.
        let Some(tls) = self.tls.take() else {
            let version = tokio::select! {
                version = timeout(self.limits.header_timeout, version_of(&tcp)) => version,
                () = stopped(&mut stop) => return,
            };
            if let Ok(version) = version {
                Box::pin(self.speak_http(tcp, client, version)).await;
            }
            return;
        };
        let handshake = tokio::select! {
            handshake = timeout(self.limits.header_timeout, tls.accept(tcp)) => handshake,
            () = stopped(&mut stop) => return,
        };
        if let Some(door) = &self.door {
            match &handshake {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => door.handshake_failed(peer, &error.to_string()),
                Err(_) => door.handshake_failed(peer, "it did not finish in time"),
            }
        }
        if let Ok(Ok(stream)) = handshake {
            if self.door.is_some() {
                let chain = stream.get_ref().1.peer_certificates();
                self.caller = Some(caller(peer, chain));
            }
            let version = match stream.get_ref().1.alpn_protocol() {
                Some(H2) => Some(Version::HTTP_2),
                Some(HTTP_1_1) => Some(Version::HTTP_11),
                _ => None,
            };
            Box::pin(self.speak_http(stream, client, version)).await;
        }
    }

    /// The peer, or the client that a proxy names at the beginning. `None` if the proxy names no client in time, or if the
    /// client has too many connections.
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

    /// Answers the requests of a connection. If `version` is unknown, hyper reads the first bytes to find out, and then
    /// needs a second read buffer for as long as the connection lives.
    async fn speak_http<S>(mut self, stream: S, client: Peer, version: Option<Version>)
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
        let builder = match version {
            Some(Version::HTTP_2) => builder.http2_only(),
            Some(_) => builder.http1_only(),
            None => builder,
        };
        let stream = TokioIo::new(ParserProblems::new(HangUpOnStall::new(
            stream,
            limits.header_timeout,
            limits.stall_timeout,
        )));
        let activity = Activity::new();
        let plain = self.caller.as_ref();
        let plain = plain.map(|caller| (caller.address, caller.over_tls));
        let served = Served::new(self.router, (client, self.caller), activity.clone());
        let connection = builder.serve_connection(stream, TowerToHyperService::new(served));
        let mut connection = std::pin::pin!(connection);
        // The peer causes such errors: it disconnected, or it did not speak HTTP.
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
            if let (Some(door), Some((address, false))) = (self.door, plain) {
                door.handshake_failed(address, "it spoke neither TLS nor HTTP");
            }
        }
    }
}

/// The version of HTTP that the first bytes of a plain connection show. `None` if too few have arrived at once.
async fn version_of(tcp: &TcpStream) -> Option<Version> {
    // RFC 9113, 3.4: `PRI` begins a connection of HTTP/2, and no method of HTTP/1 has this name.
    let mut first = [0; 3];
    let peeked = tcp.peek(&mut first).await.ok()?;
    (peeked == first.len()).then_some(if first == *b"PRI" {
        Version::HTTP_2
    } else {
        Version::HTTP_11
    })
}

/// Whether a connection begins with a TLS record of a handshake (RFC 8446, 5.1).
async fn is_tls(tcp: &TcpStream) -> bool {
    let mut first = [0; 1];
    matches!(tcp.peek(&mut first).await, Ok(1) if first == [22])
}

/// Waits until `stop` is true or its sender was dropped.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _told = stop.wait_for(|stop| *stop).await.is_ok();
}

const CONNECTION_BUFFER_U32: u32 = 16 * 1024;

/// Adds limits to the router, and problems for unknown routes and methods.
fn shielded(router: Router, limits: Limits, admission: Admission) -> Router {
    router
        .fallback(async || Rejection::new(ErrorCode::NotFound))
        .method_not_allowed_fallback(async || Rejection::new(ErrorCode::MethodNotAllowed))
        .layer(DefaultBodyLimit::max(limits.body_bytes_max))
        .layer(from_fn_with_state(admission, admit))
        .layer(from_fn(request_id::answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    #[tokio::test]
    async fn many_devices_may_connect_before_one_is_accepted() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let mut connected = Vec::new();
        for number in 0..1_000 {
            // Without room the system tries for minutes.
            let one = timeout(Duration::from_secs(30), TcpStream::connect(address));
            let one = one.await.unwrap_or_else(|_| panic!("{number} connected"));
            connected.push(one.unwrap());
        }
    }

    #[tokio::test]
    async fn three_bytes_show_the_version() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        for (sent, version) in [
            ("PRI * HTTP/2.0", Some(Version::HTTP_2)),
            ("PRI", Some(Version::HTTP_2)),
            ("POST / HTTP/1.1", Some(Version::HTTP_11)),
            ("no", None),
            ("", None),
        ] {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(sent.as_bytes()).await.unwrap();
            client.shutdown().await.unwrap();
            let (server, _) = listener.accept().await.unwrap();
            assert_eq!(version_of(&server).await, version, "{sent}");
        }
    }
}
