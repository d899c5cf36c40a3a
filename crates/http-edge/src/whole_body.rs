//! The whole body of a request, of one media type.

use crate::Rejection;
use crate::admission::Ticket;
use crate::received::received;
use axum::RequestExt as _;
use axum::extract::Request;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use types::ErrorCode;

/// Receives the body of a request that says that it is of `media_type`.
pub(crate) async fn whole_body(request: Request, media_type: &str) -> Result<Vec<u8>, Rejection> {
    if !is(request.headers(), media_type) {
        return Err(ErrorCode::WrongContentType.into());
    }
    let ticket = request.extensions().get::<Ticket>().cloned();
    let body = request.with_limited_body().into_body();
    match ticket {
        Some(ticket) => ticket.receive(body).await,
        None => received(body, |_| true).await,
    }
}

fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let stated = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    stated.is_some_and(|value| {
        let stated = value.split(';').next().unwrap_or_default().trim();
        stated.eq_ignore_ascii_case(media_type)
    })
}
