//! The routes of a browser in which a person logs in for a client and decides.
//!
//! What changes anything needs the cookie of the browser that began the authorization, and comes from the page itself:
//! its `Origin` is the bank's.

use super::page::{self, Language};
use super::rejection;
use crate::openid::REQUEST_URI;
use crate::openid::paths::{AUTHORIZE, CHALLENGE, CONSENT, LOGIN};
use crate::{AuthorizationError, Begun, Ciam, Form};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use http_edge::{Class, Json, Rejection, Stranger, cookie};
use protocol::http::{
    BeginClientLogin, ClientDecided, ClientDecision, ClientLoggedIn, ClientLogin, LoginOptions,
};
use types::{ClientId, ErrorCode, Hash};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The classes of the routes.
pub(super) const CLASSES: [(&str, Class); 4] = [
    (AUTHORIZE, Class::Enrolment),
    (CHALLENGE, Class::Enrolment),
    (LOGIN, Class::Enrolment),
    (CONSENT, Class::Enrolment),
];

/// The paths of the page.
pub(super) const PAGES: [&str; 4] = [AUTHORIZE, CHALLENGE, LOGIN, CONSENT];

/// How long a browser keeps the cookie of an authorization, in seconds: until it is decided, and the minute before.
const KEPT_S: u32 = 11 * 60;

/// Key operations of a login: verifying an assertion.
const LOGIN_KEY_OPERATIONS: u32 = 1;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Ciam> {
    OpenApiRouter::default()
        .routes(routes!(begin))
        .routes(routes!(page::script))
        .routes(routes!(page::style))
        .routes(routes!(challenge))
        .routes(routes!(log_in))
        .routes(routes!(decide))
}

/// The name of the cookie that tells the browser which began an authorization from others. No other host can set a cookie of
/// this prefix, and none without TLS.
fn cookie_name(authorization: &str) -> String {
    let hash = Hash::of(authorization.as_bytes()).to_string();
    format!("__Host-passbook-{}", hash.get(..16).unwrap_or_default())
}

/// The browser, as its cookie of the authorization says.
fn browser<'a>(headers: &'a HeaderMap, authorization: &str) -> Option<&'a str> {
    let value = cookie(headers, &cookie_name(authorization));
    value.filter(|value| value.len() == 43)
}

impl Ciam {
    /// The browser whose page sent the request. Other sites' pages cannot send one that passes (CSRF).
    fn own_page<'a>(
        &self,
        headers: &'a HeaderMap,
        authorization: &str,
    ) -> Result<&'a str, AuthorizationError> {
        let mut origins = headers.get_all(ORIGIN).iter();
        let own = self.inner.settings.relying_party.origin.as_bytes();
        let is_own = origins
            .next()
            .is_some_and(|origin| origin.as_bytes() == own);
        let browser =
            browser(headers, authorization).filter(|_| is_own && origins.next().is_none());
        browser.ok_or(AuthorizationError::Unknown)
    }
}

/// The page on which a person logs in for another app and decides.
#[utoipa::path(get, path = AUTHORIZE, params(("client_id" = Option<ClientId>, Query), ("request_uri" = Option<String>, Query)), responses((status = OK, body = String, content_type = "text/html"), (status = SEE_OTHER, description = "Back to the app", headers(("Location" = String))), (status = NOT_FOUND, body = String, content_type = "text/html")))]
async fn begin(
    State(ciam): State<Ciam>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let language = Language::of(&headers);
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    let Ok(form) = form else {
        return page::refusal(language, &AuthorizationError::Unknown);
    };
    let [client, request] = ["client_id", "request_uri"].map(|name| form.get(name));
    let (Some(client), Some(request)) = (client, request) else {
        return page::refusal(language, &AuthorizationError::Unknown);
    };
    let Some(authorization) = request.strip_prefix(REQUEST_URI) else {
        return page::refusal(language, &AuthorizationError::Unknown);
    };
    let kept = browser(&headers, authorization);
    match ciam.begin_authorization(client, authorization, kept).await {
        Ok(Begun::SentBack(location)) => sent_to(location),
        Ok(Begun::Asked {
            client,
            scopes,
            browser,
        }) => {
            let name = cookie_name(authorization);
            let cookie = format!(
                "{name}={browser}; Path=/; Max-Age={KEPT_S}; Secure; HttpOnly; SameSite=Lax"
            );
            let asked = page::asked(
                language,
                (&client.name, &scopes, ciam.offline_days()),
                authorization,
            );
            ([(SET_COOKIE, cookie)], asked).into_response()
        }
        Err(error) => page::refusal(language, &error),
    }
}

/// Gives the page the challenge of a login. For the provider's own page only.
#[utoipa::path(post, path = CHALLENGE, responses((status = OK, body = LoginOptions), AuthorizationError))]
async fn challenge(
    State(ciam): State<Ciam>,
    headers: HeaderMap,
    Json(BeginClientLogin { authorization }): Json<BeginClientLogin>,
) -> Result<Json<LoginOptions>, Rejection> {
    let browser = ciam.own_page(&headers, &authorization)?;
    let options = ciam.authorization_options(&authorization, browser).await?;
    Ok(Json(options))
}

/// Logs the person in for the app. For the provider's own page only.
#[utoipa::path(post, path = LOGIN, responses((status = OK, body = ClientLoggedIn), AuthorizationError))]
async fn log_in(
    State(ciam): State<Ciam>,
    stranger: Stranger,
    headers: HeaderMap,
    Json(ClientLogin {
        authorization,
        assertion,
    }): Json<ClientLogin>,
) -> Result<Json<ClientLoggedIn>, Rejection> {
    let browser = ciam.own_page(&headers, &authorization)?;
    stranger.spend_key_operations(LOGIN_KEY_OPERATIONS)?;
    let at_page = (authorization.as_str(), browser);
    ciam.log_in_for_client(at_page, &assertion.into(), stranger.address())
        .await?;
    Ok(Json(ClientLoggedIn { authorization }))
}

/// Allows or refuses what the app asks for. For the provider's own page only.
#[utoipa::path(post, path = CONSENT, responses((status = OK, body = ClientDecided), AuthorizationError))]
async fn decide(
    State(ciam): State<Ciam>,
    headers: HeaderMap,
    Json(ClientDecision {
        authorization,
        allowed,
    }): Json<ClientDecision>,
) -> Result<Json<ClientDecided>, Rejection> {
    let browser = ciam.own_page(&headers, &authorization)?;
    let location = ciam.decide((&authorization, browser), allowed).await?;
    Ok(Json(ClientDecided { location }))
}

/// 303, not 307 (FAPI 2.0 Security Profile, 5.3.2.2).
fn sent_to(location: String) -> Response {
    let headers = [
        (LOCATION, location),
        (http::header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

http_edge::refuses!(AuthorizationError: AuthorizationUnknown, LoginRefused, ChallengeUnknown, LoginLocked);

impl From<AuthorizationError> for Rejection {
    fn from(error: AuthorizationError) -> Self {
        match &error {
            AuthorizationError::Locked { until, now } => {
                Self::new(ErrorCode::LoginLocked).with_retry_after_ms(until.ms_since(*now))
            }
            error => rejection(error.code(), error),
        }
    }
}
