//! The row of an account.

use crate::BankError;
use database::{DatabaseError, Row, Transaction, params};
use ledger::{Book, Floor};
use types::{AccountId, AccountKind, BusinessDate, Currency, CustomerId, Money, Role, Sequence};

/// An account as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) kind: AccountKind,
    pub(crate) name: String,
    pub(crate) currency: Currency,
    pub(crate) opened: Option<BusinessDate>,
    pub(crate) floor: Option<i64>,
    pub(crate) booked: i64,
    pub(crate) transactions: i64,
    pub(crate) sequence: Sequence,
}

macro_rules! account_columns {
    () => {
        "a.id, a.kind, a.name, a.currency, a.opened, a.floor, a.booked, a.transactions, a.sequence"
    };
}
pub(crate) use account_columns;

impl Account {
    /// Reads the columns of `account_columns!`.
    pub(crate) fn of(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            name: row.get(2)?,
            currency: row.get(3)?,
            opened: row.get(4)?,
            floor: row.get(5)?,
            booked: row.get(6)?,
            transactions: row.get(7)?,
            sequence: row.get(8)?,
        })
    }

    pub(crate) async fn find(
        tx: &mut Transaction<'_>,
        id: &AccountId,
    ) -> Result<Option<Self>, BankError> {
        const FIND: &str = concat!(
            "SELECT ",
            account_columns!(),
            " FROM account a WHERE a.id = $1"
        );
        let row = tx.query_optional(FIND, params![id]).await?;
        Ok(row.as_ref().map(Self::of).transpose()?)
    }

    pub(crate) async fn get(tx: &mut Transaction<'_>, id: &AccountId) -> Result<Self, BankError> {
        Self::find(tx, id)
            .await?
            .ok_or_else(|| BankError::AccountUnknown(id.clone()))
    }

    pub(crate) async fn insert(&self, tx: &mut Transaction<'_>) -> Result<(), BankError> {
        let insert = "INSERT INTO account
            (id, kind, name, currency, opened, floor, booked, transactions, sequence, place)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)";
        let params = params![
            &self.id,
            &self.kind,
            &self.name,
            self.currency,
            self.opened,
            self.floor,
            self.booked,
            self.transactions,
            self.sequence,
        ];
        tx.execute(insert, params).await?;
        Ok(())
    }

    /// Stores what an event changes: the balance, the counters, and the event's position in the outbox, which is the newest.
    pub(crate) async fn update(&self, tx: &mut Transaction<'_>) -> Result<(), BankError> {
        let update = "UPDATE account SET booked = $1, transactions = $2, sequence = $3,
            place = (SELECT MAX(place) FROM event) WHERE id = $4";
        let params = params![self.booked, self.transactions, self.sequence, &self.id];
        tx.execute(update, params).await?;
        Ok(())
    }

    /// The account's books.
    pub(crate) fn book(&self) -> Book {
        let floor = self.floor.map_or(Floor::None, Floor::At);
        Book::restore(self.currency, self.booked, 0, floor)
    }

    /// How far below zero the account may go. `None` if there is no limit.
    pub(crate) fn limit(&self) -> Result<Option<Money>, BankError> {
        self.floor
            .map(|floor| Money::new(floor, self.currency).checked_neg())
            .transpose()
            .map_err(BankError::from)
    }
}

/// The holders of an account, ordered by id.
pub(crate) async fn holders(
    tx: &mut Transaction<'_>,
    account: &AccountId,
) -> Result<Vec<(CustomerId, Role)>, DatabaseError> {
    let select = "SELECT customer, role FROM holder WHERE account = $1 ORDER BY customer";
    let rows = tx.query(select, params![account]).await?;
    rows.iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}
