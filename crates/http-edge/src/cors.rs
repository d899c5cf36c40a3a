//! Which pages a browser lets call (Fetch, 3.2, "CORS protocol"): those of origins that were configured, and none else.

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

/// What the API has.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");

/// What requests of the API carry.
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("accept, authorization, content-type, dpop, last-event-id");

/// What a page has to read of answers.
const ANSWER_HEADERS: HeaderValue =
    HeaderValue::from_static("dpop-nonce, retry-after, www-authenticate, x-request-id");

/// How many seconds a browser may remember this: as long as any of them does.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// The origins whose pages may call. Credentials of the browser's own (cookies, certificates) are never allowed: tokens
/// and proofs are made by the page.
#[derive(Debug, Clone, Default)]
pub struct Cors(Arc<[HeaderValue]>);

impl Cors {
    /// Pages of `origins`, each as a browser sends it: `https://app.bank.example`. Without any nothing is added to any
    /// answer. An error names what is no header's value.
    pub fn new(origins: &[String]) -> Result<Self, http::header::InvalidHeaderValue> {
        let origins = origins.iter().map(|origin| HeaderValue::from_str(origin));
        Ok(Self(origins.collect::<Result<_, _>>()?))
    }

    /// `router` for these pages, too.
    pub(crate) fn allow(&self, router: Router) -> Router {
        if self.0.is_empty() {
            return router;
        }
        router.layer(from_fn_with_state(self.clone(), answer))
    }
}

async fn answer(State(Cors(origins)): State<Cors>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let origin = headers
        .get(ORIGIN)
        .filter(|origin| origins.contains(origin));
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
