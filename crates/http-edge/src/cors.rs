//! Cross-origin requests (Fetch, 3.2, "CORS protocol"): only pages of configured origins may call the API.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use http::{HeaderValue, Method, StatusCode};
use std::sync::Arc;

/// The API's methods.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");

/// The request headers of the API.
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("accept, authorization, content-type, dpop, last-event-id");

/// The answer headers that a page has to read.
const ANSWER_HEADERS: HeaderValue =
    HeaderValue::from_static("dpop-nonce, retry-after, www-authenticate, x-request-id");

/// How many seconds a browser may cache the answer: the longest time that a browser allows.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// The origins whose pages may call. The browser's own credentials (cookies, certificates) are never allowed: the page
/// makes tokens and proofs itself.
#[derive(Debug, Clone, Default)]
pub struct Cors {
    origins: Arc<[HeaderValue]>,
    excepted: &'static [&'static str],
}

impl Cors {
    /// Allows pages of `origins`, each as a browser sends it: `https://app.bank.example`. Without origins, nothing is
    /// added to any answer. Fails if an origin is not a valid header value.
    pub fn new(origins: &[String]) -> Result<Self, http::header::InvalidHeaderValue> {
        let origins = origins.iter().map(|origin| HeaderValue::from_str(origin));
        Ok(Self {
            origins: origins.collect::<Result<_, _>>()?,
            excepted: &[],
        })
    }

    /// The same, but no page may call these paths: people's browsers open them.
    #[must_use]
    pub const fn except(mut self, paths: &'static [&'static str]) -> Self {
        self.excepted = paths;
        self
    }

    /// `router` with cross-origin answers for these origins.
    pub(crate) fn allow(&self, router: Router) -> Router {
        if self.origins.is_empty() {
            return router;
        }
        router.layer(from_fn_with_state(self.clone(), answer))
    }
}

async fn answer(State(cors): State<Cors>, request: Request, next: Next) -> Response {
    if cors.excepted.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let headers = request.headers();
    let origin = headers
        .get(ORIGIN)
        .filter(|origin| cors.origins.contains(origin));
    let origin = origin.cloned();
    let preflight =
        request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight && origin.is_some() {
        let allowed = [
            (ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
            (ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        ];
        (StatusCode::NO_CONTENT, allowed).into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_name(ORIGIN));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
    }
    response
}
