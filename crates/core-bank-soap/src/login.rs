//! The customer's login at a bank that keeps the customers' passwords itself.

use crate::books::StatedAccount;
use crate::content::sequence;
use crate::values::Secret;
use async_trait::async_trait;
use core_bank::{AccountSnapshot, CoreBankError};
use types::CustomerId;

sequence! {
    LoginAsked {
        user: String = "UserId",
        password: Secret = "Password",
    }

    /// Who is authenticated.
    StatedCustomer {
        customer: CustomerId = "Customer",
        first_name: Option<String> = "FirstName",
        last_name: String = "LastName",
        accounts: Vec<StatedAccount> = "Account",
    }

    LoginAnswer {
        authenticated: Option<StatedCustomer> = "Authenticated",
    }
}

/// What the bank knows of a customer whom it authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The customer.
    pub customer: CustomerId,
    /// The given names, if the customer has any: a company has none.
    pub first_name: Option<String>,
    /// The family name, or the whole name of who has no given names.
    pub last_name: String,
}

/// A customer whom the bank authenticated, and the accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// Who it is.
    pub person: Person,
    /// The accounts that the customer holds, ordered by id.
    pub accounts: Vec<AccountSnapshot>,
}

/// What the bank's side needs to authenticate customers.
#[async_trait]
pub trait Customers: Send + Sync {
    /// Whose user name and password these are. `None` if they are nobody's. The bank counts failures as its own rules say.
    async fn log_in(&self, user: &str, password: &str) -> Result<Option<Person>, CoreBankError>;
}

impl From<LoggedIn> for StatedCustomer {
    fn from(logged_in: LoggedIn) -> Self {
        let LoggedIn { person, accounts } = logged_in;
        Self {
            customer: person.customer,
            first_name: person.first_name,
            last_name: person.last_name,
            accounts: accounts.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<StatedCustomer> for LoggedIn {
    fn from(stated: StatedCustomer) -> Self {
        Self {
            person: Person {
                customer: stated.customer,
                first_name: stated.first_name,
                last_name: stated.last_name,
            },
            accounts: stated.accounts.into_iter().map(Into::into).collect(),
        }
    }
}
