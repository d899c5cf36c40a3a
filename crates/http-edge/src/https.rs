//! HTTPS alone: plain HTTP is sent there, and browsers are told never to ask otherwise.

use crate::Rejection;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONNECTION, LOCATION, STRICT_TRANSPORT_SECURITY};
use http::{HeaderValue, Method, StatusCode, Uri};
use std::sync::Arc;
use types::ErrorCode;

/// For how long browsers use HTTPS alone: two years, in seconds.
const HSTS: &str = "max-age=63072000";

/// The origin that is reached over HTTPS.
#[derive(Clone)]
pub(crate) struct Https(Arc<str>);

impl Https {
    /// An origin, such as `https://bank.example`.
    pub(crate) fn at(origin: &str) -> Self {
        Self(origin.into())
    }

    /// `router`, whose answers over TLS announce it (RFC 6797, 6.1).
    pub(crate) fn announced_by(&self, router: Router) -> Router {
        router.layer(axum::middleware::map_response(
            async |mut response: Response| {
                let value = HeaderValue::from_static(HSTS);
                response
                    .headers_mut()
                    .insert(STRICT_TRANSPORT_SECURITY, value);
                response
            },
        ))
    }

    /// What answers plain HTTP. Reads no body, and runs nothing else. A request that carries something is refused and not
    /// sent on: it would be repeated as if nobody had read it.
    pub(crate) fn redirecting(&self) -> Router {
        Router::new()
            .fallback(
                async |State(https): State<Self>, method: Method, uri: Uri| {
                    let path = uri.path_and_query().map_or("/", |path| path.as_str());
                    let close = [(CONNECTION, HeaderValue::from_static("close"))];
                    let location = HeaderValue::try_from(format!("{}{path}", https.0));
                    match (method, location) {
                        (Method::GET | Method::HEAD, Ok(location)) => {
                            let to = [(LOCATION, location)];
                            (StatusCode::PERMANENT_REDIRECT, close, to).into_response()
                        }
                        _ => (close, Rejection::from(ErrorCode::TlsRequired)).into_response(),
                    }
                },
            )
            .with_state(self.clone())
    }
}
