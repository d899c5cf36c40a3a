//! The formats that devices, broker and services exchange, with their codecs.
//!
//! CBOR is the deterministic encoding of RFC 8949, 4.2.1: every value has one encoding, and every other encoding is
//! refused. JSON is for HTTP; client and server of a route use the same type.
//!
//! Invariants: no cryptography except SHA-256, no I/O, no clock. A parser accepts untrusted bytes, has limits, never
//! panics, and returns either a typed value or an error with a stable reason.
//!
//! ```
//! use protocol::cbor::{self, Value};
//! let statement = protocol::cbor_array!["passbook example", 1, true];
//! let bytes = cbor::encode(&statement);
//! assert_eq!(cbor::decode(&bytes).unwrap(), statement);
//! assert!(cbor::decode(&[0x18, 0x01]).is_err(), "1 has a shorter encoding");
//! ```

mod access_change;
mod base64url_bytes;
mod brake_change;
pub mod cbor;
mod channel_kind;
mod cloud_event;
mod entry;
mod entry_kind;
mod entry_map;
pub mod http;
pub mod json;
pub mod live;
mod message;
mod money;
pub mod package;
mod parse_error;
mod rekey;

pub use access_change::{AccessChange, Unusual};
pub use base64url_bytes::Base64UrlBytes;
pub use brake_change::{BrakeChange, BrakeStep};
pub use channel_kind::ChannelKind;
pub use cloud_event::{BlindSubject, CLOUD_EVENT_TYPE, CloudEvent, CloudEventError};
pub use entry::{Booking, Entry, Event};
pub use entry_kind::EntryKind;
pub use message::{Body, MESSAGE_BYTES_MAX, Message, MessageKind};
pub use parse_error::ParseError;
pub use rekey::{REKEY_GRANTS_MAX, Rekey};
