//! `GET /v1/live?after=…`: server-sent events (WHATWG HTML, 9.2) over all of a device's channels.

use super::Served;
use super::accept::negotiate;
use crate::Live;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_edge::{Device, DeviceGuard, Rejection, Session};
use protocol::live::{Asked, CONTENT_TYPE as EVENT_STREAM, KEEP_ALIVE, LiveError};
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;
use types::{ErrorCode, Time};

/// No stream is older.
const AGE_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// So long before its end a stream says that it comes.
const WARNED_MS: u64 = 60_000;

/// After so long without anything else a comment is sent, so that a dead connection is noticed.
const QUIET_MS: u64 = 20_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    after: String,
}

pub(super) async fn open(
    device: Device,
    State(served): State<Served>,
    query: Result<Query<After>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    negotiate(&headers, &[EVENT_STREAM])?;
    let asked: Result<Asked, LiveError> = match query {
        Ok(Query(query)) => query.after.parse(),
        Err(_) => Err(LiveError::WrongShape("the query is `after`")),
    };
    // `Last-Event-ID` is not read: `after` names every position, and wins.
    let asked = asked.map_err(|error| match error {
        LiveError::TooManyChannels => ErrorCode::TooManyChannels.into(),
        other => Rejection::new(ErrorCode::Malformed).with_detail(other.to_string()),
    })?;
    let mut private = false;
    for (channel, _) in asked.positions() {
        device.check_opens(*channel)?;
        private |= served.broker.is_private(*channel).await?;
    }
    let stream = Stream {
        session: served.guard.open_session(&device, private)?,
        live: served.broker.live(asked),
        expires: device.expires,
        ends: ends(device.expires, served.guard.now()),
        warned: false,
        guard: served.guard,
        stop: served.stop,
    };
    let body = stream::unfold(stream, async |mut stream| {
        let piece = stream.next().await?;
        Some((Ok::<_, Infallible>(piece), stream))
    });
    // A proxy that buffers would turn a stream into silence.
    let headers = [
        (CONTENT_TYPE.as_str(), EVENT_STREAM),
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// What a connection holds: a position in each channel, and one piece at a time, made when there is room to send it.
/// Whether the session ended is asked before anything is read for a piece. Where the peer takes nothing there is no room
/// and nothing is asked, or read: such a connection is closed by the listener's stall timeout.
struct Stream {
    live: Live,
    session: Session,
    guard: DeviceGuard,
    stop: watch::Receiver<bool>,
    expires: Time,
    ends: Time,
    warned: bool,
}

/// No stream outlives its token or a day.
fn ends(expires: Time, opened: Time) -> Time {
    expires.min(opened.plus_ms(AGE_MAX_MS))
}

impl Stream {
    /// The next piece, made of whole frames; none at the end of the stream.
    async fn next(&mut self) -> Option<Bytes> {
        let mut out = String::new();
        let quiet = tokio::time::sleep(Duration::from_millis(QUIET_MS));
        tokio::pin!(quiet);
        loop {
            let now = self.guard.now();
            let (valid, left) = (self.expires.ms_since(now), self.ends.ms_since(now));
            if left == 0 {
                return None;
            }
            if valid <= WARNED_MS && !self.warned {
                self.warned = true;
                self.live.write_expiring(valid.div_ceil(1000), &mut out);
                return Some(out.into());
            }
            let due = if self.warned {
                left
            } else {
                left.min(valid - WARNED_MS)
            };
            tokio::select! {
                // What ends the stream goes before what it has to say. All of these are cancel safe.
                biased;
                _ = self.stop.wait_for(|stop| *stop) => return None,
                end = self.session.ended() => {
                    tracing::debug!(?end, "a stream was ended");
                    return None;
                }
                said = self.live.next() => {
                    let said = said.inspect_err(|stopped| tracing::error!(%stopped, "a stream ends"));
                    self.live.write(&said.ok()?, &mut out);
                    return Some(out.into());
                }
                () = &mut quiet => return Some(Bytes::from_static(KEEP_ALIVE.as_bytes())),
                () = tokio::time::sleep(Duration::from_millis(due)) => {}
            }
        }
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
