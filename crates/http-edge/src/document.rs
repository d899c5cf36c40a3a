//! What the API document (OpenAPI 3.1) says of every route: who may call it, and what the edge may answer in its place. A
//! handler's own description has its answer and its own refusals only.

use http::{Method, StatusCode};
use protocol::http::{PROBLEM_CONTENT_TYPE, Problem};
use serde_json::Value;
use std::collections::BTreeMap;
use types::ErrorCode;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{Components, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, OpenIdConnect, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, Header, OpenApi, PathItem, Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callers {
    /// Everybody, or whom the route itself authenticates.
    Everybody,
    /// Devices, with a channel token and a proof.
    Devices,
    /// The same, and devices whose channel token has expired.
    ReturningDevices,
    /// People who logged in on a device, with an access token and a proof. Some routes accept a channel token, too.
    People,
    /// Other apps of the bank, with an access token that a person allowed and a proof.
    Apps,
}

impl Callers {
    /// Whether no guard of devices stands before the routes.
    pub(crate) const fn are_let_through(self) -> bool {
        matches!(self, Self::Everybody | Self::Apps)
    }
}

/// The scheme of a device's channel token.
const CHANNEL_TOKEN: &str = "channel_token";

/// The scheme of the access token of a person who logged in on a device.
const ACCESS_TOKEN: &str = "access_token";

/// The scheme of the proof that is sent with each token.
const PROOF: &str = "proof";

/// The scheme of an access token of another app of the bank's.
const CLIENT_TOKEN: &str = "client_token";

/// The member of a response with the numbers of the problems that it may have.
const CODES: &str = "x-codes";

/// What the edge may answer to every request.
const OF_EVERY_ROUTE: [ErrorCode; 4] = [
    ErrorCode::Overloaded,
    ErrorCode::TooManyRequests,
    ErrorCode::Unavailable,
    ErrorCode::Internal,
];

/// What the edge may answer to a request with parameters.
const OF_PARAMETERS: [ErrorCode; 1] = [ErrorCode::Malformed];

/// What the edge may answer to a request with a body.
const OF_BODIES: [ErrorCode; 4] = [
    ErrorCode::Malformed,
    ErrorCode::TooLarge,
    ErrorCode::WrongContentType,
    ErrorCode::Timeout,
];

/// What the guard may answer to a request with a token.
const OF_TOKENS: [ErrorCode; 11] = [
    ErrorCode::TokenMissing,
    ErrorCode::TokenInvalid,
    ErrorCode::ProofMissing,
    ErrorCode::ProofInvalid,
    ErrorCode::UseDpopNonce,
    ErrorCode::ProofReplayed,
    ErrorCode::TooManyProofs,
    ErrorCode::DeviceRevoked,
    ErrorCode::RevocationsUnknown,
    ErrorCode::TokenOfAnotherType,
    ErrorCode::CustomerStopped,
];

/// What the guard may answer to a person beside that.
const OF_LOGINS: [ErrorCode; 3] = [
    ErrorCode::LoginRequired,
    ErrorCode::AccessTokenExpired,
    ErrorCode::SessionEnded,
];

/// What the guard of other apps may answer.
const OF_APPS: [ErrorCode; 9] = [
    ErrorCode::TokenMissing,
    ErrorCode::TokenInvalid,
    ErrorCode::AccessTokenExpired,
    ErrorCode::TokenOfAnotherType,
    ErrorCode::ProofMissing,
    ErrorCode::ProofInvalid,
    ErrorCode::UseDpopNonce,
    ErrorCode::ProofReplayed,
    ErrorCode::ScopeMissing,
];

/// A body of bytes that is no text, in the API document.
pub struct Binary;

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for Binary {}

/// Says which codes an error of a service has, for the routes that name it among their responses.
///
/// ```
/// struct ShelfError;
/// http_edge::refuses!(ShelfError: NotFound, Unavailable);
///
/// #[utoipa::path(get, path = "/v1/shelves", responses((status = OK), ShelfError))]
/// async fn shelves() {}
/// ```
#[macro_export]
macro_rules! refuses {
    ($error:ty: $($code:ident),+ $(,)?) => {
        impl utoipa::IntoResponses for $error {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::response::Response>,
            > {
                $crate::refusals(&[$(types::ErrorCode::$code),+])
            }
        }
    };
}

/// The responses with the problems of `codes`, by status.
#[must_use]
pub fn refusals(codes: &[ErrorCode]) -> BTreeMap<String, RefOr<Response>> {
    let mut responses = BTreeMap::new();
    may_refuse(&mut responses, codes);
    responses
}

/// Adds the problems of `codes` to the responses.
fn may_refuse(responses: &mut BTreeMap<String, RefOr<Response>>, codes: &[ErrorCode]) {
    for code in codes {
        let response = responses.entry(code.status().to_string());
        let response = response.or_insert_with(|| ResponseBuilder::new().build().into());
        let RefOr::T(response) = response else {
            continue;
        };
        let listed = response.extensions.get_or_insert_default();
        let listed = listed
            .entry(CODES.into())
            .or_insert_with(|| Value::Array(Vec::new()));
        let number = Value::from(code.number());
        if let Value::Array(numbers) = listed
            && !numbers.contains(&number)
        {
            numbers.push(number);
            numbers.sort_by_key(Value::as_u64);
            response.description = said(&response.description, *code);
        }
        let problem = || Content::new(Some(Ref::from_schema_name(Problem::name()))).into();
        response
            .content
            .entry(PROBLEM_CONTENT_TYPE.into())
            .or_insert_with(problem);
        let header = match code.status() {
            401 => "WWW-Authenticate",
            429 | 503 => "Retry-After",
            _ => continue,
        };
        response
            .headers
            .insert(header.into(), header_reference(header));
    }
}

/// A description with a further problem.
fn said(description: &str, code: ErrorCode) -> String {
    let problem = format!("`{}` ({})", code.slug(), code.number());
    if description.is_empty() {
        problem
    } else {
        format!("{description}, {problem}")
    }
}

fn header_reference(name: &str) -> RefOr<Header> {
    RefOr::Ref(Ref::new(format!("#/components/headers/{name}")))
}

/// The document of routes that `callers` may call.
pub(crate) fn described(mut document: OpenApi, callers: Callers) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(operation_id(method, path));
            operation.tags = Some(vec![tag(path).to_owned()]);
            describe(operation, callers);
        }
    }
    document
}

