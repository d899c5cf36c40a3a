//! Vouchers: each allows one order, up to a limit. Devices keep some, so that a person can order while offline.

use crate::OrderError;
use crate::reading::money;
use envelope::{Purpose, Sign1, SignatureError, Signer, SigningFailed, TrustList};
use protocol::cbor::{self, Fields};
use protocol::{ParseError, cbor_array};
use thiserror::Error;
use types::{CustomerId, DeviceId, Money, Time, VoucherId};

const PURPOSE: &str = "passbook voucher";
const VERSION: u64 = 1;

/// The most vouchers of a device that are alive at once.
pub const VOUCHERS_MAX: usize = 20;

/// How long a voucher is good for at most: 72 hours.
pub const VOUCHER_MS: u64 = 72 * 60 * 60 * 1000;

/// The bank's statement that a device of a customer may give one order, which moves at most `limit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voucher {
    /// The voucher's number.
    pub voucher: VoucherId,
    /// The customer.
    pub customer: CustomerId,
    /// The customer's device.
    pub device: DeviceId,
    /// The most that one order under the voucher may move; not negative.
    pub limit: Money,
    /// When the voucher was made. The signing key must have been valid then.
    pub issued: Time,
    /// The last millisecond at which the voucher is good.
    pub expires: Time,
}

/// Why a voucher is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VoucherError {
    /// The statement is malformed, or a key for vouchers did not sign it.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// ISO 4217 gives the limit's currency no decimals.
    #[error("ISO 4217 defines no decimals for the limit's currency")]
    UnknownCurrency,
    /// The limit is negative.
    #[error("the limit is negative")]
    LimitNegative,
    /// The voucher does not expire later than it was issued, or by more than 72 hours.
    #[error("a voucher must expire later than it was issued, by at most 72 hours")]
    WrongValidity,
    /// The voucher is another customer's.
    #[error("a voucher of another customer")]
    AnotherCustomer,
    /// The voucher is another device's.
    #[error("a voucher of another device")]
    AnotherDevice,
    /// The voucher has expired.
    #[error("the voucher has expired")]
    Expired,
}

impl VoucherError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Signature(cause) => cause.reason(),
            Self::UnknownCurrency => "unknown_currency",
            Self::LimitNegative => "limit_negative",
            Self::WrongValidity => "wrong_validity",
            Self::AnotherCustomer => "voucher_of_another_customer",
            Self::AnotherDevice => "voucher_of_another_device",
            Self::Expired => "voucher_expired",
        }
    }
}

impl From<ParseError> for VoucherError {
    fn from(error: ParseError) -> Self {
        Self::Signature(error.into())
    }
}

impl Voucher {
    /// The payload that gateway signs.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        cbor::encode(&cbor_array![
            PURPOSE,
            VERSION,
            self.voucher,
            &self.customer,
            self.device,
            self.limit,
            self.issued,
            self.expires,
        ])
    }

    /// Signs the voucher.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SigningFailed> {
        Sign1::sign_embedded(signer, &self.payload())
    }

    /// Parses and verifies a voucher, whoever's it is and however old.
    pub fn verify_any(bytes: &[u8], trust: &TrustList) -> Result<Self, VoucherError> {
        let sign1 = Sign1::parse(bytes)?;
        let mut fields = Fields::of_statement(sign1.embedded()?, PURPOSE, VERSION)?;
        let voucher = Self {
            voucher: fields.take()?,
            customer: fields.take()?,
            device: fields.take()?,
            limit: money(fields.take()?).map_err(limit_error)?,
            issued: fields.take()?,
            expires: fields.take()?,
        };
        fields.end()?;
        if voucher.limit.minor_units() < 0 {
            return Err(VoucherError::LimitNegative);
        }
        let latest = voucher.issued.plus_ms(VOUCHER_MS);
        if voucher.expires <= voucher.issued || voucher.expires > latest {
            return Err(VoucherError::WrongValidity);
        }
        sign1.verify(trust.key(sign1.kid(), Purpose::Voucher, voucher.issued)?)?;
        Ok(voucher)
    }

    /// Parses and verifies a voucher of this customer and device that is good at `now`.
    pub fn verify(
        bytes: &[u8],
        trust: &TrustList,
        customer: &CustomerId,
        device: DeviceId,
        now: Time,
    ) -> Result<Self, VoucherError> {
        let voucher = Self::verify_any(bytes, trust)?;
        if voucher.customer != *customer {
            return Err(VoucherError::AnotherCustomer);
        }
        if voucher.device != device {
            return Err(VoucherError::AnotherDevice);
        }
        if now > voucher.expires {
            return Err(VoucherError::Expired);
        }
        Ok(voucher)
    }
}

fn limit_error(error: OrderError) -> VoucherError {
    match error {
        OrderError::Parse(cause) => cause.into(),
        _ => VoucherError::UnknownCurrency,
    }
}
