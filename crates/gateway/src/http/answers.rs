//! The answers to orders and to what belongs to them.

use crate::gateway::Gateway;
use crate::orders::{Receipt, Submitted};
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_edge::{Json, Rejection, stored_problem};
use protocol::http::OrderAnswer;
use std::time::Duration;
use tokio::time::timeout;
use types::DeviceId;

/// The longest time that a request waits for its outcome.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// The receipt, or how far the order has come if the request waits and that is known in time.
pub(super) async fn answered(
    gateway: &Gateway,
    headers: &HeaderMap,
    device: DeviceId,
    Submitted { receipt, placing }: Submitted,
) -> Result<Response, Rejection> {
    if let (Some(wait), Some(intent), None) = (asked_wait(headers), receipt.intent, receipt.refusal)
    {
        if let Some(placing) = placing {
            // The order goes on, whether or not it is placed in time.
            let _in_time = timeout(wait, placing).await;
        }
        let answer = gateway.order(device, intent).await?;
        if let Some(answer) = answer.filter(OrderAnswer::is_answered) {
            return Ok(Json(answer).into_response());
        }
    }
    Ok(response(receipt))
}

/// The stored bytes, as they were first sent.
pub(super) fn response(receipt: Receipt) -> Response {
    match receipt.refusal {
        Some(code) => stored_problem(code, receipt.body),
        None => {
            let json = [(CONTENT_TYPE, "application/json")];
            (StatusCode::ACCEPTED, json, Body::from(receipt.body)).into_response()
        }
    }
}

/// The seconds of `Prefer: wait` (RFC 7240, 4.3), at most [`WAIT_MAX`].
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let mut preferences = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']));
    let wait = preferences.find_map(|preference| {
        let (name, seconds) = preference.split_once('=')?;
        let named = name.trim().eq_ignore_ascii_case("wait");
        seconds.trim().parse().ok().filter(|_| named)
    })?;
    Some(Duration::from_secs(wait).min(WAIT_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_from_any_preference_and_bounded() {
        let check = |value: &'static str, seconds: Option<u64>| {
            let mut headers = HeaderMap::new();
            headers.insert("prefer", value.parse().unwrap());
            assert_eq!(asked_wait(&headers), seconds.map(Duration::from_secs));
        };
        check("wait=3", Some(3));
        check("respond-async, Wait = 7", Some(7));
        check("wait=100000", Some(10));
        check("wait=-1", None);
        check("wait", None);
        check("handling=lenient", None);
    }
}
