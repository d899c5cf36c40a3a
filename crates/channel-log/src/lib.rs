//! The port to a durable message log per channel, and its conformance suite.
