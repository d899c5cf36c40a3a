//! The web app in a real Chromium, against the real servers.

mod bundle;
mod customer;
mod harness;
mod person;
mod ports;
mod screenshots;
mod shell;
mod updates;
mod walks;
