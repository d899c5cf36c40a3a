//! The web app in a real Chromium, against the real servers.

mod accessible;
mod adverse;
mod bundle;
mod customer;
mod ended;
mod harness;
mod initiations;
mod keyboard;
mod person;
mod ports;
mod screenshots;
mod shell;
mod speed;
mod thai;
mod together;
mod tour;
mod updates;
mod walks;
