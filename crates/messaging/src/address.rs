//! Where messages go.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Maximum characters of a mail address (RFC 5321, 4.5.3.1.3).
const MAIL_MAX: usize = 254;

/// How a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// As SMS.
    Sms,
    /// As mail.
    Mail,
}

impl Way {
    /// Its word in tables and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Mail => "mail",
        }
    }
}

/// Why an address was refused. The address is not repeated, because errors are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It is no mobile number in the international format.
    #[error(
        "a mobile number is `+`, the country and the number: 7 to 15 digits, such as +66812345678"
    )]
    Mobile,
    /// It is no mail address.
    #[error("a mail address is such as ann@bank.example")]
    Mail,
}

/// A mobile number in the international format (ITU-T E.164): `+` and 7 to 15 digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mobile(String);

/// A mail address (RFC 5321), without a name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailAddress(lettre::Address);

/// Where one message goes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Address {
    /// By SMS.
    Sms(Mobile),
    /// By mail.
    Mail(MailAddress),
}

impl Address {
    /// How a message to it goes.
    #[must_use]
    pub const fn way(&self) -> Way {
        match self {
            Self::Sms(_) => Way::Sms,
            Self::Mail(_) => Way::Mail,
        }
    }
}

impl Mobile {
    /// The digits, without `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('+')
    }

    /// With `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl MailAddress {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    pub(crate) fn inner(&self) -> &lettre::Address {
        &self.0
    }
}

impl FromStr for Mobile {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let digits = text.strip_prefix('+').ok_or(AddressError::Mobile)?;
        let is_number = (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        is_number
            .then(|| Self(text.to_owned()))
            .ok_or(AddressError::Mobile)
    }
}

impl FromStr for MailAddress {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.len() > MAIL_MAX {
            return Err(AddressError::Mail);
        }
        let address = text.parse();
        address.map(Self).map_err(|_| AddressError::Mail)
    }
}

impl TryFrom<String> for Mobile {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl TryFrom<String> for MailAddress {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<Mobile> for String {
    fn from(mobile: Mobile) -> String {
        mobile.0
    }
}

impl From<MailAddress> for String {
    fn from(address: MailAddress) -> String {
        address.as_str().to_owned()
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mobile(redacted)")
    }
}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailAddress(redacted)")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({}, redacted)", self.way().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_parsed_and_never_shown() {
        for good in ["+66812345678", "+4207771", "+123456789012345"] {
            let mobile: Mobile = good.parse().unwrap();
            assert_eq!(format!("+{}", mobile.digits()), good);
            assert!(!format!("{:?}", Address::Sms(mobile)).contains(good));
        }
        for wrong in [
            "",
            "66812345678",
            "+66 812345678",
            "+1234567890123456",
            "+123456",
            "+0812345678",
            "+6681234567๘",
        ] {
            assert_eq!(
                wrong.parse::<Mobile>(),
                Err(AddressError::Mobile),
                "{wrong}"
            );
        }
        let mail: MailAddress = "ann@bank.example".parse().unwrap();
        assert!(!format!("{:?}", Address::Mail(mail)).contains("ann"));
        let long = format!("{}@bank.example", "a".repeat(250));
        for wrong in [
            "",
            "ann",
            "ann@",
            "ann@bank.example\r\nBcc: bob@bank.example",
            "Ann <ann@bank.example>",
            &long,
        ] {
            assert_eq!(
                wrong.parse::<MailAddress>(),
                Err(AddressError::Mail),
                "{wrong}"
            );
        }
    }
}
