//! The door over HTTP: the layers around the routes of the bank's adapter.

use crate::judging::{Judged, Passed};
use crate::stop::{Stop, disallows};
use crate::{Presented, SecurityStack};
use ::http::header::{CONNECTION, CONTENT_TYPE, SET_COOKIE};
use ::http::{HeaderValue, StatusCode};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any_service;
use envelope::AnswerMac;
use http_body_util::{BodyExt as _, Limited};
use http_edge::{Door as _, Prefix, ServiceCaller};
use protocol::package::{LAYERS, SERVER_SESSION};
use types::base64url;

/// Maximum size of a body that is read, in bytes. The firewall's own limit may be lower.
const BODY_BYTES_MAX: usize = 1 << 20;

/// `routes` behind the stack, which judges every request, also one to a path that they do not have. The listener gives each
/// request its [`ServiceCaller`].
pub fn guard(stack: &SecurityStack, routes: Router) -> Router {
    let guarded = routes.layer(from_fn_with_state(stack.clone(), pass));
    // A fallback would give way to the listener's.
    Router::new()
        .route("/", any_service(guarded.clone()))
        .route("/{*path}", any_service(guarded))
}

async fn pass(State(stack): State<SecurityStack>, request: Request, next: Next) -> Response {
    let Some(caller) = request.extensions().get::<ServiceCaller>().cloned() else {
        tracing::error!("the listener does not say who calls");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    // It was disallowed while its connection was open.
    if !stack.admits(caller.address) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let (parts, body) = request.into_parts();
    // What is too long arrives as nothing, and its MAC does not fit.
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    // What a caller sent who goes away is judged and recorded, too.
    let judging = tokio::spawn(async move {
        let presented = Presented {
            caller: &caller,
            method: parts.method.as_str(),
            path: parts.uri.path(),
            headers: &parts.headers,
            body: &body,
        };
        let judged = judge_and_record(&stack, &presented).await;
        (judged, parts, body)
    });
    let (passed, parts, body) = match judging.await {
        Ok((Some(Judged::Passed(passed)), parts, body)) => (passed, parts, body),
        Ok((Some(Judged::Stopped(stop)), ..)) => return stopped(&stop),
        Ok((None, ..)) | Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let mut request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert((*passed).clone());
    answered(&passed, next.run(request).await).await
}

/// What becomes of a package, recorded if it is stopped. `None` if it could not be judged.
async fn judge_and_record(stack: &SecurityStack, presented: &Presented<'_>) -> Option<Judged> {
    let judged = match stack.judge(presented).await {
        Ok(judged) => judged,
        Err(failure) => {
            let failure = types::error_chain(&failure);
            tracing::error!("a package could not be judged: {failure}");
            return None;
        }
    };
    if let Judged::Stopped(stop) = &judged {
        let prefix = Prefix::of(presented.caller.address);
        if stack.0.alerting.may_record(prefix, stack.now())
            && let Err(failure) = stack.record(presented, stop).await
        {
            let failure = types::error_chain(&failure);
            tracing::error!("a stopped package was not recorded: {failure}");
        }
    }
    Some(judged)
}

/// The answer to a package that did not pass: which layer stopped it, and nothing of what was seen.
fn stopped(stop: &Stop) -> Response {
    let mut verdicts = stop.verdicts.clone();
    for verdict in &mut verdicts {
        verdict.saw.clear();
    }
    let layers = serde_json::to_string(&verdicts).unwrap_or_default();
    let body = r#"{"problem":"stopped"}"#;
    let mut response = (
        StatusCode::FORBIDDEN,
        [(CONTENT_TYPE, "application/json"), (CONNECTION, "close")],
        body,
    )
        .into_response();
    let headers = response.headers_mut();
    if let Ok(layers) = HeaderValue::try_from(layers) {
        headers.insert(LAYERS, layers);
    }
    if disallows(stop.layer) {
        let mark =
            "passbook-stopped=1; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Strict";
        headers.insert(SET_COOKIE, HeaderValue::from_static(mark));
    }
    response
}

/// The bank's answer with the verdicts, and the MAC that fits the package.
async fn answered(passed: &Passed, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let body = body.to_bytes();
    let layers = serde_json::to_string(&passed.verdicts).unwrap_or_default();
    let mac = AnswerMac {
        package: passed.package,
        of: &passed.mac,
        status: parts.status.as_u16(),
        layers: layers.as_bytes(),
        body: &body,
    };
    let mac = base64url::encode(&mac.made_with(&passed.key));
    for (name, value) in [(LAYERS, layers), (SERVER_SESSION, mac)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            parts.headers.insert(name, value);
        }
    }
    Response::from_parts(parts, Body::from(body))
}
