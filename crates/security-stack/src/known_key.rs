//! A server key as the stack knows it.

use envelope::StackKey;
use types::Time;

/// How long packages pass that were made with a key before it was retired.
pub(crate) const GRACE_MS: u64 = 60_000;

/// A key that is valid, or was retired a moment ago.
#[derive(Debug, Clone)]
pub(crate) struct KnownKey {
    pub(crate) key: StackKey,
    pub(crate) retired: Option<Time>,
}

impl KnownKey {
    /// Whether packages of this key pass.
    pub(crate) fn passes(&self, now: Time) -> bool {
        let retired = self.retired;
        retired.is_none_or(|retired| now < retired.plus_ms(GRACE_MS))
    }
}
