//! An outside provider in ciam's place.

mod authentication;
mod enrolments;
mod forged;
mod logins;
mod logouts;
mod provider;
mod rotation;
mod visitor;
