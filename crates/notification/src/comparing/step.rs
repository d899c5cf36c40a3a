//! The steps of the comparison.

/// A part of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Signing keys and trust list, which another node may have changed.
    Keys,
    /// Devices that ciam enrolled or removed.
    Ciam,
    /// The newest messages at the broker.
    Broker,
    /// The core bank's books, and what channels lack of them.
    CoreBank,
    /// What is not needed any more.
    Forgetting,
}

impl Step {
    /// As metrics name it.
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
