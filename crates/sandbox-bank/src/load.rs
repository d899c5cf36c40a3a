//! Loads customers, accounts and holders. A row that exists with the same content is not an error, so loading can be
//! repeated.

use crate::account::{Account, AccountState, holders};
use crate::outbox::{Concerns, record};
use crate::own_account::OWN_ACCOUNT_PREFIX;
use crate::{BankError, SandboxBank, text};
use database::{Transaction, params};
use protocol::Entry;
use protocol::http::{AccountRow, CustomerRow, HolderRow, Loaded};
use types::{AccountId, CustomerId, Sequence, Time};

/// Maximum rows in one batch. A batch is loaded as a whole or not at all.
pub const ROWS_MAX: usize = 1_000;

const NOTHING: Loaded = Loaded {
    loaded: 0,
    existing: 0,
};

fn count(loaded: &mut Loaded, new: bool) {
    if new {
        loaded.loaded += 1;
    } else {
        loaded.existing += 1;
    }
}

fn bounded(rows: usize) -> Result<(), BankError> {
    if rows > ROWS_MAX {
        return Err(BankError::TooLarge("at most 1,000 rows are loaded at once"));
    }
    Ok(())
}

/// Adds the row's number to an error.
fn of_row(row: usize) -> impl FnOnce(BankError) -> BankError {
    move |problem| BankError::Row {
        row,
        problem: Box::new(problem),
    }
}

impl SandboxBank {
    /// Loads customers.
    pub async fn load_customers(&self, rows: Vec<CustomerRow>) -> Result<Loaded, BankError> {
        bounded(rows.len())?;
        self.commit(async move |tx: &mut Transaction<'_>| {
            let mut loaded = NOTHING;
            for (number, row) in (1..).zip(&rows) {
                let new = load_customer(tx, row).await;
                count(&mut loaded, new.map_err(of_row(number))?);
            }
            Ok(loaded)
        })
        .await
    }

    /// Loads accounts. Each new account makes an `account.opened` event.
    pub async fn load_accounts(&self, rows: Vec<AccountRow>) -> Result<Loaded, BankError> {
        bounded(rows.len())?;
        let time = (self.clock)();
        self.commit(async move |tx: &mut Transaction<'_>| {
            let mut loaded = NOTHING;
            for (number, row) in (1..).zip(&rows) {
                let new = load_account(tx, row, time).await;
                count(&mut loaded, new.map_err(of_row(number))?);
            }
            Ok(loaded)
        })
        .await
    }

    /// Loads holders. Each new holder makes a `holder.added` event of the account.
    pub async fn load_holders(&self, rows: Vec<HolderRow>) -> Result<Loaded, BankError> {
        bounded(rows.len())?;
        let time = (self.clock)();
        self.commit(async move |tx: &mut Transaction<'_>| {
            let mut loaded = NOTHING;
            for (number, row) in (1..).zip(&rows) {
                let new = load_holder(tx, row, time).await;
                count(&mut loaded, new.map_err(of_row(number))?);
            }
            Ok(loaded)
        })
        .await
    }

    /// Ends a holding with a `holder.removed` event. The removed holder still gets this event.
    pub async fn remove_holder(
        &self,
        account: AccountId,
        customer: CustomerId,
    ) -> Result<(), BankError> {
        let time = (self.clock)();
        self.commit(async move |tx: &mut Transaction<'_>| {
            let mut account = Account::get(tx, &account).await?;
            let delete = "DELETE FROM holder WHERE account = $1 AND customer = $2 RETURNING role";
            let role = match tx
                .query_optional(delete, params![&account.id, &customer])
                .await?
            {
                Some(row) => row.get(0)?,
                None => return Err(BankError::NotAHolder(account.id, customer.clone())),
            };
            let leaving = Concerns::Leaving(customer.clone(), role);
            record(tx, &mut account, time, leaving, |account, id, sequence| {
                let account = account.id.clone();
                Ok(Entry::holder_removed(
                    id, account, sequence, time, &customer,
                ))
            })
            .await?;
            Ok(())
        })
        .await
    }
}

