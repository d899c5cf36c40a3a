//! `GET /v1/live?after=…`: server-sent events (WHATWG HTML, 9.2) over all of a device's channels.

use super::accept::negotiate;
use super::{LIVE, NotRead, Served};
use crate::Live;
use crate::observed::OpenStream;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use http_edge::{Device, DeviceGuard, Rejection, Session, SessionEnd};
use protocol::live::{
    Asked, CONTENT_TYPE as EVENT_STREAM, EndReason, Frame, KEEP_ALIVE, LiveError,
};
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;
use tracing::{Instrument as _, Span};
use types::{ErrorCode, Time};
use utoipa::IntoParams;

/// Maximum age of a stream.
const AGE_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// How long before its end a stream announces the end.
const WARNED_MS: u64 = 60_000;

/// After this time without another frame a comment is sent, so that a dead connection is noticed.
const QUIET_MS: u64 = 20_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    /// Each channel once, with the position that the device has committed: `channel:generation.number`, joined by commas.
    #[param(
        pattern = r"^[A-Za-z0-9_-]{21}[AQgw]:[1-9][0-9]{0,17}\.(0|[1-9][0-9]{0,17})(,[A-Za-z0-9_-]{21}[AQgw]:[1-9][0-9]{0,17}\.(0|[1-9][0-9]{0,17})){0,15}$"
    )]
    after: String,
}

/// Streams messages as server-sent events: everything after the positions, and then what is new.
#[utoipa::path(get, path = LIVE, params(After), responses((status = OK, body = String, content_type = "text/event-stream"), NotRead))]
pub(super) async fn open(
    device: Device,
    State(served): State<Served>,
    method: Method,
    query: Result<Query<After>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    negotiate(&headers, &[EVENT_STREAM])?;
    let asked: Result<Asked, LiveError> = match query {
        Ok(Query(query)) => query.after.parse(),
        Err(_) => Err(LiveError::WrongShape("the query is `after`")),
    };
    // `Last-Event-ID` is ignored, because `after` names every position.
    let asked = asked.map_err(|error| match error {
        LiveError::TooManyChannels => ErrorCode::TooManyChannels.into(),
        other => Rejection::new(ErrorCode::Malformed).with_detail(other.to_string()),
    })?;
    let mut private = false;
    for (channel, _) in asked.positions() {
        device.check_opens(*channel)?;
        private |= served.broker.is_private(*channel).await?;
    }
    // A proxy that buffers the stream would delay every frame.
    let headers = [
        (CONTENT_TYPE.as_str(), EVENT_STREAM),
        ("x-accel-buffering", "no"),
    ];
    // The answer to a HEAD request has no body, so it does not count as a stream.
    if method == Method::HEAD {
        return Ok(headers.into_response());
    }
    let stream = Stream {
        span: Span::current(),
        _open: OpenStream::new(&served.broker.observed),
        session: served.guard.open_session(&device, private)?,
        live: served.broker.live(asked),
        expires: device.expires,
        ends: ends(device.expires, served.guard.now()),
        warned: false,
        ended: false,
        guard: served.guard,
        stop: served.stop,
    };
    let body = stream::unfold(stream, async |mut stream| {
        let span = stream.span.clone();
        let piece = stream.next().instrument(span).await?;
        Some((Ok::<_, Infallible>(piece), stream))
    });
    Ok((headers, Body::from_stream(body)).into_response())
}

/// The state of a connection: a position in each channel, and one piece of output, which is made when the connection
/// can accept it. Whether the session has ended is checked before each read. If the peer accepts no bytes, nothing is
/// checked or read, and the listener's stall timeout closes the connection.
struct Stream {
    /// The id of the request that opened the stream.
    span: Span,
    _open: OpenStream,
    live: Live,
    session: Session,
    guard: DeviceGuard,
    stop: watch::Receiver<bool>,
    expires: Time,
    ends: Time,
    warned: bool,
    /// Whether the end was announced.
    ended: bool,
}

/// A stream ends with its token, and after a day at the latest.
fn ends(expires: Time, opened: Time) -> Time {
    expires.min(opened.plus_ms(AGE_MAX_MS))
}

impl Stream {
    /// The next piece, made of whole frames. The last frame names the reason for the end. `None` after the end.
    async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let mut out = String::new();
        let quiet = tokio::time::sleep(Duration::from_millis(QUIET_MS));
        tokio::pin!(quiet);
        loop {
            let now = self.guard.now();
            let (valid, left) = (self.expires.ms_since(now), self.ends.ms_since(now));
            if left == 0 {
                return self.end(if valid == 0 {
                    EndReason::Expired
                } else {
                    EndReason::Stopping
                });
            }
            if valid <= WARNED_MS && !self.warned {
                self.warned = true;
                let seconds = valid.div_ceil(1000);
                self.live
                    .write_frame(&Frame::Expiring { seconds }, &mut out);
                return Some(out.into());
            }
            let due = if self.warned {
                left
            } else {
                left.min(valid - WARNED_MS)
            };
            let ended = tokio::select! {
                // A reason to end the stream takes precedence over further frames. All branches are cancel safe.
                biased;
                _ = self.stop.wait_for(|stop| *stop) => EndReason::Stopping,
                end = self.session.ended() => reason(end),
                frames = self.live.next() => match frames {
                    Ok(frames) => {
                        self.live.write(&frames, &mut out);
                        return Some(out.into());
                    }
                    Err(stopped) => {
                        tracing::error!(%stopped, "a stream ends");
                        EndReason::Stopping
                    }
                },
                () = &mut quiet => return Some(Bytes::from_static(KEEP_ALIVE.as_bytes())),
                () = tokio::time::sleep(Duration::from_millis(due)) => continue,
            };
            return self.end(ended);
        }
    }

    /// The last piece.
    fn end(&mut self, reason: EndReason) -> Option<Bytes> {
        tracing::debug!(?reason, "a stream ends");
        self.ended = true;
        let mut out = String::new();
        self.live.write_frame(&Frame::Ended { reason }, &mut out);
        Some(out.into())
    }
}

/// The reason that the device gets for the end of its session.
const fn reason(end: SessionEnd) -> EndReason {
    match end {
        SessionEnd::Revoked => EndReason::Revoked,
        SessionEnd::CustomerStopped => EndReason::CustomerStopped,
        SessionEnd::Displaced => EndReason::Replaced,
        // Another node may have current revocations.
        SessionEnd::RevocationsUnknown => EndReason::Stopping,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_ends_with_its_token_or_after_a_day() {
        let opened = Time::from_ms(1_790_000_000_000);
        assert_eq!(ends(opened.plus_ms(500), opened), opened.plus_ms(500));
        let day = opened.plus_ms(AGE_MAX_MS);
        assert_eq!(ends(day.plus_ms(1), opened), day);
    }
}
