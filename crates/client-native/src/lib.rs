//! The device's SQLite store, HTTP and stream transport, and key file.
