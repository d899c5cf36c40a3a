//! The row of an account.

use crate::{BankError, SandboxBank};
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
    /// The sum of the holds, in minor units.
    pub(crate) held: i64,
    pub(crate) state: AccountState,
}

/// Whether an account takes part in payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// It does.
    Open,
    /// No order debits or credits it until it is open again.
    Frozen,
    /// No order debits or credits it any more.
    Closed,
}

impl AccountState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Frozen => "frozen",
            Self::Closed => "closed",
        }
    }

    pub(crate) fn of(word: &str) -> Result<Self, BankError> {
        [Self::Open, Self::Frozen, Self::Closed]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or(BankError::Broken("an account's state"))
    }
}

macro_rules! account_columns {
    () => {
        "a.id, a.kind, a.name, a.currency, a.opened, a.floor, a.booked, a.transactions, a.sequence, a.held, a.state"
    };
}
pub(crate) use account_columns;

impl Account {
    /// Reads the columns of `account_columns!`.
    pub(crate) fn of(row: &Row) -> Result<Self, BankError> {
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
            held: row.get(9)?,
            state: AccountState::of(&row.get::<String>(10)?)?,
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
        row.as_ref().map(Self::of).transpose()
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

    /// Stores what an event changes: the balance, the holds, the counters, and the event's position in the outbox, which is the newest.
    pub(crate) async fn update(&self, tx: &mut Transaction<'_>) -> Result<(), BankError> {
        let update = "UPDATE account SET booked = $1, held = $2, transactions = $3, sequence = $4,
            place = (SELECT MAX(place) FROM event) WHERE id = $5";
        let params = params![
            self.booked,
            self.held,
            self.transactions,
            self.sequence,
            &self.id
        ];
        tx.execute(update, params).await?;
        Ok(())
    }

    /// The account's books.
    pub(crate) fn book(&self) -> Book {
        let floor = self.floor.map_or(Floor::None, Floor::At);
        Book::restore(self.currency, self.booked, self.held, floor)
    }

    /// How far below zero the account may go. `None` if there is no limit.
    pub(crate) fn limit(&self) -> Result<Option<Money>, BankError> {
        self.floor
            .map(|floor| Money::new(floor, self.currency).checked_neg())
            .transpose()
            .map_err(BankError::from)
    }
}

impl SandboxBank {
    /// Opens, freezes or closes an account. It makes no event: only orders are refused by it.
    pub async fn set_account_state(
        &self,
        account: AccountId,
        state: AccountState,
    ) -> Result<(), BankError> {
        self.commit(async move |tx: &mut Transaction<'_>| {
            let update = "UPDATE account SET state = $1 WHERE id = $2";
            let changed = tx
                .execute(update, params![state.as_str(), &account])
                .await?;
            if changed == 0 {
                return Err(BankError::AccountUnknown(account.clone()));
            }
            Ok(())
        })
        .await
    }
}

/// The role in which the customer holds the account.
pub(crate) async fn role(
    tx: &mut Transaction<'_>,
    account: &AccountId,
    customer: &CustomerId,
) -> Result<Option<Role>, DatabaseError> {
    let select = "SELECT role FROM holder WHERE account = $1 AND customer = $2";
    let row = tx
        .query_optional(select, params![account, customer])
        .await?;
    row.map(|row| row.get(0)).transpose()
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
