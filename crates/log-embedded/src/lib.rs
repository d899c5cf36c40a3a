//! The embedded channel log: a write-ahead log and sorted segments.
