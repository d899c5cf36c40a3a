//! The customer's web app: its files from memory, compressed, under one policy.
//!
//! Files with their digests in their names never change, so browsers keep them. The page, the service worker and the
//! manifest have fixed addresses, so browsers ask each time whether they changed. The app shows its pages itself: whatever
//! page a browser asks for gets the same file, except below the servers' own routes.

mod bundle;
mod profile;

use super::api_document::document;
use super::browsers::YEAR;
use crate::config::Public;
use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::any;
use bundle::Bundled;
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use http_edge::Rejection;
use portal::plain::PLAIN;
use profile::prefers_plain_pages;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use types::{ErrorCode, Hash};

/// The app has everything from here. Its module may be compiled; no text becomes HTML or a script (Trusted Types), except
/// the addresses of the two scripts that its policy `passbook` lets through.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
     require-trusted-types-for 'script'; trusted-types passbook";

/// The app uses passkeys, and none of what a browser would ask the person for.
const PERMISSIONS: &str = "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), \
     display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Files with their digests in their names are below it.
const APP: &str = "/app/";

const PAGE: &str = "/";

const SERVICE_WORKER: &str = "service-worker.js";

/// What the service worker says of its version: that it may be taken, or that it must.
const OFFERED: &str = "const REQUIRED = false;";
const REQUIRED: &str = "const REQUIRED = true;";

/// What makes browsers forget the app, in place of its service worker.
const WITHDRAWN: &str = include_str!("web_app/withdrawn.js");

/// The web app as it is served.
pub(crate) struct WebApp {
    files: BTreeMap<String, File>,
    /// The first parts of the paths of the servers' own routes, and of files.
    of_servers: BTreeSet<String>,
    /// Whether browsers that cannot run the app get pages that they can show.
    has_plain_pages: bool,
}

impl WebApp {
    /// The app that is configured: the one in this binary, or one in a directory. If it is turned off, only what makes browsers
    /// forget it.
    pub(crate) fn configured(public: &Public) -> anyhow::Result<Self> {
        let bundle = match &public.web_app_bundle {
            Some(directory) => bundle::read(directory)?,
            None => bundle::embedded(),
        };
        let bundle = match public.web_app {
            true if public.web_app_required => required(bundle)?,
            true => bundle,
            false => withdrawn(bundle),
        };
        let first = |path: &str| path.split('/').nth(1).unwrap_or_default().to_owned();
        let documented = document().paths.paths.into_keys();
        Ok(Self {
            files: bundle.into_iter().map(File::of).collect(),
            of_servers: documented
                .chain([APP.to_owned(), PLAIN.to_owned()])
                .map(|path| first(&path))
                .collect(),
            has_plain_pages: public.plain_pages,
        })
    }

    /// The address of the style sheet.
    pub(crate) fn style(&self) -> Option<&str> {
        let mut addresses = self.files.keys();
        let found = addresses.find(|address| is_style(address));
        found.map(String::as_str)
    }

    fn is_page(&self, file: &File) -> bool {
        let page = self.files.get(PAGE);
        page.is_some_and(|page| std::ptr::eq(page, file))
    }

    /// Whether there is a page to open.
    pub(crate) fn opens(&self) -> bool {
        self.files.contains_key(PAGE)
    }

    /// The routes: one for all paths that have no other.
    pub(crate) fn routes(self) -> Router {
        Router::new()
            .route(PAGE, any(answer))
            .route("/{*path}", any(answer))
            .with_state(Arc::new(self))
    }

    /// The file at `path`, or the page if a browser asks for a page of the app's.
    fn find(&self, path: &str, headers: &HeaderMap) -> Option<&File> {
        let first = path.split('/').nth(1).unwrap_or_default();
        let is_page = || !self.of_servers.contains(first) && names(headers, &ACCEPT, "text/html");
        self.files
            .get(path)
            .or_else(|| is_page().then(|| self.files.get(PAGE))?)
    }
}

/// What is served of an app that is turned off: what makes browsers forget it, and the style sheet of the plain pages.
fn withdrawn(bundle: Vec<Bundled>) -> Vec<Bundled> {
    let forgets = Bundled {
        name: SERVICE_WORKER.to_owned(),
        identity: WITHDRAWN.into(),
        brotli: None,
    };
    let styles = bundle.into_iter().filter(|file| is_style(&file.name));
    styles.chain([forgets]).collect()
}

