//! Errors as answers: RFC 9457 problem details with a stable code.

use crate::refusals;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use protocol::http::{PROBLEM_CONTENT_TYPE, Problem};
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use types::{ErrorCode, Hash, Position, error_chain};

/// A refused or failed request, as its answer.
#[derive(Debug)]
pub struct Rejection {
    problem: Box<Problem>,
    retry_after_s: Option<u64>,
    max_age_s: Option<u64>,
}

/// The code of a refusal, for layers around a route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code(pub(crate) u16);

/// Seconds after which to retry when a part of the bank does not answer or is overloaded.
const RETRY_AFTER_S: u64 = 2;

/// The challenge to a client whose token lacks a scope (RFC 6750, 3.1; RFC 9449, 7.1).
const INSUFFICIENT_SCOPE: &str = r#"DPoP error="insufficient_scope", algs="ES256""#;

static INSTANCES: AtomicU64 = AtomicU64::new(1);

impl Rejection {
    /// Makes the problem of `code`.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            problem: Box::new(Problem::new(code)),
            retry_after_s: None,
            max_age_s: None,
        }
    }

    /// Adds a detail about this case. The caller sees it: it must contain neither secrets nor another customer's data.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.problem.detail = Some(detail.into());
        self
    }

    /// Adds the channel's newest position and hash.
    #[must_use]
    pub fn with_newest(mut self, newest: Position, hash: Hash) -> Self {
        *self.problem = self.problem.with_newest(newest, hash);
        self
    }

    /// Adds the time after which the same request may be accepted, in milliseconds from now. The answer has whole
    /// seconds, rounded up.
    #[must_use]
    pub fn with_retry_after_ms(mut self, ms: u64) -> Self {
        self.retry_after_s = Some(ms.div_ceil(1000));
        self
    }

    /// Adds how long ago the login may have been that is required, in whole seconds.
    #[must_use]
    pub const fn with_max_age_s(mut self, seconds: u64) -> Self {
        self.max_age_s = Some(seconds);
        self
    }

    /// Makes a problem for a fault that the caller cannot fix: `code` for the caller, the cause and an instance for the
    /// log.
    #[must_use]
    pub fn of_fault(code: ErrorCode, cause: &(dyn Error + 'static)) -> Self {
        let instance = format!(
            "urn:passbook:fault:{}",
            INSTANCES.fetch_add(1, Ordering::Relaxed)
        );
        tracing::error!(
            instance,
            code = code.number(),
            "a request failed: {}",
            error_chain(cause)
        );
        let mut rejection = Self::new(code);
        rejection.problem.instance = Some(instance);
        rejection
    }

    /// The problem document, after its media type. Called once per refusal, because it counts refusals.
    pub(crate) fn document(&self) -> (&'static str, Vec<u8>) {
        refusals::count(self.problem.code);
        match serde_json::to_vec(&self.problem) {
            Ok(body) => (PROBLEM_CONTENT_TYPE, body),
            Err(error) => unreachable!("a problem always has a JSON form: {error}"),
        }
    }

    /// The stable number.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.problem.code
    }
}

impl From<ErrorCode> for Rejection {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let Ok(status) = StatusCode::from_u16(self.problem.status) else {
            unreachable!("the table of error codes has statuses of HTTP");
        };
        let (media_type, body) = self.document();
        let mut response = (status, [(CONTENT_TYPE, media_type)], body).into_response();
        response.extensions_mut().insert(Code(self.problem.code));
        let headers = response.headers_mut();
        match status {
            StatusCode::UNAUTHORIZED => {
                let challenge = challenge(self.problem.error_code(), self.max_age_s);
                headers.insert(WWW_AUTHENTICATE, challenge);
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                let seconds = self.retry_after_s.unwrap_or(RETRY_AFTER_S);
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            StatusCode::FORBIDDEN if self.problem.error_code() == Some(ErrorCode::ScopeMissing) => {
                let challenge = HeaderValue::from_static(INSUFFICIENT_SCOPE);
                headers.insert(WWW_AUTHENTICATE, challenge);
            }
            _ => {}
        }
        response
    }
}

/// The answer of a refusal whose problem document was stored: the same bytes as when it was first sent.
#[must_use]
pub fn stored_problem(code: ErrorCode, document: Vec<u8>) -> Response {
    refusals::count(code.number());
    let Ok(status) = StatusCode::from_u16(code.status()) else {
        unreachable!("the table of error codes has statuses of HTTP");
    };
    let mut response = (status, [(CONTENT_TYPE, PROBLEM_CONTENT_TYPE)], document).into_response();
    response.extensions_mut().insert(Code(code.number()));
    if status == StatusCode::UNAUTHORIZED {
        let challenge = challenge(Some(code), None);
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// RFC 9449, 7.1 and 9; RFC 6750, 3 for the operator; RFC 9470, 3 for a login that is required.
fn challenge(code: Option<ErrorCode>, max_age_s: Option<u64>) -> HeaderValue {
    let fixed = match code {
        Some(ErrorCode::OperatorTokenInvalid) => "Bearer",
        Some(ErrorCode::TokenMissing) => r#"DPoP algs="ES256""#,
        Some(ErrorCode::UseDpopNonce) => r#"DPoP error="use_dpop_nonce", algs="ES256""#,
        Some(ErrorCode::ProofMissing | ErrorCode::ProofInvalid | ErrorCode::ProofReplayed) => {
            r#"DPoP error="invalid_dpop_proof", algs="ES256""#
        }
        Some(ErrorCode::LoginRequired) => return step_up(max_age_s),
        _ => r#"DPoP error="invalid_token", algs="ES256""#,
    };
    HeaderValue::from_static(fixed)
}

fn step_up(max_age_s: Option<u64>) -> HeaderValue {
    let age = max_age_s.map(|seconds| format!(r#", max_age="{seconds}""#));
    let challenge = format!(
        r#"DPoP error="insufficient_user_authentication"{}, algs="ES256""#,
        age.unwrap_or_default()
    );
    match HeaderValue::try_from(challenge) {
        Ok(challenge) => challenge,
        Err(error) => unreachable!("a number is made of visible characters: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_refusal_for_want_of_a_login_says_what_login_is_needed() {
        let check = |code: ErrorCode, expected: Option<&str>| {
            let response = stored_problem(code, Vec::new());
            let challenge = response.headers().get(WWW_AUTHENTICATE);
            assert_eq!(challenge.map(|value| value.to_str().unwrap()), expected);
        };
        let login = r#"DPoP error="insufficient_user_authentication", algs="ES256""#;
        check(ErrorCode::LoginRequired, Some(login));
        check(ErrorCode::OrderExpired, None);
    }
}
