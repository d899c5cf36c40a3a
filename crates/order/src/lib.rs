//! Orders: what a person tells the bank to do, signed on the device.
//!
//! `docs/protocol.md` defines the formats under "Orders". An [`Order`] is what to do. An [`Intent`] adds who orders it,
//! under which id and for how long, and the hash of the text that the person approved. A [`SignedIntent`] is what a
//! device posts. A [`Challenge`] approves an intent a second time. A [`Voucher`] allows one order up to a limit. An
//! [`Outcome`] says what became of an order.
//!
//! Invariants: no I/O, no clock, no randomness. An [`Order`] has exactly the fields of its kind, and every text in it is
//! what it looks like. [`shown_text`] is a pure function of order and locale: the device shows its text, and gateway
//! makes it again. A reader refuses what it does not know. Every refusal has a stable reason. Signatures of devices and
//! of the bank are verified everywhere; assertions of passkeys only on servers, not in WebAssembly.
//!
//! ```
//! use order::{Creditor, Locale, Order, OrderFields, OrderKind, Scheme, shown_text};
//! let order = Order::new(OrderFields {
//!     debit_account: Some("576".to_owned()),
//!     amount: Some(types::Money::new(123_450, "CZK".parse().unwrap())),
//!     creditor: Some(Creditor::new(Scheme::Account, "704")),
//!     ..OrderFields::new(OrderKind::Transfer)
//! })
//! .unwrap();
//! assert_eq!(Order::parse(&order.encode()).as_ref(), Ok(&order));
//! assert_eq!(
//!     shown_text(&order, Locale::En),
//!     "Transfer\nAmount: 1,234.50 CZK\nAccount: 704\nFrom: 576\nOn: at once"
//! );
//! ```

#[cfg(not(target_arch = "wasm32"))]
mod assertion;
mod brake;
mod challenge;
mod checking;
mod creditor;
mod error;
mod fee;
mod field;
pub mod iban;
mod initiation;
mod intent;
mod kind;
mod locale;
mod moved;
mod order;
mod outcome;
mod reading;
mod reason;
mod risk_reason;
mod schedule;
mod shown;
mod signed;
mod voucher;
mod words;

pub use brake::{Brake, NotABrake};
pub use challenge::{Challenge, SignedChallenge};
pub use creditor::{Creditor, REFERENCES_MAX, Scheme};
pub use error::OrderError;
pub use fee::{FEE_NOTICE_MS, Fee, fee_of};
pub use field::Field;
pub use initiation::Initiation;
pub use intent::{CREATED_AHEAD_MS_MAX, Intent, NOT_AFTER_MS_MAX, Orderer, check_template};
pub use kind::OrderKind;
pub use locale::Locale;
pub use moved::{LimitError, check_limit, moved_by, worth};
pub use order::{Order, OrderFields};
pub use outcome::{Outcome, OutcomeKind};
pub use reason::Reason;
pub use risk_reason::RiskReason;
pub use schedule::{Frequency, Schedule};
pub use shown::{TEMPLATE, shown_text};
pub use signed::{IntentSignatureError, SignedIntent};
pub use voucher::{VOUCHER_MS, VOUCHERS_MAX, Voucher, VoucherError};
#[cfg(not(target_arch = "wasm32"))]
pub use webauthn::Credential;
pub use webauthn::{Assertion, AssertionError, BackupFlags, RelyingParty};
