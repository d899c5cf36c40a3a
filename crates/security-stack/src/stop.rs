//! Why a package was stopped, and what follows from it.

use protocol::package::{Concerned, Layer, LayerVerdict};

/// Why a package was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The layer. `None` is the firewall.
    pub layer: Option<Layer>,
    /// Why, in words for administrators.
    pub reason: String,
    /// For whom the package said to be, as far as that was read.
    pub concerned: Option<Concerned>,
    /// The verdicts up to this one.
    pub verdicts: Vec<LayerVerdict>,
}

/// Whether a stop at this layer disallows the address, marks the device, and alerts by SMS, too.
pub(crate) const fn disallows(layer: Option<Layer>) -> bool {
    matches!(layer, Some(Layer::Origin | Layer::ServerSession))
}
