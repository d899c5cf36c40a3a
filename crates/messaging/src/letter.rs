//! What is sent: an address, and a text that is rendered.

use crate::address::Address;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message as it goes out. Its texts have no control characters but line breaks in the text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Where it goes.
    pub to: Address,
    /// A mail's subject; an SMS does not show it.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Letter").field(&self.to).finish()
    }
}
