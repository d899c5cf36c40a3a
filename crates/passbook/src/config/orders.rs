//! The configured limits of orders.

use serde::{Deserialize, Serialize};
use types::{Currency, Money};

/// How orders are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Orders {
    pub(crate) currency: Currency,
    pub(crate) voucher_units_max: u32,
    pub(crate) day_units_max: u32,
    pub(crate) new_device_units_max: u32,
    pub(crate) new_payee_units_max: u32,
    pub(crate) cooling_off_hours: u32,
    pub(crate) challenge_new_payee_above: Option<u32>,
    pub(crate) challenge_login_above: Option<u32>,
    pub(crate) transfer: Kind,
    pub(crate) bill: Kind,
    pub(crate) standing: Kind,
    pub(crate) attested: Attested,
}

/// Limits of devices by the verdicts on their attestations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Attested {
    pub(crate) none: Level,
    pub(crate) basic: Level,
    pub(crate) hardware: Level,
}

/// Limits of the devices with a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Level {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) day_units_max: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new_device_units_max: Option<u32>,
}

/// Limits of a kind of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Kind {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order_units_max: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) day_units_max: Option<u32>,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            currency: Currency::CZK,
            voucher_units_max: 100_000,
            day_units_max: 200_000,
            new_device_units_max: 50_000,
            new_payee_units_max: 50_000,
            cooling_off_hours: 12,
            challenge_new_payee_above: None,
            challenge_login_above: None,
            transfer: Kind::default(),
            bill: Kind::default(),
            standing: Kind::default(),
            attested: Attested::default(),
        }
    }
}

impl Orders {
    /// Refuses invalid settings: the key, and the problem.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.currency.decimals().is_none() {
            return Err(("orders.currency", "ISO 4217 must define its decimals"));
        }
        for (key, units) in [
            ("orders.voucher_units_max", self.voucher_units_max),
            ("orders.day_units_max", self.day_units_max),
            ("orders.new_device_units_max", self.new_device_units_max),
            ("orders.new_payee_units_max", self.new_payee_units_max),
        ] {
            if units == 0 {
                return Err((key, "at least 1"));
            }
        }
        for (key, kind) in [
            ("orders.transfer", self.transfer),
            ("orders.bill", self.bill),
            ("orders.standing", self.standing),
        ] {
            if kind.order_units_max == Some(0) || kind.day_units_max == Some(0) {
                return Err((key, "at least 1, or no limit"));
            }
        }
        for (key, level) in [
            ("orders.attested.none", self.attested.none),
            ("orders.attested.basic", self.attested.basic),
            ("orders.attested.hardware", self.attested.hardware),
        ] {
            if level.day_units_max == Some(0) || level.new_device_units_max == Some(0) {
                return Err((key, "at least 1, or the limit of all devices"));
            }
        }
        if self.cooling_off_hours > 30 * 24 {
            return Err(("orders.cooling_off_hours", "at most 720 hours, 30 days"));
        }
        Ok(())
    }

    /// The settings, if valid, for the bank at `public_url`.
    pub(crate) fn settings(&self, public_url: &str) -> gateway::Settings {
        let minor_units = |units| self.minor_units(units);
        let kind = |limits: Kind| gateway::KindLimit {
            order: limits.order_units_max.map(minor_units),
            day: limits.day_units_max.map(minor_units),
        };
        gateway::Settings {
            voucher_limit: Money::new(minor_units(self.voucher_units_max), self.currency),
            limits: gateway::Limits {
                day: minor_units(self.day_units_max),
                new_device: minor_units(self.new_device_units_max),
                new_payee: minor_units(self.new_payee_units_max),
                cooling_off_ms: self.cooling_off_ms(),
                transfer: kind(self.transfer),
                bill: kind(self.bill),
                standing: kind(self.standing),
                by_verdict: self.by_verdict(),
            },
            ..gateway::Settings::new(public_url)
        }
    }

    /// The limits of devices by their verdicts.
    pub(crate) fn by_verdict(&self) -> gateway::VerdictLimits {
        let minor_units = |units| self.minor_units(units);
        let level = |limits: Level| gateway::LevelLimits {
            day: limits.day_units_max.map(minor_units),
            new_device: limits.new_device_units_max.map(minor_units),
        };
        gateway::VerdictLimits {
            none: level(self.attested.none),
            basic: level(self.attested.basic),
            hardware: level(self.attested.hardware),
        }
    }

    /// The policy for risky orders, if the settings are valid.
    pub(crate) fn policy(&self) -> gateway::Policy {
        let minor_units = |above: Option<u32>| above.map(|units| self.minor_units(units));
        gateway::Policy {
            challenge_new_payee_above: minor_units(self.challenge_new_payee_above),
            challenge_login_above: minor_units(self.challenge_login_above),
            cooling_off_ms: self.cooling_off_ms(),
        }
    }

    pub(crate) fn minor_units(&self, units: u32) -> i64 {
        let decimals = u32::from(self.currency.decimals().unwrap_or_default());
        i64::from(units).saturating_mul(10_i64.pow(decimals))
    }

    fn cooling_off_ms(&self) -> u64 {
        u64::from(self.cooling_off_hours) * 3_600_000
    }
}
