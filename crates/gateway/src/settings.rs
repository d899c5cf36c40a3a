//! Settings.

use order::{OrderKind, RelyingParty};
use types::{Currency, Money, VerdictLevel};

/// How gateway takes orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The most that one order under a voucher may move.
    pub voucher_limit: Money,
    /// The limits on what leaves a customer's accounts, in minor units of the same currency.
    pub limits: Limits,
    /// The relying party of the customers' passkeys, and the origin of the bank's web app.
    pub relying_party: RelyingParty,
}

/// Limits on what leaves a customer's accounts. Transfers between own accounts do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of all orders in 24 hours.
    pub day: i64,
    /// Of all orders of a device in its cooling-off time.
    pub new_device: i64,
    /// Of all orders to a payee in the cooling-off time after the first one.
    pub new_payee: i64,
    /// The cooling-off time of a new device and of a new payee, in milliseconds.
    pub cooling_off_ms: u64,
    /// Of transfers.
    pub transfer: KindLimit,
    /// Of bills.
    pub bill: KindLimit,
    /// Of standing orders, which count as for a voucher.
    pub standing: KindLimit,
    /// Other limits by the verdict on the device's attestation.
    pub by_verdict: VerdictLimits,
}

/// Limits of devices by the verdicts on their attestations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerdictLimits {
    /// Without an attestation that proves anything.
    pub none: LevelLimits,
    /// With one that proves something.
    pub basic: LevelLimits,
    /// With one that proves that hardware keeps the keys.
    pub hardware: LevelLimits,
}

/// Limits of the devices with a verdict, in place of those of all devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelLimits {
    /// Beyond which the customer's orders of 24 hours take no order from such a device.
    pub day: Option<i64>,
    /// Of all orders of such a device in its cooling-off time.
    pub new_device: Option<i64>,
}

impl VerdictLimits {
    /// The limits of all devices, whatever the verdict.
    pub const SAME: Self = Self {
        none: LevelLimits::SAME,
        basic: LevelLimits::SAME,
        hardware: LevelLimits::SAME,
    };
}

impl LevelLimits {
    /// The limits of all devices.
    pub const SAME: Self = Self {
        day: None,
        new_device: None,
    };
}

/// Limits of a kind of orders, beside those of all orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindLimit {
    /// Of one order.
    pub order: Option<i64>,
    /// Of the kind's orders in 24 hours.
    pub day: Option<i64>,
}

impl KindLimit {
    /// No limits.
    pub const NONE: Self = Self {
        order: None,
        day: None,
    };
}

impl Limits {
    /// The limits of a device whose attestation has that verdict.
    #[must_use]
    pub fn of_verdict(self, level: VerdictLevel) -> Self {
        let others = match level {
            VerdictLevel::None => self.by_verdict.none,
            VerdictLevel::Basic => self.by_verdict.basic,
            VerdictLevel::Hardware => self.by_verdict.hardware,
        };
        Self {
            day: others.day.unwrap_or(self.day),
            new_device: others.new_device.unwrap_or(self.new_device),
            ..self
        }
    }

    /// The limits of a kind of orders. Other kinds move nothing.
    #[must_use]
    pub const fn of(&self, kind: OrderKind) -> KindLimit {
        match kind {
            OrderKind::Transfer => self.transfer,
            OrderKind::Bill => self.bill,
            OrderKind::Standing => self.standing,
            OrderKind::StandingEnd
            | OrderKind::Cancel
            | OrderKind::PayeeAdd
            | OrderKind::PayeeRemove => KindLimit::NONE,
        }
    }
}

impl Settings {
    /// The defaults for the bank at `public_url`: 100,000 koruna an order, 200,000 a day, 50,000 from a new device or to
    /// a new payee in 12 hours.
    #[must_use]
    pub fn new(public_url: &str) -> Self {
        Self {
            voucher_limit: Money::new(10_000_000, Currency::CZK),
            limits: Limits {
                day: 20_000_000,
                new_device: 5_000_000,
                new_payee: 5_000_000,
                cooling_off_ms: 12 * 3_600_000,
                transfer: KindLimit::NONE,
                bill: KindLimit::NONE,
                standing: KindLimit::NONE,
                by_verdict: VerdictLimits::SAME,
            },
            relying_party: RelyingParty::at(public_url),
        }
    }
}
