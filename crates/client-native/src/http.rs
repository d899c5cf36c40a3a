//! HTTP through reqwest.

use bytes::{Bytes, BytesMut};
use client::{
    BODY_BYTES_MAX, EventStream, Method, Opened, Request, Response, Transport, TransportError,
};
use futures_util::{Stream, StreamExt as _};
use protocol::live::Asked;
use reqwest::Url;
use std::pin::Pin;
use std::time::Duration;
use thiserror::Error;

/// Maximum time for making a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Maximum time for a whole answer.
const ANSWER: Duration = Duration::from_secs(30);
/// Maximum time without any received byte: a stream has a comment every 20 s.
const SILENCE: Duration = Duration::from_secs(60);

/// Why a public URL is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UrlError {
    /// The text is not a bank's URL: `https://` and a host, optionally a port and a path.
    #[error("the bank's URL must be `https://` and a host")]
    NotAUrl,
    /// The URL is not encrypted and does not name this machine.
    #[error("plain HTTP is allowed to this machine only")]
    InTheClear,
}

/// A client for any number of devices. Connections are shared, redirects are not followed, and no proxy is used.
pub fn http_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .build()
}

/// The transport to the bank at one public URL.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    public_url: String,
}

impl HttpTransport {
    /// Makes the transport to the bank at `public_url` through `client`, which comes from [`http_client`]. DPoP proofs
    /// name the URL exactly as given here.
    pub fn new(client: reqwest::Client, public_url: &str) -> Result<Self, UrlError> {
        let public_url = public_url.trim_end_matches('/');
        let url = Url::parse(public_url).map_err(|_| UrlError::NotAUrl)?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        match (url.scheme(), url.host_str()) {
            ("https", Some(_)) if plain => {}
            ("http", Some("127.0.0.1" | "[::1]" | "localhost")) if plain => {}
            ("http", Some(_)) => return Err(UrlError::InTheClear),
            _ => return Err(UrlError::NotAUrl),
        }
        Ok(Self {
            client,
            public_url: public_url.to_owned(),
        })
    }

    fn build(&self, request: Request) -> reqwest::RequestBuilder {
        let url = format!("{}{}", self.public_url, request.path);
        let mut builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url),
        };
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        match request.body {
            Some(body) => builder.body(body),
            None => builder,
        }
    }
}

impl Transport for HttpTransport {
    type Frames = EventStream<Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>>>>>;

    fn public_url(&self) -> &str {
        &self.public_url
    }

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let answer = self.build(request).timeout(ANSWER).send().await;
        read(answer.map_err(failed)?).await
    }

    async fn open(
        &self,
        request: Request,
        asked: &Asked,
    ) -> Result<Opened<Self::Frames>, TransportError> {
        let answer = tokio::time::timeout(ANSWER, self.build(request).send()).await;
        let answer = answer.map_err(TransportError::new)?.map_err(failed)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Ok(Opened::Refused(read(answer).await?));
        }
        let dpop_nonce = nonce(&answer);
        let body = answer.bytes_stream().map(|piece| piece.map_err(failed));
        Ok(Opened::Stream {
            dpop_nonce,
            frames: EventStream::new(Box::pin(body), asked.clone()),
        })
    }
}

/// Removes the URL from the error, because the query contains the device's position.
fn failed(error: reqwest::Error) -> TransportError {
    TransportError::new(error.without_url())
}

fn nonce(answer: &reqwest::Response) -> Option<String> {
    let value = answer.headers().get("dpop-nonce")?;
    value.to_str().ok().map(str::to_owned)
}

fn retry_after(answer: &reqwest::Response) -> Option<u64> {
    let value = answer.headers().get(reqwest::header::RETRY_AFTER)?;
    value.to_str().ok()?.trim().parse().ok()
}

/// Reads the whole answer, up to the maximum length.
async fn read(mut answer: reqwest::Response) -> Result<Response, TransportError> {
    let mut body = BytesMut::new();
    while let Some(piece) = answer.chunk().await.map_err(failed)? {
        if body.len() + piece.len() > BODY_BYTES_MAX {
            return Err(TransportError::new("the answer is too long"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Response {
        status: answer.status().as_u16(),
        dpop_nonce: nonce(&answer),
        retry_after_s: retry_after(&answer),
        body: body.freeze(),
    })
}
