//! A change of who has access to what is a customer's, as an entry tells the customer's devices of it.

use crate::EntryKind;
use crate::cbor::{Key, Map, Value};
use types::{ClientId, DeviceId, PasskeyId};

/// Why a login is one that the customer should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusual {
    /// Logins on the device were refused shortly before.
    AfterRefusals,
    /// It was by a password, without a passkey.
    ByPassword,
    /// Another device registered the passkey, and the login before on this device was not with it.
    PasskeyOfAnotherDevice,
    /// It was at the plain pages, in a browser that is no device of the customer's.
    PlainPages,
}

impl Unusual {
    /// The word as it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AfterRefusals => "after_refusals",
            Self::ByPassword => "by_password",
            Self::PasskeyOfAnotherDevice => "passkey_of_another_device",
            Self::PlainPages => "plain_pages",
        }
    }
}

/// A change of who has access. The kind says which of the others there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessChange {
    /// `passkey.added`, `passkey.removed`, `password.set`, `password.removed`, `consent.given`, `consent.withdrawn` or `login.unusual`.
    pub kind: EntryKind,
    /// The passkey.
    pub passkey: Option<PasskeyId>,
    /// The device by which the customer did it.
    pub device: Option<DeviceId>,
    /// The app to which the customer gave a consent.
    pub client: Option<ClientId>,
    /// Its name, as people know it. `None` if the bank has it no longer.
    pub name: Option<String>,
    /// What it may know, as OAuth scopes, separated by spaces.
    pub scopes: Option<String>,
    /// Why a login is unusual: [`Unusual`], separated by spaces.
    pub reasons: Option<String>,
}

impl AccessChange {
    /// A change of that kind, of nothing yet.
    #[must_use]
    pub const fn new(kind: EntryKind) -> Self {
        Self {
            kind,
            passkey: None,
            device: None,
            client: None,
            name: None,
            scopes: None,
            reasons: None,
        }
    }

    /// The arguments of the entry: what there is, as text.
    #[must_use]
    pub fn arguments(&self) -> Map {
        let all = [
            ("passkey", self.passkey.map(|passkey| passkey.to_string())),
            ("device", self.device.map(|device| device.to_string())),
            ("client", self.client.as_ref().map(ClientId::to_string)),
            ("name", self.name.clone()),
            ("scopes", self.scopes.clone()),
            ("reasons", self.reasons.clone()),
        ];
        let present = all.into_iter().filter_map(|(name, text)| {
            let value = Value::from(text?.as_str());
            Some((Key::from(name), value))
        });
        present.collect()
    }
}
