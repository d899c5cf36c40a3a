//! The page on which a person logs in for a client and decides: one page, one script, one style, in the languages of its
//! readers. Nothing in it comes from another origin, and no other page can frame it.

mod words;

use crate::AuthorizationError;
use crate::openid::paths::{CHALLENGE, CONSENT, LOGIN, SCRIPT, STYLE};
use axum::response::{Html, IntoResponse, Response};
use http::header::{
    CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, StatusCode};
use token::Scopes;
pub(super) use words::Language;

const YEAR: &str = "max-age=31536000";

/// No form is sent: browsers hold each redirect that follows a form against `form-action`, also those of the client's.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; \
     frame-ancestors 'none'; base-uri 'none'";

/// The page's script.
#[utoipa::path(get, path = SCRIPT, responses((status = OK, body = String, content_type = "text/javascript")))]
pub(super) async fn script() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "text/javascript"), NO_SNIFFING];
    (headers, include_str!("page/page.js"))
}

/// The page's style.
#[utoipa::path(get, path = STYLE, responses((status = OK, body = String, content_type = "text/css")))]
pub(super) async fn style() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "text/css"), NO_SNIFFING];
    (headers, include_str!("page/page.css"))
}

const NO_SNIFFING: (HeaderName, &str) = (X_CONTENT_TYPE_OPTIONS, "nosniff");

/// The page that asks the person to log in, and then whether the client may have these scopes, for how many days.
pub(super) fn asked(
    language: Language,
    (client, scopes, days): (&str, &Scopes, u64),
    authorization: &str,
) -> Response {
    let words = language.words();
    let items = scopes.iter().map(|scope| {
        let item = language.scope(scope).replace("{}", &days.to_string());
        format!("<li>{item}</li>")
    });
    let client = escaped(client);
    let page = format!(
        include_str!("page/page.html"),
        language = language.as_str(),
        script = SCRIPT,
        style = STYLE,
        challenge = CHALLENGE,
        login = LOGIN,
        consent = CONSENT,
        authorization = escaped(authorization),
        title = words.title,
        asks = words.asks.replace("{}", &client),
        log_in = words.log_in,
        button = words.button,
        no_script = words.no_script,
        may = words.may.replace("{}", &client),
        scopes = items.collect::<String>(),
        withdraw = words.withdraw,
        allow = words.allow,
        refuse = words.refuse,
        refused = words.refused,
        locked = words.locked,
        expired = words.expired,
        ended = words.ended,
        failed = words.failed,
    );
    answer(language, StatusCode::OK, page)
}

/// The page of a refusal. It sends the browser nowhere.
pub(super) fn refusal(language: Language, error: &AuthorizationError) -> Response {
    let words = language.words();
    if let AuthorizationError::Failed(failure) = error {
        tracing::error!("an authorization failed: {}", types::error_chain(failure));
    }
    let status = StatusCode::from_u16(error.code().status());
    let page = format!(
        include_str!("page/refusal.html"),
        language = language.as_str(),
        style = STYLE,
        title = words.title,
        problem = match error {
            AuthorizationError::Failed(_) => words.failed,
            AuthorizationError::Locked { .. } => words.locked,
            AuthorizationError::LoginRequired | AuthorizationError::Refused => words.refused,
            AuthorizationError::ChallengeUnknown => words.expired,
            AuthorizationError::Unknown => words.ended,
        },
    );
    let status = status.unwrap_or(StatusCode::BAD_REQUEST);
    answer(language, status, page)
}

fn answer(language: Language, status: StatusCode, page: String) -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        NO_SNIFFING,
        // The client's page is of another origin and gets no referrer.
        (REFERRER_POLICY, "same-origin"),
        (STRICT_TRANSPORT_SECURITY, YEAR),
        (CONTENT_LANGUAGE, language.as_str()),
        (VARY, "accept-language"),
    ];
    (status, headers, Html(page)).into_response()
}

/// A text in HTML, as content or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
