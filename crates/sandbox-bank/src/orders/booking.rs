//! Books what an order moves on customers' accounts.
//!
//! Everything that can be refused is refused before the first row is written, so that a refusal leaves nothing behind.

use super::row::OrderRow;
use crate::account::Account;
use crate::outbox::{Concerns, check_size, record};
use crate::{BankError, own_account};
use database::{Transaction, params};
use ledger::{Book, LedgerError, Posting, Transaction as DoubleEntry};
use order::Reason;
use protocol::cbor;
use protocol::{Booking, Entry, EntryKind, cbor_array};
use types::{AccountId, BusinessDate, Hash, Money, MoneyError, Sequence, Time, TransactionId};

/// One side of a transaction, on a customer's account.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) account: Account,
    /// Negative if it leaves the account.
    pub(crate) amount: Money,
    pub(crate) operation: &'static str,
    pub(crate) counterparty_bank: Option<String>,
    pub(crate) counterparty_account: Option<String>,
}

/// A transaction of an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Booker<'a> {
    pub(crate) order: &'a OrderRow,
    /// The transaction's id: the bank's reference, and a suffix for all transactions after the first.
    pub(crate) suffix: &'static str,
    pub(crate) date: BusinessDate,
    pub(crate) time: Time,
}

/// The suffix of the transaction that charges an order's fee. Its entry does not name the order: an entry that does is the
/// order's own.
const FEE: &str = "-F";

/// A transaction that nothing refuses.
struct Prepared {
    transaction: TransactionId,
    entry: DoubleEntry,
    ready: Vec<Ready>,
}

/// A leg that nothing refuses.
struct Ready {
    account: Account,
    book: Book,
    booking: Booking,
}

/// The reason that the ledger's refusal is for the customer. An error if it is none of the customer's.
pub(crate) fn reason(error: BankError) -> Result<Reason, BankError> {
    match error {
        BankError::Ledger(LedgerError::Insufficient { .. }) => Ok(Reason::InsufficientFunds),
        BankError::Ledger(LedgerError::Money(MoneyError::Currencies(..))) => {
            Ok(Reason::CurrencyMismatch)
        }
        BankError::Ledger(LedgerError::Money(_)) => Ok(Reason::AmountOutOfRange),
        BankError::TooLarge(_) => Ok(Reason::Other("texts_too_long".to_owned())),
        error => Err(error),
    }
}

