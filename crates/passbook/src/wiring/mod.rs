//! The only module that names concrete adapters and connects the services' ports.

mod alerts;
mod apart;
mod api_document;
mod backing_up;
mod bank_side;
mod browsers;
mod calls;
mod clients;
#[cfg(test)]
mod clock_tests;
mod core_bank;
mod devices;
mod door;
mod edge;
mod events;
#[cfg(test)]
mod hanging_tests;
mod keys;
mod late;
mod letterbox;
mod locations;
mod login_provider;
mod messages;
mod messaging;
mod orders;
mod plain_pages;
#[cfg(test)]
mod readiness_tests;
mod remote_events;
mod repair;
mod risks;
mod routes;
mod sandbox;
mod server_key;
mod services;
mod staff;
mod statements;
mod status;
mod to_others;
mod trust;
mod web_app;

pub(crate) use api_document::{document, document_routes};
pub(crate) use bank_side::BankSide;
pub(crate) use messaging::SetContact;
pub(crate) use sandbox::generate;
pub(crate) use services::Services;
pub(crate) use status::readiness;
pub(crate) use web_app::WebApp;
