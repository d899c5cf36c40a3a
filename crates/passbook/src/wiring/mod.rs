//! Who calls whom: the one place that names concrete adapters and joins the services' ports.

mod calls;
#[cfg(test)]
mod clock_tests;
mod core_bank;
mod devices;
mod edge;
mod events;
#[cfg(test)]
mod hanging_tests;
mod messages;
mod repair;
mod services;
mod statements;
mod trust;

pub(crate) use services::Services;
