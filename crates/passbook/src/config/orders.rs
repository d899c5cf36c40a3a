//! The configured limits of orders.

use serde::{Deserialize, Serialize};
use types::{Currency, Money};

/// How orders are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Orders {
    pub(crate) currency: Currency,
    pub(crate) voucher_units_max: u32,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            currency: Currency::CZK,
            voucher_units_max: 100_000,
        }
    }
}

impl Orders {
    /// Refuses invalid settings: the key, and the problem.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.currency.decimals().is_none() {
            return Err(("orders.currency", "ISO 4217 must define its decimals"));
        }
        if self.voucher_units_max == 0 {
            return Err(("orders.voucher_units_max", "at least 1"));
        }
        Ok(())
    }

    /// The settings, if valid, for the bank at `public_url`.
    pub(crate) fn settings(&self, public_url: &str) -> gateway::Settings {
        let decimals = u32::from(self.currency.decimals().unwrap_or_default());
        let minor_units = i64::from(self.voucher_units_max).saturating_mul(10_i64.pow(decimals));
        gateway::Settings {
            voucher_limit: Money::new(minor_units, self.currency),
            ..gateway::Settings::new(public_url)
        }
    }
}
