//! Errors as answers: RFC 9457 problem details with a stable code.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use protocol::http::{PROBLEM_CONTENT_TYPE, Problem};
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use types::{ErrorCode, Hash, Position};

/// A request that was not carried out, as its answer.
#[derive(Debug)]
pub struct Rejection(Box<Problem>);

static INSTANCES: AtomicU64 = AtomicU64::new(1);

impl Rejection {
    /// The problem of `code`.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self(Box::new(Problem::new(code)))
    }

    /// With what happened here. It is shown: never a secret, never another's data.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// With the channel's newest position and hash.
    #[must_use]
    pub fn with_newest(mut self, newest: Position, hash: Hash) -> Self {
        *self.0 = self.0.with_newest(newest, hash);
        self
    }

    /// A fault that the caller cannot mend: `code` for them, the cause and an instance for the log.
    #[must_use]
    pub fn of_fault(code: ErrorCode, cause: &(dyn Error + 'static)) -> Self {
        let instance = format!(
            "urn:passbook:fault:{}",
            INSTANCES.fetch_add(1, Ordering::Relaxed)
        );
        let mut told = cause.to_string();
        let mut deeper = cause.source();
        while let Some(cause) = deeper {
            told = format!("{told}: {cause}");
            deeper = cause.source();
        }
        tracing::error!(instance, code = code.number(), "a request failed: {told}");
        let mut problem = Problem::new(code);
        problem.instance = Some(instance);
        Self(Box::new(problem))
    }

    /// The stable number.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.0.code
    }
}

impl From<ErrorCode> for Rejection {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, [(CONTENT_TYPE, PROBLEM_CONTENT_TYPE)], body).into_response();
        let headers = response.headers_mut();
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, challenge(self.0.error_code()));
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

/// RFC 9449, 7.1 and 9; RFC 6750, 3 for the operator.
fn challenge(code: Option<ErrorCode>) -> HeaderValue {
    HeaderValue::from_static(match code {
        Some(ErrorCode::OperatorTokenInvalid) => "Bearer",
        Some(ErrorCode::TokenMissing) => r#"DPoP algs="ES256""#,
        Some(ErrorCode::UseDpopNonce) => r#"DPoP error="use_dpop_nonce", algs="ES256""#,
        Some(ErrorCode::ProofMissing | ErrorCode::ProofInvalid | ErrorCode::ProofReplayed) => {
            r#"DPoP error="invalid_dpop_proof", algs="ES256""#
        }
        _ => r#"DPoP error="invalid_token", algs="ES256""#,
    })
}
