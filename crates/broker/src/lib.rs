//! The message broker: channels, publish, pull, live.
