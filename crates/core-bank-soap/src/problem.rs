//! The bank's refusals: faults with one of a few predefined codes each.

use crate::content::{Content, Corrupt, sequence};
use crate::orders::Misfit;
use crate::xml::{Element, NotRead};
use core_bank::CoreBankError;
use std::fmt;
use thiserror::Error;
use types::{AccountId, CustomerId, IntentId, PackageId};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $text:literal;)+) => {
        /// Why the bank does not do what was asked.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)+
        }

        impl Code {
            /// All codes, in the order of the schema.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it is sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The fault's text, for who looks for the cause.
            pub(crate) const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl Content for Code {
            fn write(&self, into: &mut Element) {
                into.text = self.as_str().to_owned();
            }

            fn read(element: Element, name: &'static str) -> Result<Self, Corrupt> {
                match &*String::read(element, name)? {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(Corrupt::Value(name)),
                }
            }
        }
    };
}

codes! {
    /// The body of the request is not XML as messages have it, or its type is not that of its envelope.
    Malformed = "malformed", "The package is malformed.";
    /// The envelope is of no version of SOAP that the bank knows.
    VersionMismatch = "version_mismatch", "The envelope is neither of SOAP 1.1 nor of SOAP 1.2.";
    /// The header has something that the bank does not understand.
    NotUnderstood = "not_understood", "The header has something that the bank does not understand.";
    /// An element is missing.
    MissingElement = "missing_element", "An element is missing.";
    /// An element has no value of its type, or what is in it does not fit together.
    CorruptElement = "corrupt_element", "An element is corrupt.";
    /// There is more than the schema knows.
    UnexpectedElement = "unexpected_element", "There is an element that the schema does not know there.";
    /// The bank has no such operation, or not for this caller.
    OperationUnknown = "operation_unknown", "There is no such operation.";
    /// The call concerns a customer, and the package says that nobody is authenticated.
    NotAuthenticated = "not_authenticated", "The customer is not authenticated.";
    /// There is no such customer.
    CustomerUnknown = "customer_unknown", "There is no such customer.";
    /// There is no such account.
    AccountUnknown = "account_unknown", "There is no such account.";
    /// Another order of the customer has this id.
    OrderConflict = "order_conflict", "Another order has this id.";
    /// The bank does not answer now.
    Unavailable = "unavailable", "The bank does not answer now.";
    /// The bank's records are inconsistent.
    Broken = "broken", "The bank's records are inconsistent.";
}

impl Code {
    /// Whether the caller is at fault, not the bank.
    pub(crate) const fn is_callers(self) -> bool {
        !matches!(self, Self::Unavailable | Self::Broken)
    }

    /// Whether the package is not what it should be.
    pub(crate) const fn is_of_package(self) -> bool {
        let of_books = matches!(
            self,
            Self::CustomerUnknown | Self::AccountUnknown | Self::OrderConflict
        );
        self.is_callers() && !of_books
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

sequence! {
    /// The detail of a fault.
    Problem {
        code: Code = "Code",
        transaction: Option<PackageId> = "TransactionNumber",
        element: Option<String> = "Element",
        customer: Option<CustomerId> = "Customer",
        account: Option<AccountId> = "AccountNumber",
        order: Option<IntentId> = "Order",
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self {
            code,
            transaction: None,
            element: None,
            customer: None,
            account: None,
            order: None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.text())
    }
}

impl std::error::Error for Problem {}

impl From<Corrupt> for Problem {
    fn from(corrupt: Corrupt) -> Self {
        let (code, element) = match corrupt {
            Corrupt::Missing(element) => (Code::MissingElement, element),
            Corrupt::Unexpected(element) => (Code::UnexpectedElement, element),
            Corrupt::Value(element) => (Code::CorruptElement, element),
        };
        Self {
            element: Some(element.to_owned()),
            ..code.into()
        }
    }
}

impl From<CoreBankError> for Problem {
    /// The causes stay in the bank's own log.
    fn from(error: CoreBankError) -> Self {
        match error {
            CoreBankError::CustomerUnknown(customer) => Self {
                customer: Some(customer),
                ..Code::CustomerUnknown.into()
            },
            CoreBankError::AccountUnknown(account) => Self {
                account: Some(account),
                ..Code::AccountUnknown.into()
            },
            CoreBankError::OrderConflict(intent) => Self {
                order: Some(intent),
                ..Code::OrderConflict.into()
            },
            CoreBankError::Unavailable(cause) => {
                let cause = types::error_chain(&*cause);
                tracing::warn!(cause, "the core bank does not answer");
                Code::Unavailable.into()
            }
            CoreBankError::Broken(cause) => {
                let cause = types::error_chain(&*cause);
                tracing::error!(cause, "the core bank's records are broken");
                Code::Broken.into()
            }
        }
    }
}

impl From<Problem> for CoreBankError {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem {
                code: Code::CustomerUnknown,
                customer: Some(customer),
                ..
            } => Self::CustomerUnknown(customer),
            Problem {
                code: Code::AccountUnknown,
                account: Some(account),
                ..
            } => Self::AccountUnknown(account),
            Problem {
                code: Code::OrderConflict,
                order: Some(order),
                ..
            } => Self::OrderConflict(order),
            Problem {
                code: Code::Unavailable,
                ..
            } => Self::Unavailable(Box::new(problem)),
            problem => Self::Broken(Box::new(problem)),
        }
    }
}

/// An answer that is not the bank's, or not in a form that this version knows.
#[derive(Debug, Error)]
pub(crate) enum NoAnswer {
    #[error("the bank cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("no random bytes")]
    Random(#[source] getrandom::Error),
    #[error("what is asked cannot be written")]
    Unwritable(#[source] crate::xml::NotXml),
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("the answer is no message")]
    Message(#[from] NotRead),
    #[error("the answer is not in the form of its operation")]
    Shape(#[from] Corrupt),
    #[error("the answer's parts do not fit each other")]
    Misfit,
    #[error("the answer's encoded values are not in their form")]
    Encoded(#[from] protocol::ParseError),
    #[error("the answer is to another package")]
    AnotherAnswer,
}

impl From<Misfit> for NoAnswer {
    fn from(_: Misfit) -> Self {
        Self::Misfit
    }
}

impl From<NoAnswer> for CoreBankError {
    fn from(cause: NoAnswer) -> Self {
        Self::Unavailable(Box::new(cause))
    }
}
