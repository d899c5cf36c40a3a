//! The only module that names concrete adapters and connects the services' ports.

mod api_document;
mod backing_up;
mod browsers;
mod calls;
mod clients;
#[cfg(test)]
mod clock_tests;
mod core_bank;
mod devices;
mod edge;
mod events;
#[cfg(test)]
mod hanging_tests;
mod keys;
mod late;
mod letterbox;
mod login_provider;
mod messages;
mod orders;
mod plain_pages;
#[cfg(test)]
mod readiness_tests;
mod repair;
mod routes;
mod services;
mod staff;
mod statements;
mod status;
mod to_others;
mod trust;
mod web_app;

pub(crate) use api_document::{document, document_routes};
pub(crate) use services::Services;
pub(crate) use status::readiness;
pub(crate) use web_app::WebApp;