/// The operations of a path, by method. The public listener has no other methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let operations = [("get", &mut item.get), ("post", &mut item.post)];
    operations
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Whether the document has such an answer of an operation, if it has the operation.
pub(crate) fn describes(
    document: &OpenApi,
    (method, path): (&Method, &str),
    status: StatusCode,
    code: Option<u16>,
) -> bool {
    let item = document.paths.paths.get(path);
    let operation = item.and_then(|item| match *method {
        Method::GET => item.get.as_ref(),
        Method::POST => item.post.as_ref(),
        _ => None,
    });
    // The guard also answers methods without an operation.
    let Some(operation) = operation else {
        return true;
    };
    let Some(RefOr::T(response)) = operation.responses.responses.get(status.as_str()) else {
        return false;
    };
    let listed = |code: u16| {
        let codes = response.extensions.as_ref()?.get(CODES)?.as_array()?;
        Some(codes.contains(&Value::from(code)))
    };
    code.is_none_or(|code| listed(code).unwrap_or(false))
}

/// A name for generated clients: `get_devices_waiting` for `GET /v1/devices/waiting`, `get_orders_by_intent` for
/// `GET /v1/orders/{intent}`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/v1").unwrap_or(path);
    let named = path
        .strip_suffix('}')
        .and_then(|path| path.rsplit_once("/{"));
    let (path, by) = named.map_or((path, None), |(path, by)| (path, Some(by)));
    let parts = path.split(['/', '-', '.']);
    let parts = parts.filter(|part| !part.is_empty() && !part.starts_with('{'));
    let id = parts.fold(method.to_owned(), |id, part| format!("{id}_{part}"));
    match by {
        Some(by) => format!("{id}_by_{by}"),
        None if path.ends_with('/') => format!("{id}_page"),
        None => id,
    }
}

