//! The accept loop, TLS, limits, problem details and DPoP of every listener.
