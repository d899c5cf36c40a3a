//! JSON bodies, both ways, with problems for what does not fit.

use crate::places::aside;
use crate::{Device, Rejection};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use types::ErrorCode;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A JSON body: read from a request, or written as an answer.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        if !is_json(request.headers()) {
            return Err(ErrorCode::WrongContentType.into());
        }
        let extensions = request.extensions().clone();
        let arrival = arrival(request, state);
        // Who holds a token keeps the place that the request has; a stranger must not for as long as they like.
        let body = if extensions.get::<Device>().is_some() {
            arrival.await?
        } else {
            aside(&extensions, arrival).await?
        };
        // The place is told and not the content, which may be a secret.
        protocol::json::from_slice(&body)
            .map(Self)
            .map_err(|error| {
                let place = format!(
                    "not the JSON that is expected here, at line {} column {}",
                    error.line(),
                    error.column()
                );
                Rejection::new(ErrorCode::Malformed).with_detail(place)
            })
    }
}

async fn arrival<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Rejection> {
    tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, state))
        .await
        .map_err(|_| Rejection::new(ErrorCode::Timeout))?
        .map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(cause) if cause.status().as_u16() == 413 => {
                Rejection::new(ErrorCode::TooLarge)
            }
            _ => Rejection::new(ErrorCode::Malformed).with_detail("the body did not arrive whole"),
        })
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let media_type = value.split(';').next().unwrap_or_default().trim();
            media_type.eq_ignore_ascii_case("application/json")
        })
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => Rejection::of_fault(ErrorCode::Internal, &error).into_response(),
        }
    }
}