/// Loads one customer. Returns whether the customer is new.
pub(crate) async fn load_customer(
    tx: &mut Transaction<'_>,
    row: &CustomerRow,
) -> Result<bool, BankError> {
    row.name
        .as_deref()
        .map_or(Ok(()), |name| text::check("the name", name))?;
    let insert = "INSERT INTO customer (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    if tx
        .execute(insert, params![&row.customer, row.name.as_deref()])
        .await?
        == 1
    {
        return Ok(true);
    }
    let select = "SELECT name FROM customer WHERE id = $1";
    let name: Option<String> = tx.query_one(select, params![&row.customer]).await?.get(0)?;
    if name == row.name {
        Ok(false)
    } else {
        Err(BankError::CustomerConflict(row.customer.clone()))
    }
}

/// Refuses an account that every bank must refuse, whatever its books contain.
pub fn check_account(row: &AccountRow) -> Result<(), BankError> {
    text::check("the name", &row.name)?;
    if row.account.as_str().starts_with(OWN_ACCOUNT_PREFIX) {
        return Err(BankError::Invalid(
            "ids that begin with own- are the bank's own accounts'",
        ));
    }
    match &row.limit {
        Some(limit) if limit.currency() != row.currency => Err(BankError::Invalid(
            "the limit must be in the account's currency",
        )),
        Some(limit) if limit.minor_units() < 0 => {
            Err(BankError::Invalid("the limit must not be negative"))
        }
        _ => Ok(()),
    }
}

/// Loads one account. Returns whether the account is new.
pub(crate) async fn load_account(
    tx: &mut Transaction<'_>,
    row: &AccountRow,
    time: Time,
) -> Result<bool, BankError> {
    check_account(row)?;
    let floor = row.limit.map(|limit| limit.checked_neg()).transpose()?;
    let floor = floor.map(|floor| floor.minor_units());
    if let Some(stored) = Account::find(tx, &row.account).await? {
        let same = AccountRow {
            limit: stored.limit()?,
            account: stored.id,
            kind: stored.kind,
            name: stored.name,
            currency: stored.currency,
            opened: stored.opened,
        } == *row;
        return if same {
            Ok(false)
        } else {
            Err(BankError::AccountConflict(row.account.clone()))
        };
    }
    let mut account = Account {
        id: row.account.clone(),
        kind: row.kind.clone(),
        name: row.name.clone(),
        currency: row.currency,
        opened: row.opened,
        floor,
        booked: 0,
        transactions: 0,
        sequence: Sequence::ZERO,
        held: 0,
        state: AccountState::Open,
    };
    account.insert(tx).await?;
    record(
        tx,
        &mut account,
        time,
        Concerns::Holders,
        |account, id, sequence| {
            let terms = (&account.kind, account.name.as_str(), account.currency);
            let balances = account.book().balances()?;
            let account = account.id.clone();
            Ok(Entry::account_opened(
                id, account, sequence, time, terms, balances,
            ))
        },
    )
    .await?;
    Ok(true)
}

/// Loads one holder. Returns whether the holder is new.
pub(crate) async fn load_holder(
    tx: &mut Transaction<'_>,
    row: &HolderRow,
    time: Time,
) -> Result<bool, BankError> {
    let mut account = Account::get(tx, &row.account).await?;
    let insert =
        "INSERT INTO holder (account, customer, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let known = "SELECT id FROM customer WHERE id = $1";
    if tx
        .query_optional(known, params![&row.customer])
        .await?
        .is_none()
    {
        return Err(BankError::CustomerUnknown(row.customer.clone()));
    }
    if tx
        .execute(insert, params![&row.account, &row.customer, &row.role])
        .await?
        == 0
    {
        let holders = holders(tx, &row.account).await?;
        return if holders.contains(&(row.customer.clone(), row.role.clone())) {
            Ok(false)
        } else {
            Err(BankError::AccountConflict(account.id))
        };
    }
    record(
        tx,
        &mut account,
        time,
        Concerns::Holders,
        |account, id, sequence| {
            let account = account.id.clone();
            Ok(Entry::holder_added(
                id,
                account,
                sequence,
                time,
                &row.customer,
                &row.role,
            ))
        },
    )
    .await?;
    Ok(true)
}
