//! The synchronous side: checkpoints, snapshots with their parts and pages, reports and the trust list, for the bearer of a channel token.
//!
//! A device comes here to learn that it is complete, and with what it cannot get from the broker: when that is down,
//! behind, or disagrees with the bank.
//!
//! Invariants: gateway keeps nothing, so that any number of nodes may serve; nothing here needs the broker; what it hands
//! on is signed or sealed by notification, and it could not make it.
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
