//! A request about a brake, read and checked.

use order::Brake;
use protocol::http::SetBrake;
use thiserror::Error;
use types::{Currency, ErrorCode};

/// Why a brake is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BrakeRefusal {
    /// The device is not active.
    #[error("the device was removed")]
    DeviceRemoved,
    /// There is no such brake.
    #[error("there is no such brake")]
    Unknown,
    /// A limit is neither set nor ended.
    #[error("a limit needs an amount, or ends")]
    LimitMissing,
    /// A freeze with an amount.
    #[error("a freeze has no amount")]
    LimitOfFreeze,
    /// A brake ends and has an amount.
    #[error("a brake that ends has no amount")]
    LimitOfEnd,
    /// Another currency than that of the bank's limits.
    #[error("the limit must be in the currency of the bank's limits")]
    Currency,
    /// The limit is negative.
    #[error("the limit must not be negative")]
    Negative,
    /// The limit is above the bank's, which holds anyway.
    #[error("the limit must not be above the bank's")]
    AboveTheBanks,
    /// The account is not the customer's.
    #[error("the customer does not hold the account")]
    NotHeld,
    /// The customer has as many brakes as are allowed.
    #[error("the customer has as many brakes as are allowed")]
    TooMany,
    /// The customer stopped everything.
    #[error("the customer stopped everything")]
    Stopped,
}

impl BrakeRefusal {
    /// The public code.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::DeviceRemoved => ErrorCode::OrderDeviceRemoved,
            Self::Stopped => ErrorCode::OrdersStopped,
            _ => ErrorCode::BrakeInvalid,
        }
    }

    /// A stable word for the audit record.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DeviceRemoved => "device_not_active",
            Self::Unknown => "unknown_brake",
            Self::LimitMissing => "limit_missing",
            Self::LimitOfFreeze => "limit_of_a_freeze",
            Self::LimitOfEnd => "limit_of_an_end",
            Self::Currency => "another_currency",
            Self::Negative => "negative_limit",
            Self::AboveTheBanks => "above_the_banks_limit",
            Self::NotHeld => "account_not_held",
            Self::TooMany => "too_many_brakes",
            Self::Stopped => "customer_stopped",
        }
    }
}

/// A brake as a request wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) brake: Brake,
    /// The most that may leave; 0 of a freeze. `None` if the brake ends.
    pub(super) minor_units: Option<i64>,
}

impl Wanted {
    /// Reads a request, whose limit must be in that currency.
    pub(super) fn of(request: &SetBrake, currency: Currency) -> Result<Self, BrakeRefusal> {
        let brake: Brake = request.brake.parse().map_err(|_| BrakeRefusal::Unknown)?;
        let minor_units = match (request.limit, request.ends, brake.is_limit()) {
            (Some(_), true, _) => return Err(BrakeRefusal::LimitOfEnd),
            (Some(_), false, false) => return Err(BrakeRefusal::LimitOfFreeze),
            (None, false, true) => return Err(BrakeRefusal::LimitMissing),
            (Some(limit), false, true) if limit.currency() != currency => {
                return Err(BrakeRefusal::Currency);
            }
            (Some(limit), false, true) if limit.minor_units() < 0 => {
                return Err(BrakeRefusal::Negative);
            }
            (Some(limit), false, true) => Some(limit.minor_units()),
            (None, false, false) => Some(0),
            (None, true, _) => None,
        };
        Ok(Self { brake, minor_units })
    }
}
