//! The checks of the house itself.
//!
//! `tests/floors.rs` refuses an arrow between crates that goes upward or sideways: see `ARCHITECTURE.md`.
