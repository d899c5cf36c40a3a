//! Holds the answers to the API document, in builds with debug assertions: so every test of a route tests what the document says
//! of it.

use crate::document::describes;
use crate::problem::Code;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use std::sync::Arc;
use utoipa::openapi::OpenApi;

/// `router`, whose answers `document` must describe.
pub(crate) fn held_to(document: OpenApi, router: Router) -> Router {
    router.layer(from_fn_with_state(Arc::new(document), check))
}

async fn check(State(document): State<Arc<OpenApi>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    if let Some(path) = path {
        let operation = (&method, path.as_str());
        let code = response.extensions().get::<Code>().map(|Code(code)| *code);
        assert!(
            describes(&document, operation, response.status(), code),
            "the API document does not have {} with code {code:?} of {method} {}",
            response.status(),
            path.as_str(),
        );
    }
    response
}