/// The app with a service worker that tells older versions not to go on.
fn required(mut bundle: Vec<Bundled>) -> anyhow::Result<Vec<Bundled>> {
    for file in &mut bundle {
        if file.name == SERVICE_WORKER {
            let script = std::str::from_utf8(&file.identity)?;
            let (before, after) = script
                .split_once(OFFERED)
                .context("this build of the web app cannot be required")?;
            file.identity = format!("{before}{REQUIRED}{after}").into();
            file.brotli = None;
        }
    }
    Ok(bundle)
}

fn is_style(address: &str) -> bool {
    address.ends_with(".css")
}

/// A file as it is answered.
struct File {
    headers: HeaderMap,
    tag: String,
    identity: Bytes,
    brotli: Option<Bytes>,
}

impl File {
    /// The file, with its address.
    fn of(bundled: Bundled) -> (String, Self) {
        let address = match bundled.name.as_str() {
            "index.html" => PAGE.to_owned(),
            name => format!("/{name}"),
        };
        let extension = address.rsplit('.').next();
        let content_type = match extension {
            _ if address == PAGE => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("png") => "image/png",
            Some("svg") => "image/svg+xml",
            Some("wasm") => "application/wasm",
            Some("webmanifest") => "application/manifest+json",
            Some("woff2") => "font/woff2",
            _ => "application/octet-stream",
        };
        let caching = match address.starts_with(APP) {
            true => "public, max-age=31536000, immutable",
            false => "no-cache",
        };
        let headers = [
            (CONTENT_TYPE, content_type),
            (CACHE_CONTROL, caching),
            (VARY, "accept, accept-encoding"),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (STRICT_TRANSPORT_SECURITY, YEAR),
            (OPENER_POLICY, "same-origin"),
            (RESOURCE_POLICY, "same-origin"),
            (PERMISSIONS_POLICY, PERMISSIONS),
        ];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        let file = Self {
            headers: headers.into_iter().collect(),
            tag: Hash::of(&bundled.identity).to_string(),
            identity: bundled.identity,
            brotli: bundled.brotli,
        };
        (address, file)
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let brotli = self.brotli.as_ref();
        let brotli = brotli.filter(|_| names(asked, &ACCEPT_ENCODING, "br"));
        // The two forms are different bytes, so they have different tags.
        let (body, form) = match brotli {
            Some(compressed) => (compressed, "-br"),
            None => (&self.identity, ""),
        };
        let tag = format!("\"{}{form}\"", self.tag);
        let is_known = names(asked, &IF_NONE_MATCH, &tag);
        let tag = [(ETAG, tag)];
        if is_known {
            return (StatusCode::NOT_MODIFIED, self.headers.clone(), tag).into_response();
        }
        let encoded = brotli.map(|_| [(CONTENT_ENCODING, "br")]);
        (self.headers.clone(), tag, encoded, body.clone()).into_response()
    }
}

/// Whether a header's list has `value`, and does not refuse it (RFC 9110, 12.4.2).
fn names(headers: &HeaderMap, header: &HeaderName, value: &str) -> bool {
    let lists = headers.get_all(header).into_iter();
    let mut members = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','));
    members.any(|member| {
        let mut parts = member.split(';').map(str::trim);
        let is_named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(value));
        let refuses = |part: &str| {
            part.strip_prefix("q=")
                .is_some_and(|quality| quality.trim_matches(['0', '.']).is_empty())
        };
        is_named && !parts.any(refuses)
    })
}

async fn answer(
    State(app): State<Arc<WebApp>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    let found = app.find(uri.path(), &headers);
    let found = found.filter(|_| matches!(method, Method::GET | Method::HEAD));
    let file = found.ok_or(ErrorCode::NotFound)?;
    if app.has_plain_pages && app.is_page(file) && prefers_plain_pages(&headers) {
        let varies = [(VARY, "accept, accept-encoding, cookie, user-agent")];
        return Ok((varies, Redirect::to(PLAIN)).into_response());
    }
    Ok(file.answer(&headers))
}
