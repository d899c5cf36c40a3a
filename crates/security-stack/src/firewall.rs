//! The bank's own rules after the four layers: a call is accepted, or it is rejected.

use std::collections::BTreeSet;

/// The rules.
#[derive(Debug, Clone)]
pub struct Firewall {
    /// The paths of the calls that the service broker may make.
    pub calls: BTreeSet<String>,
    /// Maximum size of a body in bytes.
    pub body_bytes_max: usize,
}

impl Firewall {
    /// Why a call is rejected. `None` accepts it.
    pub(crate) fn rejects(&self, path: &str, body: &[u8]) -> Option<&'static str> {
        if !self.calls.contains(path) {
            return Some("the service broker may not make this call");
        }
        (body.len() > self.body_bytes_max).then_some("the body is too long")
    }
}
