//! How the bank reaches its customers, and how they want to be reached.

use crate::address::{Address, MailAddress, Mobile, Way};
use crate::quiet_hours::QuietHours;
use crate::texts::Language;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use types::{CustomerId, PortError};

/// A customer's addresses and preferences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The language of messages.
    #[serde(default)]
    pub language: Language,
    /// The mobile number.
    #[serde(default)]
    pub mobile: Option<Mobile>,
    /// The mail address.
    #[serde(default)]
    pub mail: Option<MailAddress>,
    /// How messages come for which nobody asked; without it they do not come. Codes come in the way in which they were asked for.
    #[serde(default)]
    pub notices: Option<Way>,
    /// The customer's own quiet hours, in place of the bank's.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
}

impl Contact {
    /// The address for a way, if the bank has one.
    #[must_use]
    pub fn address(&self, way: Way) -> Option<Address> {
        match way {
            Way::Sms => self.mobile.clone().map(Address::Sms),
            Way::Mail => self.mail.clone().map(Address::Mail),
        }
    }
}

/// Who knows how customers are reached.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// The customer's contact, if the bank has one.
    async fn contact(&self, customer: &CustomerId) -> Result<Option<Contact>, PortError>;
}
