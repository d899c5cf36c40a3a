//! HTTP through fetch.

use crate::browser_error::{BrowserError, member, object, set, settled};
use crate::timer::sleep;
use bytes::{Bytes, BytesMut};
use client::{BODY_BYTES_MAX, EventStream, Opened, Request, Response, Transport, TransportError};
use futures_util::Stream;
use futures_util::future::{Either, select};
use futures_util::stream::unfold;
use js_sys::{Function, Uint8Array};
use protocol::live::Asked;
use std::pin::{Pin, pin};
use wasm_bindgen::JsCast as _;
use web_sys::{AbortController, Headers, ReadableStreamDefaultReader};

/// The longest time for a whole answer, in milliseconds.
const ANSWER_MS: u64 = 30_000;
/// The longest time without any received byte, in milliseconds: a stream has a comment every 20 s.
const SILENCE_MS: u64 = 60_000;
/// RFC 9110, 15.3.1.
const OK: u16 = 200;

/// The origin of this page or worker: the public URL of the bank that served it.
#[must_use]
pub fn origin() -> String {
    let origin = member(&js_sys::global(), "location").and_then(|at| member(&at, "origin"));
    let origin = origin.ok().and_then(|origin| origin.as_string());
    origin.unwrap_or_default()
}

/// The transport to the bank at the origin of this page or worker.
#[derive(Debug, Clone)]
pub struct FetchTransport {
    public_url: String,
}

impl FetchTransport {
    /// Makes the transport to the bank whose public URL is `public_url`.
    #[must_use]
    pub fn new(public_url: &str) -> Self {
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
        }
    }

    /// Begins a request. It ends when the answer is dropped.
    async fn fetch(&self, request: Request) -> Result<Answer, BrowserError> {
        let abort = Abort(AbortController::new()?);
        let headers = Headers::new()?;
        for (name, value) in &request.headers {
            headers.append(name, value)?;
        }
        let init = object([
            ("method", request.method.as_str().into()),
            ("headers", headers.into()),
            ("redirect", "error".into()),
            ("cache", "no-store".into()),
            ("credentials", "omit".into()),
            ("referrerPolicy", "no-referrer".into()),
            ("signal", abort.0.signal().into()),
        ])?;
        if let Some(body) = &request.body {
            set(&init, "body", Uint8Array::from(body.as_slice()))?;
        }
        let url = format!("{}{}", self.public_url, request.path);
        let global = js_sys::global();
        let fetch: Function = member(&global, "fetch")?.unchecked_into();
        let answered = settled(fetch.call2(&global, &url.into(), &init)?);
        let answer: web_sys::Response = in_time(answered, ANSWER_MS).await??.unchecked_into();
        let body = answer.body();
        let body = body.map(|body| body.get_reader().unchecked_into());
        Ok(Answer {
            status: answer.status(),
            headers: answer.headers(),
            body: Body {
                reader: body,
                _abort: abort,
            },
        })
    }
}

/// Ends a request that nobody waits for any more. It has no effect on one that has ended.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Answer {
    status: u16,
    headers: Headers,
    body: Body,
}

struct Body {
    reader: Option<ReadableStreamDefaultReader>,
    _abort: Abort,
}

impl Body {
    /// The next bytes. `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, BrowserError> {
        let Some(reader) = &self.reader else {
            return Ok(None);
        };
        let read = in_time(settled(reader.read()), SILENCE_MS).await??;
        if member(&read, "done")?.is_truthy() {
            self.reader = None;
            return Ok(None);
        }
        let piece = Uint8Array::new(&member(&read, "value")?);
        Ok(Some(piece.to_vec().into()))
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).ok().flatten()
    }

    fn nonce(&self) -> Option<String> {
        self.header("dpop-nonce")
    }

    /// Reads the whole answer, up to the maximum length.
    async fn read(mut self) -> Result<Response, BrowserError> {
        let mut body = BytesMut::new();
        while let Some(piece) = self.body.next().await? {
            if body.len() + piece.len() > BODY_BYTES_MAX {
                return Err(BrowserError::new("Error", "the answer is too long"));
            }
            body.extend_from_slice(&piece);
        }
        let retry_after = self.header("retry-after");
        Ok(Response {
            status: self.status,
            dpop_nonce: self.nonce(),
            retry_after_s: retry_after.and_then(|after| after.trim().parse().ok()),
            body: body.freeze(),
        })
    }
}

impl Transport for FetchTransport {
    type Frames = EventStream<Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>>>>>;

    fn public_url(&self) -> &str {
        &self.public_url
    }

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let answer = self.fetch(request).await.map_err(TransportError::new)?;
        let read = in_time(answer.read(), ANSWER_MS).await;
        read.and_then(|read| read).map_err(TransportError::new)
    }

    async fn open(
        &self,
        request: Request,
        asked: &Asked,
    ) -> Result<Opened<Self::Frames>, TransportError> {
        let answer = self.fetch(request).await.map_err(TransportError::new)?;
        if answer.status != OK {
            let refused = answer.read().await.map_err(TransportError::new)?;
            return Ok(Opened::Refused(refused));
        }
        let dpop_nonce = answer.nonce();
        let pieces = unfold(answer.body, async |mut body| {
            let piece = body.next().await.map_err(TransportError::new);
            Some((piece.transpose()?, body))
        });
        Ok(Opened::Stream {
            dpop_nonce,
            frames: EventStream::new(Box::pin(pieces), asked.clone()),
        })
    }
}

async fn in_time<T>(work: impl Future<Output = T>, ms: u64) -> Result<T, BrowserError> {
    match select(pin!(work), pin!(sleep(ms))).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right(_) => Err(BrowserError::new(
            "TimeoutError",
            "the bank did not answer in time",
        )),
    }
}
