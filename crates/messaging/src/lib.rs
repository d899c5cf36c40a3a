//! SMS and mail to customers and to administrators: texts, a durable queue, and the ways out by SMPP 3.4, over HTTP and by SMTP.
//!
//! A message is rendered when it is sent to somebody, and stored in a [`Queue`] before [`Messaging::send`] returns. A worker for each way
//! takes what is due and hands it to the carrier, and again after a pause while the carrier does not take it.
//!
//! Invariants:
//! - A message that the queue accepted is handed to the carrier at least once, unless it expires or the carrier refuses it for good. It may be
//!   handed over twice if a process dies in between: a mail then has the same `Message-ID`, the parts of an SMS the same reference.
//! - The queue is bounded. If it is full, a message is refused, and nothing that waits is dropped.
//! - One-time codes and alerts are not held back in quiet hours. All other messages are.
//! - An SMS never names an amount and an account together, unless the bank configures it.
//! - An address and a text exist in the queue until the message has ended, and in no log.
//!
//! ```
//! use messaging::{Language, Message, RenderedFor, Way, rendered};
//!
//! let code = Message::LoginCode("12345678".to_owned().into());
//! let to = RenderedFor { way: Way::Sms, language: Language::En, amount_with_account: false };
//! assert!(rendered(&code, &to).text.starts_with("12345678 is your code"));
//! ```

mod address;
mod backoff;
mod carriers;
mod contacts;
mod letter;
mod message;
mod messaging;
mod queue;
mod quiet_hours;
mod rendering;
mod texts;
mod worker;

pub use address::{Address, AddressError, MailAddress, Mobile, Way};
pub use carriers::http::{Credentials, Encoding, HttpProvider, HttpSettings};
pub use carriers::smpp::{Smpp, SmppSettings};
pub use carriers::smtp::{Encryption, Smtp, SmtpSettings};
pub use carriers::{Carrier, Handed, NotSent, Reports, SetupError};
pub use contacts::{Contact, Contacts};
pub use letter::Letter;
pub use message::{Alert, Message, Moved};
pub use messaging::{Carriers, Messaging, Neighbours, Recipient, SendError, Sent, Settings};
pub use queue::{End, MessageId, Queue, QueuedMessage};
pub use quiet_hours::{QuietHours, QuietHoursError};
pub use rendering::{Rendered, RenderedFor, rendered};
pub use texts::Language;
