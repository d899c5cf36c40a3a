//! Who calls whom: the one place that names concrete adapters and joins the services' ports.

#[cfg(test)]
mod clock_tests;
mod devices;
mod edge;
mod events;
mod messages;
mod repair;
mod services;
mod statements;
mod status;
mod trust;

pub(crate) use services::Services;
pub(crate) use status::readiness;
