//! Posts transactions.

use crate::account::Account;
use crate::outbox::{Concerns, check_size, event_id, record};
use crate::{BankError, SandboxBank, own_account, text};
use database::{Transaction, params};
use ledger::{Book, Floor, Transaction as DoubleEntry};
use protocol::cbor::{self, Value};
use protocol::http::PostTransaction;
use protocol::{Booking, Entry, cbor_array};
use types::{
    AccountId, BusinessDate, EventId, Hash, Money, Sequence, SubjectId, Time, TransactionId,
};

/// A booked transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The transaction's id.
    pub transaction: TransactionId,
    /// The account.
    pub account: AccountId,
    /// Its number among the account's transactions, from 1.
    pub number: u64,
    /// The sequence of its event.
    pub sequence: Sequence,
    /// The booked balance after it.
    pub balance: Money,
}

impl SandboxBank {
    /// Books a transaction between the account and the bank's own account, and returns when it is durable. The same id
    /// with the same content again returns the same answer; with different content it is refused.
    pub async fn post(&self, order: PostTransaction) -> Result<Booked, BankError> {
        let time = (self.clock)();
        let today = self.date(time);
        let span = tracing::trace_span!(
            target: types::ENTRY_SPANS,
            "commit",
            subject = %SubjectId::from(&order.account),
            sequence = tracing::field::Empty,
        );
        let booked = self
            .commit(async move |tx: &mut Transaction<'_>| post(tx, &order, (time, today)).await)
            .await?;
        span.record("sequence", booked.sequence.get());
        Ok(booked)
    }
}

/// Posts within the caller's unit of work. `today` is the business date if the order names none.
pub(crate) async fn post(
    tx: &mut Transaction<'_>,
    order: &PostTransaction,
    (time, today): (Time, BusinessDate),
) -> Result<Booked, BankError> {
    check(order)?;
    let content = content_of(order);
    if let Some(booked) = find(tx, &order.transaction, content).await? {
        return Ok(booked);
    }
    let mut account = Account::get(tx, &order.account).await?;
    let own = own_account::own(account.currency)?;
    let entry = DoubleEntry::between(order.account.clone(), own, order.amount)?;
    let book = account.book().post(&order.amount)?;
    account.booked = book.booked().minor_units();
    account.transactions = account
        .transactions
        .checked_add(1)
        .ok_or(BankError::Invalid("the account has too many transactions"))?;
    let number = account.transactions.unsigned_abs();
    own_account::keep(tx, &order.transaction, &entry).await?;

    let sequence = record(
        tx,
        &mut account,
        time,
        Concerns::Holders,
        |_, id, sequence| booked_entry(order.clone(), (id, sequence, time), (number, today), &book),
    )
    .await?;
    let booked = Booked {
        transaction: order.transaction.clone(),
        account: account.id,
        number,
        sequence,
        balance: book.booked(),
    };
    keep_answer(tx, &booked, content, account.transactions).await?;
    Ok(booked)
}

/// The entry that reports a transaction.
fn booked_entry(
    order: PostTransaction,
    (id, sequence, time): (EventId, Sequence, Time),
    (number, today): (u64, BusinessDate),
    book: &Book,
) -> Result<Entry, BankError> {
    let booking = Booking {
        transaction: order.transaction,
        number,
        date: order.date.unwrap_or(today),
        amount: order.amount,
        operation: order.operation,
        purpose: order.purpose,
        counterparty_bank: order.counterparty_bank,
        counterparty_account: order.counterparty_account,
        order: None,
        bank_reference: None,
    };
    let (account, balances) = (order.account, book.balances()?);
    Ok(Entry::booked(
        id, account, sequence, time, booking, balances,
    ))
}

/// Refuses, before anything is posted, a transaction that every bank must refuse. The account counts as one without a
/// limit; `number`, `sequence` and `balance` are those that the transaction would get.
pub fn check_posting(
    order: &PostTransaction,
    (number, sequence, balance): (u64, Sequence, i64),
) -> Result<(), BankError> {
    check(order)?;
    let book = Book::restore(order.amount.currency(), balance, 0, Floor::None);
    // Every time in this century has the same encoded length.
    let time = Time::from_ms(1 << 41);
    let event = (event_id(time)?, sequence, time);
    let number = (number, BusinessDate::of_utc(time));
    check_size(&booked_entry(order.clone(), event, number, &book)?)
}

fn check(order: &PostTransaction) -> Result<(), BankError> {
    let lines = |what, text: &Option<String>| {
        let text = text.as_deref();
        text.map_or(Ok(()), |text| text::check_lines(what, text))
    };
    let line = |what, text: &Option<String>| {
        let text = text.as_deref();
        text.map_or(Ok(()), |text| text::check(what, text))
    };
    text::check("operation", &order.operation)?;
    lines("purpose", &order.purpose)?;
    line("counterparty_bank", &order.counterparty_bank)?;
    line("counterparty_account", &order.counterparty_account)
}

/// A hash of the order's content. Two orders with the same hash are the same, whenever they arrive.
fn content_of(order: &PostTransaction) -> Hash {
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    Hash::of(&cbor::encode(&cbor_array![
        "sandbox bank order",
        1,
        &order.transaction,
        &order.account,
        order.amount,
        order.operation.as_str(),
        order.date,
        text(&order.purpose),
        text(&order.counterparty_bank),
        text(&order.counterparty_account),
    ]))
}

async fn find(
    tx: &mut Transaction<'_>,
    transaction: &TransactionId,
    content: Hash,
) -> Result<Option<Booked>, BankError> {
    let select =
        "SELECT content, account, number, sequence, balance, currency FROM booked WHERE id = $1";
    let Some(row) = tx.query_optional(select, params![transaction]).await? else {
        return Ok(None);
    };
    if row.get::<Hash>(0)? != content {
        return Err(BankError::TransactionConflict(transaction.clone()));
    }
    Ok(Some(Booked {
        transaction: transaction.clone(),
        account: row.get(1)?,
        number: row.get(2)?,
        sequence: row.get(3)?,
        balance: Money::new(row.get(4)?, row.get(5)?),
    }))
}

async fn keep_answer(
    tx: &mut Transaction<'_>,
    booked: &Booked,
    content: Hash,
    number: i64,
) -> Result<(), BankError> {
    let insert = "INSERT INTO booked (id, content, account, number, sequence, balance, currency)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = params![
        &booked.transaction,
        content,
        &booked.account,
        number,
        booked.sequence,
        booked.balance.minor_units(),
        booked.balance.currency(),
    ];
    tx.execute(insert, params).await?;
    Ok(())
}
