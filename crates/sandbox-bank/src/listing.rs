//! Lists customers and their accounts, for a person who wants to try Passbook.

use crate::{BankError, SandboxBank};
use database::{Transaction, params};
use types::{AccountId, AccountKind, Currency, CustomerId, Role};

/// One account of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The customer.
    pub customer: CustomerId,
    /// The customer's name, if the bank knows it.
    pub customer_name: Option<String>,
    /// The account.
    pub account: AccountId,
    /// The account's kind.
    pub kind: AccountKind,
    /// The account's name.
    pub account_name: String,
    /// The account's currency.
    pub currency: Currency,
    /// The role in which the customer holds the account.
    pub role: Role,
}

impl SandboxBank {
    /// The first holdings, ordered by customer and account, at most `limit`.
    pub async fn holdings(&self, limit: u32) -> Result<Vec<Holding>, BankError> {
        let select = "SELECT c.id, c.name, a.id, a.kind, a.name, a.currency, h.role
            FROM holder h JOIN customer c ON c.id = h.customer JOIN account a ON a.id = h.account
            ORDER BY c.id, a.id LIMIT $1";
        self.database
            .read(async move |tx: &mut Transaction<'_>| {
                let rows = tx.query(select, params![limit]).await?;
                rows.iter()
                    .map(|row| {
                        Ok(Holding {
                            customer: row.get(0)?,
                            customer_name: row.get(1)?,
                            account: row.get(2)?,
                            kind: row.get(3)?,
                            account_name: row.get(4)?,
                            currency: row.get(5)?,
                            role: row.get(6)?,
                        })
                    })
                    .collect()
            })
            .await
    }
}
