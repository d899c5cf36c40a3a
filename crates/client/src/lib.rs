//! The app's core: sync, sealed store, projection, outbox.
