//! What travels between device, broker and services, with its codec.
