//! Currencies and their decimals.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Why an amount or a currency is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not three capital letters (ISO 4217).
    #[error("a currency must have three capital letters")]
    NotACurrency,
    /// The amounts have different currencies.
    #[error("amounts in {0} and {1} cannot be combined")]
    Currencies(Currency, Currency),
    /// The result does not fit into a signed 64-bit number of minor units.
    #[error("the amount is out of range")]
    Overflow,
    /// The amount is beyond ±(2^53 − 1), which JSON cannot carry exactly.
    #[error("the amount is beyond what JSON carries exactly")]
    BeyondJson,
    /// ISO 4217 has no such active currency or gives it no minor unit, so a decimal amount has no meaning.
    #[error("ISO 4217 defines no decimals for {0}")]
    NoDecimals(Currency),
    /// The text is not digits with an optional sign and optional decimals, or has more decimals than the currency
    /// allows.
    #[error("an amount of {currency} is digits {}, such as {}", decimals_in_words(*.decimals), example(*.decimals))]
    NotAnAmount {
        /// The currency of the amount.
        currency: Currency,
        /// Number of decimals that ISO 4217 defines for it.
        decimals: u8,
    },
}

fn decimals_in_words(decimals: u8) -> String {
    match decimals {
        0 => "without decimals".to_owned(),
        decimals => format!("with at most {decimals} decimals"),
    }
}

fn example(decimals: u8) -> &'static str {
    match decimals {
        0 => "250 or -3",
        _ => "250.00 or -3.5",
    }
}

/// An ISO 4217 currency code. Any three capital letters are accepted, so that books with a former or private code stay
/// readable. [`Currency::decimals`] says whether ISO 4217 lists the code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The koruna of the Czech Republic.
    pub const CZK: Currency = Currency(*b"CZK");

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// The number of decimals of an amount: the exponent of the minor unit in ISO 4217, list one of 2026-01-01.
    ///
    /// `None` if ISO 4217 has no such active code, or if it defines no minor unit ("N.A.", for example XAU or XDR).
    #[must_use]
    pub fn decimals(&self) -> Option<u8> {
        Some(match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"AED" | b"AFN" | b"ALL" | b"AMD" | b"AOA" | b"ARS" | b"AUD" | b"AWG" | b"AZN"
            | b"BAM" | b"BBD" | b"BDT" | b"BMD" | b"BND" | b"BOB" | b"BOV" | b"BRL" | b"BSD"
            | b"BTN" | b"BWP" | b"BYN" | b"BZD" | b"CAD" | b"CDF" | b"CHE" | b"CHF" | b"CHW"
            | b"CNY" | b"COP" | b"COU" | b"CRC" | b"CUP" | b"CVE" | b"CZK" | b"DKK" | b"DOP"
            | b"DZD" | b"EGP" | b"ERN" | b"ETB" | b"EUR" | b"FJD" | b"FKP" | b"GBP" | b"GEL"
            | b"GHS" | b"GIP" | b"GMD" | b"GTQ" | b"GYD" | b"HKD" | b"HNL" | b"HTG" | b"HUF"
            | b"IDR" | b"ILS" | b"INR" | b"IRR" | b"JMD" | b"KES" | b"KGS" | b"KHR" | b"KPW"
            | b"KYD" | b"KZT" | b"LAK" | b"LBP" | b"LKR" | b"LRD" | b"LSL" | b"MAD" | b"MDL"
            | b"MGA" | b"MKD" | b"MMK" | b"MNT" | b"MOP" | b"MRU" | b"MUR" | b"MVR" | b"MWK"
            | b"MXN" | b"MXV" | b"MYR" | b"MZN" | b"NAD" | b"NGN" | b"NIO" | b"NOK" | b"NPR"
            | b"NZD" | b"PAB" | b"PEN" | b"PGK" | b"PHP" | b"PKR" | b"PLN" | b"QAR" | b"RON"
            | b"RSD" | b"RUB" | b"SAR" | b"SBD" | b"SCR" | b"SDG" | b"SEK" | b"SGD" | b"SHP"
            | b"SLE" | b"SOS" | b"SRD" | b"SSP" | b"STN" | b"SVC" | b"SYP" | b"SZL" | b"THB"
            | b"TJS" | b"TMT" | b"TOP" | b"TRY" | b"TTD" | b"TWD" | b"TZS" | b"UAH" | b"USD"
            | b"USN" | b"UYU" | b"UZS" | b"VED" | b"VES" | b"WST" | b"XAD" | b"XCD" | b"XCG"
            | b"YER" | b"ZAR" | b"ZMW" | b"ZWG" => 2,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => return None,
        })
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(MoneyError::NotACurrency),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
