//! Orders: placed once, executed in steps by the bank's clock.

mod booking;
mod cancelling;
mod executor;
mod outcome;
pub(crate) mod payees;
mod payment;
mod place;
mod route;
mod row;
pub(crate) mod standing;
mod stop;
mod stopping;

pub use executor::Executor;
pub(crate) use outcome::pending;
pub(crate) use route::{Route, find as find_route};
