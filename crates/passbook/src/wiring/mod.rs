//! Who calls whom: the one place that names concrete adapters and joins the services' ports.

mod devices;
mod edge;
mod events;
mod messages;
mod repair;
mod services;
mod statements;
mod trust;

pub(crate) use services::Services;
