//! An id for each request, from the caller or generated here. It is in the answer, and in every log line that the
//! request causes.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::Instrument as _;

/// The header with the id, in requests and answers.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Maximum length of a caller's id. A longer id is replaced.
const LENGTH_MAX: usize = 64;

static MADE: AtomicU64 = AtomicU64::new(1);

/// Answers a request with its id. The span has the level of errors, so that it exists whatever level is logged.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let id = given(request.headers()).map_or_else(made, str::to_owned);
    let value = HeaderValue::from_str(&id);
    let span = tracing::error_span!("request", request_id = id);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = value {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// The caller's id, if it is safe for a log: 1 to 64 letters, digits, `.`, `_` and `-`.
fn given(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get(HEADER)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    ((1..=LENGTH_MAX).contains(&id.len()) && id.bytes().all(is_plain)).then_some(id)
}

/// A unique id: a number within this process, and a random prefix for the process.
fn made() -> String {
    static PROCESS: OnceLock<String> = OnceLock::new();
    let process = PROCESS.get_or_init(|| {
        let mut random = [0; 8];
        // Without randomness, ids of two processes may collide. Answering is more important.
        let _ = getrandom::fill(&mut random);
        types::hex::encode(&random)
    });
    format!("{process}-{}", MADE.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt as _;

    async fn answered(id: Option<&'static [u8]>) -> String {
        let router = Router::new()
            .route("/", get(async || ""))
            .layer(from_fn(answer));
        let mut request = Request::get("/");
        if let Some(id) = id {
            request = request.header(HEADER, HeaderValue::from_bytes(id).unwrap());
        }
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await;
        response.unwrap().headers()[HEADER]
            .to_str()
            .unwrap()
            .to_owned()
    }

    #[tokio::test]
    async fn a_plain_id_is_kept_and_any_other_is_replaced() {
        let longest: &[u8] = &[b'a'; LENGTH_MAX];
        for id in [b"order-1.2_X".as_slice(), longest] {
            assert_eq!(answered(Some(id)).await.as_bytes(), id);
        }
        let too_long: &[u8] = &[b'a'; LENGTH_MAX + 1];
        for id in [
            b"".as_slice(),
            too_long,
            b"a b",
            b"a\xe9",
            b"a=\"1\"",
            b"a\tb",
        ] {
            let made = answered(Some(id)).await;
            assert_ne!(made.as_bytes(), id);
            assert!(made.len() > 17, "{made}");
        }
        assert_ne!(answered(None).await, answered(None).await);
    }
}