impl Booker<'_> {
    fn is_fee(&self) -> bool {
        self.suffix == FEE
    }

    fn transaction(&self) -> Result<TransactionId, BankError> {
        let id = format!("{}{}", self.order.reference, self.suffix);
        TransactionId::try_from(id).map_err(|_| BankError::Invalid("a reference is a valid id"))
    }

    /// Books a transaction: the legs on customers' accounts and, if these do not balance, the rest on an account of the
    /// bank's own. Returns the sequence of the first leg's event.
    pub(crate) async fn book(
        &self,
        tx: &mut Transaction<'_>,
        legs: Vec<Leg>,
        own: Option<AccountId>,
    ) -> Result<Sequence, BankError> {
        let prepared = self.prepare(legs, own, None)?;
        self.write_all(tx, prepared).await
    }

    /// Books what an order pays from the first leg's account: its fee, if it has one, and then its amount, so that whoever
    /// sees the amount booked has the fee in the balances, too. What is held for the order is released. Returns the
    /// sequence of the amount's event.
    pub(crate) async fn pay(
        &self,
        tx: &mut Transaction<'_>,
        legs: Vec<Leg>,
        own: Option<AccountId>,
    ) -> Result<Sequence, BankError> {
        let (fee, paid) = self.prepare_payment(legs, own)?;
        if let Some((charge, fee)) = fee {
            charge.write_all(tx, fee).await?;
        }
        self.write_all(tx, paid).await
    }

    /// Refuses what [`pay`](Self::pay) would refuse. The money is held later.
    pub(crate) fn check(&self, legs: Vec<Leg>, own: Option<AccountId>) -> Result<(), BankError> {
        self.prepare_payment(legs, own).map(drop)
    }

    /// The fee's transaction with its booker, and the payment's.
    fn prepare_payment(
        &self,
        mut legs: Vec<Leg>,
        own: Option<AccountId>,
    ) -> Result<(Option<(Self, Prepared)>, Prepared), BankError> {
        let mut held = self.order.held();
        let (Some(fee), Some(debit)) = (self.order.fee(), legs.first_mut()) else {
            return Ok((None, self.prepare(legs, own, held)?));
        };
        let charge = Self {
            suffix: FEE,
            ..*self
        };
        let leg = Leg {
            account: debit.account.clone(),
            amount: fee.checked_neg()?,
            operation: "fee",
            counterparty_bank: None,
            counterparty_account: None,
        };
        let income = own_account::fees(fee.currency())?;
        let held_for_fee = held.is_some().then_some(fee);
        let charged = charge.prepare(vec![leg], Some(income), held_for_fee)?;
        if let Some(Ready { account, .. }) = charged.ready.first() {
            debit.account = Account {
                sequence: account.sequence.next(),
                ..account.clone()
            };
        }
        if let Some(held) = &mut held {
            *held = held.checked_sub(&fee)?;
        }
        let paid = self.prepare(legs, own, held)?;
        Ok((Some((charge, charged)), paid))
    }

    /// Refuses a transaction that cannot be booked. `held` is released first, on the first leg's account.
    fn prepare(
        &self,
        legs: Vec<Leg>,
        own: Option<AccountId>,
        mut held: Option<Money>,
    ) -> Result<Prepared, BankError> {
        let transaction = self.transaction()?;
        let mut postings = Vec::with_capacity(legs.len());
        for leg in &legs {
            postings.push(Posting {
                account: leg.account.id.clone(),
                amount: leg.amount,
            });
        }
        if let (Some(account), Some(leg)) = (own, legs.first()) {
            let amount = leg.amount.checked_neg()?;
            postings.push(Posting { account, amount });
        }
        let entry = DoubleEntry::new(postings)?;
        let mut ready = Vec::with_capacity(legs.len());
        for leg in legs {
            ready.push(self.ready(leg, held.take())?);
        }
        Ok(Prepared {
            transaction,
            entry,
            ready,
        })
    }

    async fn write_all(
        &self,
        tx: &mut Transaction<'_>,
        prepared: Prepared,
    ) -> Result<Sequence, BankError> {
        let Prepared {
            transaction,
            entry,
            ready,
        } = prepared;
        let mut ready = ready.into_iter();
        let first = ready.next().ok_or(BankError::Broken(
            "an order's transaction has a customer's account",
        ))?;
        self.reserve(tx, &transaction, &first).await?;
        own_account::keep(tx, &transaction, &entry).await?;
        let sequence = self.write(tx, first).await?;
        for other in ready {
            self.write(tx, other).await?;
        }
        Ok(sequence)
    }

    /// Moves money between the bank's own accounts.
    pub(crate) async fn settle(
        &self,
        tx: &mut Transaction<'_>,
        (from, to): (AccountId, AccountId),
        amount: Money,
    ) -> Result<(), BankError> {
        let entry = DoubleEntry::between(to, from, amount)?;
        own_account::keep(tx, &self.transaction()?, &entry).await
    }

    fn ready(&self, leg: Leg, held: Option<Money>) -> Result<Ready, BankError> {
        let mut account = leg.account;
        let mut book = account.book();
        if let Some(held) = held {
            book = book.release(&held)?;
        }
        let book = book.post(&leg.amount)?;
        account.booked = book.booked().minor_units();
        account.held = book.held().minor_units();
        account.transactions = account
            .transactions
            .checked_add(1)
            .ok_or(BankError::Invalid("the account has too many transactions"))?;
        let purpose = self.order.order.reference().filter(|_| !self.is_fee());
        let booking = Booking {
            transaction: self.transaction()?,
            number: account.transactions.unsigned_abs(),
            date: self.date,
            amount: leg.amount,
            operation: leg.operation.to_owned(),
            purpose: purpose.map(str::to_owned),
            counterparty_bank: leg.counterparty_bank,
            counterparty_account: leg.counterparty_account,
            order: (!self.is_fee()).then(|| self.order.named()),
            bank_reference: Some(self.order.reference.clone()),
        };
        // The largest entry that it can become.
        let id = self.order.intent.to_string();
        let id = id
            .parse()
            .map_err(|_| BankError::Invalid("a UUID is an event's id"))?;
        let (of, balances) = (account.id.clone(), book.balances()?);
        let entry = Entry::booked(
            id,
            of,
            account.sequence.next(),
            self.time,
            booking.clone(),
            balances,
        );
        check_size(&entry)?;
        Ok(Ready {
            account,
            book,
            booking,
        })
    }

    /// Takes the transaction's id, so that nothing else is booked with it.
    async fn reserve(
        &self,
        tx: &mut Transaction<'_>,
        transaction: &TransactionId,
        Ready { account, book, .. }: &Ready,
    ) -> Result<(), BankError> {
        let order = &self.order;
        let content = Hash::of(&cbor::encode(&cbor_array![
            "sandbox bank order booked",
            1,
            &order.customer,
            order.intent.to_string(),
        ]));
        let insert =
            "INSERT INTO booked (id, content, account, number, sequence, balance, currency)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let params = params![
            transaction,
            content,
            &account.id,
            account.transactions,
            account.sequence.next(),
            book.booked().minor_units(),
            account.currency,
        ];
        tx.execute(insert, params).await?;
        Ok(())
    }

    async fn write(&self, tx: &mut Transaction<'_>, ready: Ready) -> Result<Sequence, BankError> {
        let Ready {
            mut account,
            book,
            booking,
        } = ready;
        let ordered = if self.is_fee() {
            Concerns::Holders
        } else {
            Concerns::Ordered(self.order.customer.clone())
        };
        let time = self.time;
        record(tx, &mut account, time, ordered, |account, id, sequence| {
            let (of, balances) = (account.id.clone(), book.balances()?);
            Ok(Entry::booked(id, of, sequence, time, booking, balances))
        })
        .await
    }
}

/// Changes what is held on an account by an amount, and reports the new balances to the holders.
pub(crate) async fn hold(
    tx: &mut Transaction<'_>,
    account: &mut Account,
    amount: Money,
    time: Time,
) -> Result<(), BankError> {
    let book = account.book().hold(&amount)?;
    report(tx, account, (EntryKind::HoldPlaced, amount), book, time).await
}

/// Releases an amount that is held on an account, and reports the new balances to the holders.
pub(crate) async fn release(
    tx: &mut Transaction<'_>,
    account: &mut Account,
    amount: Money,
    time: Time,
) -> Result<(), BankError> {
    let book = account.book().release(&amount)?;
    report(tx, account, (EntryKind::HoldReleased, amount), book, time).await
}

async fn report(
    tx: &mut Transaction<'_>,
    account: &mut Account,
    (kind, amount): (EntryKind, Money),
    book: Book,
    time: Time,
) -> Result<(), BankError> {
    account.held = book.held().minor_units();
    record(
        tx,
        account,
        time,
        Concerns::Holders,
        |account, id, sequence| {
            let (of, balances) = (account.id.clone(), book.balances()?);
            Ok(Entry::of_hold(
                id,
                kind,
                of,
                sequence,
                time,
                (amount, balances),
            ))
        },
    )
    .await?;
    Ok(())
}
