//! Typed ids. An id from a core bank is any text; a device id is a UUIDv7.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use uuid::Uuid;

/// The text is not a valid id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// Empty, too long (128 bytes; 137 for a subject), or with control characters.
    #[error("an id must have 1 to 128 bytes of text without control characters")]
    NotAnId,
    /// Not a UUIDv7 in lower case with hyphens.
    #[error("a device id must be a UUIDv7 in lower case with hyphens")]
    NotADevice,
}

macro_rules! text_id {
    ($(#[$meta:meta])* $name:ident) => {
        text_id!($(#[$meta])* $name, 128);
    };
    ($(#[$meta:meta])* $name:ident, $bytes_max:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                let fits = !text.is_empty() && text.len() <= $bytes_max && !text.chars().any(char::is_control);
                if fits { Ok(Self(text)) } else { Err(IdError::NotAnId) }
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A customer of the bank.
    CustomerId
);
text_id!(
    /// An account at the bank.
    AccountId
);
text_id!(
    /// A subject: an account or a customer whose events are numbered. The text is `account:` or `customer:` followed by
    /// the id, at most 137 bytes.
    SubjectId, 137
);
text_id!(
    /// A booked transaction. The core bank chooses the id.
    TransactionId
);

text_id!(
    /// An event of the core bank, and the entry made from it. Entries that notification makes itself have one too.
    EventId
);

impl From<&AccountId> for SubjectId {
    fn from(account: &AccountId) -> Self {
        Self(format!("account:{account}"))
    }
}

impl SubjectId {
    /// The account, if the subject is an account. A subject without a prefix was written before prefixes existed; it is
    /// an account.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self.0.split_once(':') {
            Some(("account", account)) => account.parse().ok(),
            Some(("customer", _)) => None,
            _ => self.0.parse().ok(),
        }
    }
}

/// One installation of the app: a UUIDv7, lower case with hyphens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceId(Uuid);

impl DeviceId {
    /// Makes a new id from `time` and ten random bytes (RFC 9562, 5.7).
    #[must_use]
    pub fn at(time: crate::Time, random: [u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(time.ms(), &random).into_uuid())
    }
}

impl FromStr for DeviceId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        match Uuid::try_parse(text) {
            Ok(uuid) if uuid.get_version_num() == 7 && uuid.hyphenated().to_string() == text => {
                Ok(Self(uuid))
            }
            _ => Err(IdError::NotADevice),
        }
    }
}

impl TryFrom<String> for DeviceId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<DeviceId> for String {
    fn from(id: DeviceId) -> String {
        id.to_string()
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.hyphenated())
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({self})")
    }
}
