//! The port to a core bank over HTTP with SOAP 1.1 and 1.2 (document/literal).
//!
//! Both sides are here: [`SoapBank`] is the port, as notification and gateway see it, and [`routes`] serves any core bank. The
//! contract is published in `wsdl/` and beside the service, so that a bank's own software can be either side. Events and entries
//! travel in their own encoding (CBOR, base64), because their bytes are what is hashed.
//!
//! Invariants: a package is read whole, with header and body, before anything is done. What is not what the schema says is
//! refused with a fault that has a predefined [`Code`], goes into the error log ([`Logged`]), and does nothing. XML is read
//! without document types, entities, processing instructions and comments, within a depth, a size and a number of elements. An
//! answer counts only if it has the transaction number and the customer session of its package; every other one is
//! [`Unavailable`](core_bank::CoreBankError::Unavailable): what was asked may have been done.

mod bank;
mod books;
mod calls;
mod connection;
mod content;
mod contract;
mod defects;
mod envelope;
mod login;
mod operation;
mod orders;
mod problem;
mod routes;
mod service;
mod values;
mod xml;

pub use bank::SoapBank;
pub use connection::Connection;
pub use contract::{XSD, wsdl};
pub use defects::{Logged, PackageDefect};
pub use envelope::SoapVersion;
pub use login::{Customers, LoggedIn, Person};
pub use operation::ALL_OPERATIONS;
pub use problem::Code;
pub use routes::routes;
pub use service::{Layers, Service};
