//! Typed ids. An id from a core bank is any text; the ids that devices make are UUIDv7.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use uuid::{Uuid, Variant};

/// The text is not a valid id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// Empty, too long (128 bytes; 137 for a subject), or with control characters.
    #[error("an id must have 1 to 128 bytes of text without control characters")]
    NotAnId,
    /// Not a UUIDv7 in lower case with hyphens.
    #[error("the id must be a UUIDv7 in lower case with hyphens")]
    NotAUuid,
}

macro_rules! text_id {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        text_id!($(#[doc = $doc])+ $name, 128);
    };
    ($(#[doc = $doc:literal])+ $name:ident, $bytes_max:literal) => {
        $(#[doc = $doc])+
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

        #[cfg(feature = "openapi")]
        crate::schema::described!($name, concat!($($doc),+), crate::schema::text($bytes_max));
    };
}

text_id!(
    /// A customer of the bank.
    CustomerId
);
text_id!(
    /// An app that people let the bank tell who they are: a client of the OpenID provider.
    ClientId
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

impl From<&CustomerId> for SubjectId {
    fn from(customer: &CustomerId) -> Self {
        Self(format!("customer:{customer}"))
    }
}

impl SubjectId {
    /// The customer, if the subject is a customer.
    #[must_use]
    pub fn customer(&self) -> Option<CustomerId> {
        match self.0.split_once(':') {
            Some(("customer", customer)) => customer.parse().ok(),
            _ => None,
        }
    }

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

text_id!(
    /// A payee of a customer. The core bank chooses the id.
    PayeeId
);
text_id!(
    /// A standing order. The core bank chooses the id.
    StandingOrderId
);

macro_rules! uuid_id {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new id from `time` and ten random bytes (RFC 9562, 5.7).
            #[must_use]
            pub fn at(time: crate::Time, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(time.ms(), &random).into_uuid())
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let uuid = Uuid::try_parse(text).map_err(|_| IdError::NotAUuid)?;
                let is_version_7 = uuid.get_version_num() == 7 && uuid.get_variant() == Variant::RFC4122;
                if is_version_7 && uuid.hyphenated().to_string() == text {
                    Ok(Self(uuid))
                } else {
                    Err(IdError::NotAUuid)
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.hyphenated())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        #[cfg(feature = "openapi")]
        crate::schema::described!($name, concat!($($doc),+), crate::schema::uuid_v7());
    };
}

uuid_id!(
    /// One installation of the app: a UUIDv7, lower case with hyphens.
    DeviceId
);
uuid_id!(
    /// One data package from the service broker to the bank: its transaction number. Each package has another one, also when an
    /// order is sent again.
    PackageId
);
uuid_id!(
    /// A signed order to the bank. The device makes the id before it sends anything: it is the idempotency key, with the
    /// customer, as far as the core bank.
    IntentId
);
