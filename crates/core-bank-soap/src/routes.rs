//! The bank's side over HTTP: one address, and the contract beside it.

use crate::calls::{Answered, Call, calls};
use crate::content::element;
use crate::contract::{self, PATH};
use crate::defects::{Defect, Logged};
use crate::envelope::{Package, PackageResult, SoapVersion, envelope, fault, header, open};
use crate::operation::action;
use crate::problem::{Code, Problem};
use crate::service::{Layers, Service};
use crate::values::{AuthenticationStatus, DateTime};
use crate::xml::{self, Bounds, Space};
use axum::Router;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderMap, StatusCode};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Maximum size of what is asked, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;

/// What is read of a request: the events of each of many subjects are asked with the most elements.
const BOUNDS: Bounds = Bounds { elements: 1_000 };

struct Served {
    service: Service,
    calls: BTreeMap<&'static str, Call>,
}

/// The service's routes. Who may call them is for the caller to decide.
pub fn routes(service: Service) -> Router {
    let wsdl = contract::wsdl(&service.origin);
    let calls = calls(&service);
    let served = Arc::new(Served { service, calls });
    Router::new()
        .route(PATH, post(answer))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(served)
        .route(
            contract::WSDL_PATH,
            get(async move || document(wsdl.clone())),
        )
        .route(contract::XSD_PATH, get(async || document(contract::XSD)))
}

fn document(text: impl Into<String>) -> Response {
    let text = text.into();
    ([(CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

/// A request that is refused, in the version that it is answered in.
struct Refused {
    version: SoapVersion,
    defect: Defect,
}

async fn answer(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let stated = stated_version(&headers);
    let answered = match body {
        Ok(body) => served.answer(stated, &headers, &extensions, &body).await,
        Err(rejection) => Err(Refused {
            version: stated.unwrap_or(SoapVersion::V11),
            defect: Defect::malformed(rejection),
        }),
    };
    answered.unwrap_or_else(|Refused { version, defect }| {
        let logged = Logged::of(&defect, (served.service.clock)());
        if let Some(logged) = logged {
            (served.service.defects)(&logged);
        }
        refused(version, &defect.problem)
    })
}

impl Served {
    async fn answer(
        &self,
        stated: Option<SoapVersion>,
        headers: &HeaderMap,
        extensions: &Extensions,
        body: &[u8],
    ) -> Result<Response, Refused> {
        let version = stated.unwrap_or(SoapVersion::V11);
        let refuse = |defect: Defect| Refused { version, defect };
        let Some(version) = stated else {
            return Err(refuse(Defect::malformed(
                "the type is not that of a message",
            )));
        };
        let root = xml::read(body, BOUNDS).map_err(|error| refuse(Defect::malformed(error)))?;
        let message = open(root, "Package").map_err(|problem| refuse(problem.into()))?;
        if message.version != version {
            return Err(refuse(Defect::malformed(
                "the type is not that of the envelope",
            )));
        }
        let package: Package = header(message.header, "Package")
            .map_err(|corrupt| refuse(Problem::from(corrupt).into()))?;
        let of_package = |problem: Problem| {
            let transaction = Some(package.transaction);
            let problem = Problem {
                transaction,
                ..problem
            };
            refuse(problem.into())
        };
        let call = self.calls.get_key_value(message.body.name.as_str());
        let call = call.filter(|_| message.body.space == Space::Bank);
        let Some((&name, call)) = call else {
            return Err(of_package(Code::OperationUnknown.into()));
        };
        let named = |problem: Problem| {
            let mut refused = of_package(problem);
            refused.defect.operation = Some(name);
            refused
        };
        if stated_action(headers).is_some_and(|stated| stated != action(name)) {
            return Err(named(Code::OperationUnknown.into()));
        }
        let answering = call(message.body, package.status.0).map_err(named)?;
        let Answered { status, body } = answering.await.map_err(named)?;
        let layers = extensions.get::<Layers>();
        let result = PackageResult {
            status: status.map_or(package.status, AuthenticationStatus),
            session: package.session.clone(),
            transaction: package.transaction,
            time: DateTime((self.service.clock)()),
            layers: layers.map(|Layers(layers)| layers.into()),
        };
        let result = element("PackageResult", &result);
        let document = xml::write(&envelope(version, Some(result), body));
        let document = document.map_err(|error| {
            tracing::error!(%error, operation = name, "an answer cannot be written");
            named(Code::Broken.into())
        })?;
        Ok(message_response(version, StatusCode::OK, document))
    }
}

/// The version of SOAP whose type the request has. Messages are in UTF-8.
fn stated_version(headers: &HeaderMap) -> Option<SoapVersion> {
    let mut parts = content_type(headers)?.split(';').map(str::trim);
    let media_type = parts.next()?;
    let version = [SoapVersion::V11, SoapVersion::V12]
        .into_iter()
        .find(|version| media_type.eq_ignore_ascii_case(version.media_type()))?;
    let charset = parts.find_map(|part| parameter(part, "charset"));
    charset
        .is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"))
        .then_some(version)
}

/// The action that the request states, if it states one: a field of the header (SOAP 1.1) or a parameter of the type (1.2).
fn stated_action(headers: &HeaderMap) -> Option<&str> {
    let field = headers.get("soapaction");
    let field = field.map(|action| action.to_str().unwrap_or("?").trim_matches('"'));
    let action = field.or_else(|| {
        let mut parts = content_type(headers)?.split(';').map(str::trim);
        parts.find_map(|part| parameter(part, "action"))
    });
    action.filter(|action| !action.is_empty())
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()
}

fn parameter<'a>(part: &'a str, name: &str) -> Option<&'a str> {
    let (stated, value) = part.split_once('=')?;
    stated
        .eq_ignore_ascii_case(name)
        .then(|| value.trim_matches('"'))
}

/// A fault. SOAP 1.1 has one status for all faults (section 6.2); SOAP 1.2 tells the sender's from others (part 2, 7.5.2.2).
fn refused(version: SoapVersion, problem: &Problem) -> Response {
    let is_senders = problem.code.is_callers()
        && !matches!(problem.code, Code::VersionMismatch | Code::NotUnderstood);
    let status = if version == SoapVersion::V12 && is_senders {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    match xml::write(&envelope(version, None, fault(version, problem))) {
        Ok(document) => message_response(version, status, document),
        Err(error) => {
            tracing::error!(%error, "a fault cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn message_response(version: SoapVersion, status: StatusCode, document: Vec<u8>) -> Response {
    let content_type = format!("{}; charset=utf-8", version.media_type());
    (status, [(CONTENT_TYPE, content_type)], document).into_response()
}
