//! The edge of every listener: accept loop, TLS, limits, problem details, authentication.
//!
//! Invariants: Plain HTTP is served on loopback only. Connections, requests, heads and bodies are limited in number,
//! size and time. A refusal is a problem document (RFC 9457) with a stable code. No content of a request is logged.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use http_edge::{Limits, Listener};
//! # async fn run(stop: tokio::sync::watch::Receiver<bool>) -> Result<(), http_edge::EdgeError> {
//! let listener = Listener::bind(([127, 0, 0, 1], 8480).into(), None, Limits::default()).await?;
//! listener.serve(Router::new().route("/readyz", get(async || "ready")), stop).await;
//! # Ok(()) }
//! ```

mod activity;
mod admission;
mod browser;
mod client_guard;
mod conformance;
mod cors;
mod device_guard;
mod document;
mod edge_error;
mod form;
mod held_body;
mod https;
mod json;
mod listener;
mod operator;
mod parser_problems;
mod pem;
mod prefix;
mod problem;
mod proxy;
mod received;
mod refusals;
mod request_id;
mod routes;
mod served;
mod service_guard;
mod service_tls;
mod stall;
mod tls;
mod whole_body;

pub use admission::{
    Admission, AdmissionSettings, Class, ClassLimits, FurtherPermit, FurtherPermits, Rate, Stranger,
};
pub use browser::{cookie, languages};
pub use client_guard::{ClientGuard, ClientRequest, Permission, Permissions};
pub use cors::Cors;
pub use device_guard::{
    Bearer, Device, DeviceGuard, GuardSettings, Issuer, IssuerError, Login, Presented,
    PresentedProof, Returning, Revocation, Session, SessionEnd, with_nonce,
};
pub use document::{Binary, refusals, shared_components};
pub use edge_error::EdgeError;
pub use form::FormBytes;
pub use json::{Json, JsonBytes};
pub use listener::{Limits, Listener};
pub use operator::OperatorToken;
pub use prefix::{Network, NotANetwork, Prefix};
pub use problem::{Rejection, stored_problem};
pub use proxy::{NamesClient, Proxies};
pub use refusals::register_refusals;
pub use routes::Routes;
pub use service_guard::only_for;
pub use service_tls::{
    CallerCertificate, Door, NotAServiceName, OpenDoor, ServiceCaller, ServiceFiles, ServiceName,
    ServiceRole,
};
pub use tls::{Certificate, TlsFiles};
