//! The checks of an order, in their order, and a refusal by one of them.

use std::borrow::Cow;
use types::ErrorCode;

/// A check of an order. The first one that fails is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The request is a signed intent of the formats.
    WellFormed,
    /// Customer, channel and device are the token's.
    Token,
    /// No other intent of the customer has the id, and it was not cancelled before it came.
    Id,
    /// The device is active now.
    Device,
    /// The key that the device's form calls for signed the intent.
    Signature,
    /// A passkey of the customer approved it, if the device is a browser.
    Assertion,
    /// The signed text is the text of the order.
    Shown,
    /// The order was not made in the future.
    Created,
    /// The order arrived in time.
    NotAfter,
    /// If another app prepared a payment with this id, the order is that payment, and the payment waits for it.
    Initiation,
    /// The voucher is the device's, alive, not spent, and covers the order.
    Voucher,
    /// The customer holds the debit account.
    Account,
    /// What the order is about is the customer's, can still be changed, and is copied as it stands.
    Target,
    /// The core bank knows nothing against the order but, perhaps, the funds.
    Executable,
    /// No brake of the customer stops the order.
    Brakes,
    /// The order is within the bank's limits.
    Limits,
    /// The order's risk is acceptable.
    Risk,
}

impl Check {
    /// Every check, in order.
    pub const ALL: [Self; 17] = [
        Self::WellFormed,
        Self::Token,
        Self::Id,
        Self::Device,
        Self::Signature,
        Self::Assertion,
        Self::Shown,
        Self::Created,
        Self::NotAfter,
        Self::Initiation,
        Self::Voucher,
        Self::Account,
        Self::Target,
        Self::Executable,
        Self::Brakes,
        Self::Limits,
        Self::Risk,
    ];

    /// The check's name in audit records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WellFormed => "well_formed",
            Self::Token => "token",
            Self::Id => "id",
            Self::Device => "device",
            Self::Signature => "signature",
            Self::Assertion => "assertion",
            Self::Shown => "shown",
            Self::Created => "created",
            Self::NotAfter => "not_after",
            Self::Initiation => "initiation",
            Self::Voucher => "voucher",
            Self::Account => "account",
            Self::Target => "target",
            Self::Executable => "executable",
            Self::Brakes => "brakes",
            Self::Limits => "limits",
            Self::Risk => "risk",
        }
    }

    /// Whether a refusal by this check becomes the answer to the order's id. Before the signature is verified, nobody
    /// knows who sent the order.
    #[must_use]
    pub fn is_kept(self) -> bool {
        self > Self::Signature
    }
}

/// Why an order was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) check: Check,
    pub(crate) code: ErrorCode,
    /// A stable word, more exact than the code, for the audit record.
    pub(crate) reason: Cow<'static, str>,
    /// What is wrong, for the device. It never contains another customer's data.
    pub(crate) detail: Option<String>,
}

impl Refusal {
    pub(crate) const fn new(check: Check, code: ErrorCode, reason: &'static str) -> Self {
        Self {
            check,
            code,
            reason: Cow::Borrowed(reason),
            detail: None,
        }
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}
