//! The API document (OpenAPI 3.1) of the public listener, and the viewer. Both are in the binary, and need no other origin.

use super::routes;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use http::header::{
    CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http_edge::{Binary, Rejection, Routes, shared_components};
use std::sync::Arc;
use types::ErrorCode;
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::Config;

const DOCUMENT: &str = "/openapi.json";
const VIEWER: &str = "/api";
const PAGE: &str = "/api/";
const PART: &str = "/api/{part}";

/// The viewer's page has its scripts, styles and pictures from here, and some small pictures in its style.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

const ABOUT: &str = "The routes of the public listener, for devices, for people who logged in on them, and for the bank's other \
     apps. `docs/protocol.md` says how a device enrols, makes its proofs and reads what the bank sends; `docs/errors.md` has the \
     problems' codes. Every answer has `x-request-id`.";

/// The document, from the routes of the services.
pub(crate) fn document() -> OpenApi {
    let mut document = OpenApiBuilder::new()
        .info(
            Info::builder()
                .title("Passbook")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(ABOUT)),
        )
        .components(Some(shared_components(ciam::http::PROVIDER_METADATA)))
        .build();
    let parts = routes::documents().into_iter();
    for part in parts.chain([public_routes().document()]) {
        document.merge(part);
    }
    document
}

#[derive(Clone)]
struct Served {
    document: Bytes,
    /// `None` if the viewer is off.
    viewer: Option<Arc<Config<'static>>>,
}

/// The routes of the document and, if `with_viewer`, of the viewer.
pub(crate) fn document_routes(with_viewer: bool) -> anyhow::Result<Router> {
    let served = Served {
        document: document().to_json()?.into(),
        viewer: with_viewer.then(|| {
            // The other layout's logo has a style inside the page, which the policy refuses. Most routes need a proof, which
            // the viewer cannot make.
            let config = Config::new([DOCUMENT]).use_base_layout();
            let config = config.supported_submit_methods::<[&str; 0], _>([]);
            Arc::new(config)
        }),
    };
    Ok(public_routes().serve_open(&served))
}

fn public_routes() -> Routes<Served> {
    let routes = OpenApiRouter::default()
        .routes(routes!(read))
        .routes(routes!(viewer))
        .routes(routes!(page))
        .routes(routes!(part));
    Routes::new().for_everybody(routes)
}

/// There is no such part, or the viewer is off.
struct NoViewer;

http_edge::refuses!(NoViewer: NotFound);

/// This document.
#[utoipa::path(get, path = DOCUMENT, responses((status = OK, body = serde_json::Value)))]
async fn read(State(served): State<Served>) -> Response {
    let json = [(CONTENT_TYPE, "application/json")];
    (json, served.document).into_response()
}

/// Leads to the viewer.
#[utoipa::path(get, path = VIEWER, responses((status = PERMANENT_REDIRECT, description = "To the viewer")))]
async fn viewer() -> Redirect {
    Redirect::permanent(PAGE)
}

/// The viewer of this document.
#[utoipa::path(get, path = PAGE, responses((status = OK, body = String, content_type = "text/html"), NoViewer))]
async fn page(State(served): State<Served>) -> Result<Response, Rejection> {
    file(&served, "index.html")
}

/// A part of the viewer.
#[utoipa::path(
    get,
    path = PART,
    params(("part" = String, Path, example = "swagger-ui.css")),
    responses((status = OK, content((String = "text/javascript"), (String = "text/css"), (Binary = "image/png"))), NoViewer)
)]
async fn part(
    State(served): State<Served>,
    Path(part): Path<String>,
) -> Result<Response, Rejection> {
    file(&served, &part)
}

fn file(served: &Served, name: &str) -> Result<Response, Rejection> {
    let config = served.viewer.clone().ok_or(ErrorCode::NotFound)?;
    let file = utoipa_swagger_ui::serve(name, config);
    let file = file.map_err(|error| Rejection::of_fault(ErrorCode::Internal, &*error))?;
    let file = file.ok_or(ErrorCode::NotFound)?;
    let headers = [
        (CONTENT_TYPE, file.content_type.as_str()),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    let encoded = file.gzpipped.then_some([(CONTENT_ENCODING, "gzip")]);
    Ok((headers, encoded, file.bytes.into_owned()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wiring::routes::classes;
    use serde_json::Value;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn json() -> Value {
        serde_json::to_value(document()).unwrap()
    }

    /// The operations, each with its method and path.
    fn operations(document: &Value) -> Vec<(String, &Value)> {
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                operations.push((format!("{method} {path}"), operation));
            }
        }
        operations
    }

    #[test]
    fn it_has_every_route_with_a_class() {
        let document = document();
        for (path, _) in classes() {
            assert!(document.paths.paths.contains_key(path), "{path}");
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
        let document = json();
        let operations = operations(&document);
        assert!(operations.len() > 60, "{}", operations.len());
        let mut names = BTreeSet::new();
        for (which, operation) in operations {
            let summary = operation["summary"].as_str();
            assert!(summary.is_some_and(|text| text.ends_with('.')), "{which}");
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{which} is named {name}");
        }
    }

    #[test]
    fn what_it_refers_to_is_there() {
        let document = json();
        let text = document.to_string();
        let references = text.split("\"$ref\":\"#").skip(1);
        let references: BTreeSet<_> = references
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(references.len() > 60, "{}", references.len());
        for reference in references {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
    }

    #[test]
    fn no_description_refers_to_code() {
        let text = json().to_string();
        let linked = text.find("[`").map(|at| text.get(at..at + 80));
        assert_eq!(linked, None);
    }

    #[test]
    fn only_who_is_said_to_may_call() {
        let document = json();
        let tokens = |which: &str| document.pointer(which).unwrap()["security"].to_string();
        let device = tokens("/paths/~1v1~1calls/get");
        assert_eq!(device, r#"[{"channel_token":[],"proof":[]}]"#);
        let person = tokens("/paths/~1v1~1sessions/get");
        assert_eq!(person, r#"[{"access_token":[],"proof":[]}]"#);
        assert_eq!(tokens("/paths/~1v1~1trust/get"), "null");
    }

    #[test]
    fn the_protocol_page_names_every_path() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol.md");
        let page = std::fs::read_to_string(page).unwrap();
        for path in document().paths.paths.keys() {
            assert!(
                page.contains(path.as_str()),
                "docs/protocol.md lacks {path}"
            );
        }
    }
}
