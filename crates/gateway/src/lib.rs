//! The service broker: the bank's only customer. It takes orders and gives vouchers, and is the synchronous side for
//! devices: checkpoints, snapshots with their parts and pages, reports and the trust list.
//!
//! A device uses gateway to tell the bank what to do, to learn whether it is complete, and to get data when the broker
//! is down, is behind, or disagrees with the bank.
//!
//! Invariants:
//! - An order is accepted only if its signature covers exactly the text that the customer was shown, and only before it
//!   expires. The answer to an id is stored before it is given, and repeated byte for byte.
//! - An accepted order is handed to the core bank until the core bank has answered, always under the same id. So it is
//!   executed at most once, whatever dies in between.
//! - Statements are notification's: gateway signs and seals nothing, and could not.
//! - Nothing here needs the broker.
//!
//! ```
//! use gateway::Gateway;
//! use gateway::ports::Statements;
//! use http_edge::DeviceGuard;
//! use std::sync::Arc;
//! fn public_router(gateway: Gateway, notification: Arc<dyn Statements>, guard: &DeviceGuard) -> axum::Router {
//!     gateway::http::routes(notification, guard).merge(gateway::http::order_routes(gateway, guard))
//! }
//! ```

mod apps;
mod brakes;
mod error;
mod gateway;
pub mod http;
mod orders;
mod payee_checks;
mod policy;
pub mod ports;
mod refused_reports;
mod settings;
mod store;
mod telling;
mod verified_statements;
mod vouchers;

pub use apps::{App, InitiationRefusal};
pub use brakes::BrakeRefusal;
pub use error::Failure;
pub use gateway::{Gateway, Neighbours};
pub use orders::{Check, Receipt, Submitted, TokenDevice};
pub use policy::Policy;
pub use settings::{KindLimit, LevelLimits, Limits, Settings, VerdictLimits};