/// The first part of the path of a resource. What is about the bank itself has no such part.
fn tag(path: &str) -> &str {
    let resource = path.strip_prefix("/v1/");
    let resource = resource.or_else(|| {
        path.strip_prefix('/')
            .filter(|path| path.starts_with("openid/"))
    });
    resource.map_or("bank", |path| path.split('/').next().unwrap_or(path))
}

/// The name of a status, for an answer that has no other description.
fn reason(status: &str) -> &'static str {
    let status = StatusCode::from_bytes(status.as_bytes()).ok();
    let reason = status.and_then(|status| status.canonical_reason());
    reason.unwrap_or_default()
}

fn describe(operation: &mut Operation, callers: Callers) {
    let responses = &mut operation.responses.responses;
    for (status, response) in &mut *responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = reason(status).to_owned();
        }
    }
    may_refuse(responses, &OF_EVERY_ROUTE);
    if operation.parameters.is_some() {
        may_refuse(responses, &OF_PARAMETERS);
    }
    if operation.request_body.is_some() {
        may_refuse(responses, &OF_BODIES);
    }
    let tokens: &[&str] = match callers {
        Callers::Everybody => return,
        Callers::Devices | Callers::ReturningDevices => &[CHANNEL_TOKEN],
        Callers::People => &[ACCESS_TOKEN],
        Callers::Apps => &[CLIENT_TOKEN],
    };
    match callers {
        Callers::Apps => may_refuse(responses, &OF_APPS),
        _ => may_refuse(responses, &OF_TOKENS),
    }
    match callers {
        Callers::Devices => may_refuse(responses, &[ErrorCode::TokenExpired]),
        Callers::People => {
            may_refuse(responses, &[ErrorCode::TokenExpired]);
            may_refuse(responses, &OF_LOGINS);
        }
        Callers::Everybody | Callers::ReturningDevices | Callers::Apps => {}
    }
    for response in responses.values_mut() {
        if let RefOr::T(response) = response {
            let nonce = header_reference("DPoP-Nonce");
            response.headers.insert("DPoP-Nonce".into(), nonce);
        }
    }
    operation.security.get_or_insert_with(|| {
        let proven = |token: &&str| {
            let none = Vec::<String>::new();
            SecurityRequirement::new(*token, none.clone()).add(PROOF, none)
        };
        tokens.iter().map(proven).collect()
    });
}

/// What the responses refer to: the problem document, headers, and how callers authenticate. `configuration` is the address of
/// the OpenID provider's metadata.
#[must_use]
pub fn shared_components(configuration: &str) -> Components {
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    let mut components = Components::builder()
        .schemas_from_iter(schemas)
        .header("DPoP-Nonce", text_header("The nonce of the caller's next proof (RFC 9449, 8)."))
        .header(
            "Retry-After",
            Header::builder()
                .schema(Some(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0))))
                .description(Some("In how many seconds the request may be accepted."))
                .build(),
        )
        .header(
            "WWW-Authenticate",
            text_header("What is wrong with the token, the proof or the login (RFC 9449, 7.1; RFC 9470, 3)."),
        )
        .build();
    let header = |name: &str, description: &str| {
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            name,
            description,
        )))
    };
    let token = |what: &str| {
        let how = format!(
            "`DPoP` and {what} (RFC 9449, 7.1). It is bound to the device's session key: each request needs a proof."
        );
        header("Authorization", &how)
    };
    components.add_security_scheme(CHANNEL_TOKEN, token("the device's channel token"));
    components.add_security_scheme(
        ACCESS_TOKEN,
        token("the access token of a login on the device"),
    );
    components.add_security_scheme(
        PROOF,
        header(
            "DPoP",
            "A proof of possession, new for each request (RFC 9449, 4).",
        ),
    );
    components.add_security_scheme(
        CLIENT_TOKEN,
        SecurityScheme::OpenIdConnect(OpenIdConnect::with_description(
            configuration,
            "An access token of another app of the bank's, which a person allowed. It is sent as `DPoP`, with a proof.",
        )),
    );
    components
}

fn text_header(description: &str) -> Header {
    Header::builder()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .build()
}
