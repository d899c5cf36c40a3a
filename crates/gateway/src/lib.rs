//! The synchronous side for devices: checkpoints, snapshots with their parts and pages, reports and the trust list.
//!
//! A device uses gateway to learn whether it is complete, and to get data when the broker is down, is behind, or
//! disagrees with the bank.
//!
//! Invariants: gateway stores nothing, so any number of nodes can serve; nothing here needs the broker; notification
//! signs or seals everything that gateway returns, and gateway could not make it.
//!
//! ```
//! use gateway::ports::Statements;
//! use http_edge::DeviceGuard;
//! use std::sync::Arc;
//! fn public_router(notification: Arc<dyn Statements>, guard: &DeviceGuard) -> axum::Router {
//!     gateway::http::routes(notification, guard)
//! }
//! ```

pub mod http;
pub mod ports;
mod refused_reports;
