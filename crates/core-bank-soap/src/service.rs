//! What the bank's side works with.

use crate::defects::PackageDefect;
use crate::login::Customers;
use core_bank::CoreBank;
use protocol::package::LayerVerdict;
use std::fmt;
use std::sync::Arc;
use types::Clock;

/// The verdicts of a security stack in front of the routes, as an extension of the request. They go on in the answer.
#[derive(Debug, Clone)]
pub struct Layers(pub Vec<LayerVerdict>);

/// What the routes work with.
#[derive(Clone)]
pub struct Service {
    /// The core bank.
    pub bank: Arc<dyn CoreBank>,
    /// Who authenticates customers. Without it there is no operation `LogIn`.
    pub customers: Option<Arc<dyn Customers>>,
    /// The names of the operations that callers may use.
    pub operations: &'static [&'static str],
    /// The address that the published contract names: scheme, host and port.
    pub origin: String,
    /// The bank's time.
    pub clock: Clock,
    /// Where administrators see what was refused.
    pub defects: PackageDefect,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("operations", &self.operations)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
