//! What the core reports without being asked, and what it needs of the page.

use crate::model::{Connection, Entry, Home};
use protocol::Base64UrlBytes;
use protocol::http::PasskeyAssertion;
use serde::{Deserialize, Serialize};

/// What changed.
#[derive(Debug, Serialize, Deserialize)]
pub enum News {
    /// The passbook after a change. `fresh` are the entries that just arrived, in order.
    Home {
        /// The home page now.
        home: Box<Home>,
        /// New entries.
        fresh: Vec<Entry>,
    },
    /// The connection changed. `why` is a stable word, if there is something to say.
    Connection {
        /// The connection now.
        connection: Connection,
        /// Why.
        why: Option<String>,
    },
    /// An order changed: ask again for what is shown of orders.
    Orders,
    /// The passbook was locked, here or in another tab.
    Locked,
    /// The store was removed, or is of a newer version of the app: a stable word.
    Gone(String),
}

/// What only a page can do for the core: a passkey's ceremony (WebAuthn Level 3).
#[derive(Debug, Serialize, Deserialize)]
pub struct Prompt {
    /// The number that the answer has, too.
    pub id: u32,
    /// The ceremony.
    pub ceremony: Ceremony,
}

/// A ceremony.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ceremony {
    /// Answers a challenge with a passkey of the person.
    Assert(Vec<u8>),
    /// Makes a passkey: JSON of `PasskeyOptions`.
    Make(String),
}

/// The outcome of a ceremony.
#[derive(Serialize, Deserialize)]
pub enum Prompted {
    /// An assertion.
    Asserted(PasskeyAssertion),
    /// A registration.
    Made {
        /// The client data: the bytes of its JSON.
        client_data_json: Base64UrlBytes,
        /// The attestation object.
        attestation_object: Base64UrlBytes,
    },
    /// The person refused, or there is no passkey: the name of the browser's error.
    Refused(String),
}
