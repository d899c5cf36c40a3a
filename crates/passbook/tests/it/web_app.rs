//! The web app in a real Chromium, against the real servers.

mod bundle;
mod harness;
mod person;
mod shell;
mod updates;
