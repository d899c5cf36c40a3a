//! The steps of the comparison.

/// A part of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Loads signing keys and trust list, which another node may have changed.
    Keys,
    /// Follows devices that ciam enrolled or removed.
    Ciam,
    /// Compares the newest messages with the broker's.
    Broker,
    /// Compares channels with the core bank's books and fetches what channels lack.
    CoreBank,
    /// Deletes what is no longer needed.
    Forgetting,
}

impl Step {
    /// The step's name in metrics.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Ciam => "ciam",
            Self::Broker => "broker",
            Self::CoreBank => "core_bank",
            Self::Forgetting => "forgetting",
        }
    }

    pub(crate) const ALL: [Self; 5] = [
        Self::Keys,
        Self::Ciam,
        Self::Broker,
        Self::CoreBank,
        Self::Forgetting,
    ];
}
