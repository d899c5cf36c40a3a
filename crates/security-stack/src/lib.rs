//! The bank's own door: a stack of four layers between the service broker and the core bank.
//!
//! Each package passes all layers or none of it goes on: 1, it came over TLS on the bank's port; 2, it came from the service broker's
//! address, with its certificate; 3, it has a client session variable of the service broker, made for this package and
//! used once; 4, it has the shared server key and the MAC that the key makes. Then the bank's firewall accepts its call or not. The
//! verdicts go on with the package, and back with the answer.
//!
//! What does not pass leaves an exception record and an alert. At layers 2 and 4 its address is disallowed until a named person has
//! reviewed it, and the device that it names is marked.
//!
//! Invariants: the server key is not kept, only its hash and a key derived from it that makes no package. A variable is
//! used up in the same unit of work that lets the package pass. Records, alerts and memory are bounded, whatever arrives.

mod alerting;
mod error;
mod exception;
mod firewall;
pub mod http;
mod judging;
mod keys;
mod known_key;
pub mod ports;
mod presented;
mod review;
mod settings;
mod stack;
mod stop;
mod store;

pub use error::{Failure, ReviewError};
pub use exception::{ExceptionRecord, Seen};
pub use firewall::Firewall;
pub use judging::{Judged, Passed};
pub use keys::printed;
pub use presented::Presented;
pub use review::Disallowed;
pub use settings::Settings;
pub use stack::{Neighbours, SecurityStack};
pub use stop::Stop;
