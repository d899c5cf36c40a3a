//! JSON bodies in requests and answers, with problem documents for invalid ones.

use crate::Rejection;
use crate::whole_body::whole_body;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::ErrorCode;

/// A JSON body: parsed from a request, or written as an answer.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

/// The body of a request that says that it is JSON, for a route that reads it by itself.
#[derive(Debug, Clone)]
pub struct JsonBytes(pub Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Rejection;

    async fn from_request(request: Request, _: &S) -> Result<Self, Rejection> {
        Ok(Self(whole_body(request, "application/json").await?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let JsonBytes(body) = JsonBytes::from_request(request, state).await?;
        // The detail names the position, not the content, which may be secret.
        protocol::json::from_slice(&body)
            .map(Self)
            .map_err(|error| {
                let place = format!(
                    "not the expected JSON, at line {} column {}",
                    error.line(),
                    error.column()
                );
                Rejection::new(ErrorCode::Malformed).with_detail(place)
            })
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => Rejection::of_fault(ErrorCode::Internal, &error).into_response(),
        }
    }
}
