//! The vocabulary of all crates: typed ids, positions, money, time, accounts and error codes.
//!
//! Invariants: no I/O, no clock, no randomness. Every id, number and key has its own type. Values are parsed, not
//! validated: a value of such a type is always well-formed.
//!
//! ```
//! use types::{BusinessDate, Money};
//! let amount: Money = Money::new(70_000, "CZK".parse().unwrap());
//! assert_eq!(amount.checked_add(&amount).unwrap().minor_units(), 140_000);
//! assert!("1993-02-30".parse::<BusinessDate>().is_err());
//! ```

#![deny(clippy::float_arithmetic)]

mod account;
mod bytes;
mod currency;
mod device_form;
mod device_verdict;
mod encoding;
mod error_chain;
mod error_code;
mod ids;
mod money;
mod port_error;
mod position;
#[cfg(feature = "openapi")]
mod schema;
mod staff;
pub mod text;
mod time;
mod time_zone;

pub use account::{AccountKind, BalanceType, Balances, Role};
pub use bytes::{
    ChallengeId, ChannelId, GrantId, Hash, Incarnation, Kid, MessageKey, Nonce, PasskeyId,
    ProposalId, PublicKey, SessionId, Signature, SnapshotId, StaffId, Thumbprint, VoucherId,
};
pub use currency::{Currency, MoneyError};
pub use device_form::{DeviceForm, UnknownForm};
pub use device_verdict::{AttestationFormat, DeviceVerdict, VerdictLevel};
pub use encoding::{EncodingError, base64url, crockford, hex};
pub use error_chain::error_chain;
pub use error_code::{ERROR_CODES, ErrorCode, RETIRED_CODES};
pub use ids::{
    AccountId, ClientId, CustomerId, DeviceId, EventId, IdError, IntentId, PackageId, PayeeId,
    StandingOrderId, SubjectId, TransactionId,
};
pub use money::{Money, Rate, Units};
pub use port_error::PortError;
pub use position::{CounterError, Generation, KeyEpoch, Number, Position, PositionError, Sequence};
pub use staff::{Eyes, StaffAction, StaffQuestion, StaffRole, StaffSubject, UnknownWord};
pub use time::{BusinessDate, Clock, DateError, Time};
pub use time_zone::{TimeZone, TimeZoneError};

/// The target of the `tracing` spans that follow an entry from the core bank's commit to the devices' streams. Each names
/// its entry by `subject` and `sequence`, its message by `channel`, `generation` and `number`, or both.
pub const ENTRY_SPANS: &str = "passbook::entry";
