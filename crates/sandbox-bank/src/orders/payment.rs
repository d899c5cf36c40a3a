//! Orders that pay: what happens at once, and the steps that follow.
//!
//! Money to an account here is booked at once. Money to another bank is held at once; when clearing closes it is booked
//! to a clearing account, or released if the other bank refuses it; then the clearing account is settled; and if the
//! other bank returns it, it is booked back.
//!
//! The order's fee is held and booked together with the amount, in a transaction of its own before it. A returned amount
//! does not bring its fee back.

use super::booking::{self, Booker, Leg, reason};
use super::route::{self, Route};
use super::row::{OrderRow, State, Step};
use super::stop;
use crate::account::Account;
use crate::calendar::Calendar;
use crate::directory::{self, Unwilling};
use crate::{BankError, own_account};
use database::Transaction;
use order::{Creditor, Order, Reason, Scheme};
use types::{BusinessDate, CustomerId, Money, Time};

const DAY_MS: u64 = 24 * 3_600_000;

/// When a step happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// The time for which it was due. All that follows is scheduled from it.
    pub(crate) due: Time,
    /// The time at which it is committed.
    pub(crate) now: Time,
}

/// An order with what it is about, checked.
struct Checked {
    debit: Account,
    amount: Money,
    to: To,
}

enum To {
    Here(Account),
    Away(Creditor),
}

/// Checks everything but the funds.
async fn check(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
    order: &Order,
) -> Result<Result<Checked, Reason>, BankError> {
    let creditor = order.creditor();
    let creditor = creditor.ok_or(BankError::Broken("an order that pays has a creditor"))?;
    let (debit, amount) = match route::debit(tx, customer, order).await? {
        Ok(debit) => debit,
        Err(reason) => return Ok(Err(reason)),
    };
    let to = match route::find(tx, creditor).await? {
        Err(reason) => return Ok(Err(reason)),
        Ok(Route::Away(creditor)) => To::Away(creditor),
        Ok(Route::Here(account)) if account == debit.id => return Ok(Err(Reason::SameAccount)),
        Ok(Route::Here(account)) => match route::credit(tx, &account, amount).await? {
            Ok(account) => To::Here(account),
            Err(reason) => return Ok(Err(reason)),
        },
    };
    Ok(Ok(Checked { debit, amount, to }))
}

/// Checks what a standing order's payments will need, but the funds.
pub(crate) async fn check_standing(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
    order: &Order,
) -> Result<Result<(), Reason>, BankError> {
    Ok(check(tx, customer, order).await?.map(drop))
}

/// Checks everything but the funds of an order that is placed today.
async fn check_today(
    tx: &mut Transaction<'_>,
    (customer, order): (&CustomerId, &Order),
    today: BusinessDate,
) -> Result<Result<Checked, Reason>, BankError> {
    let has_passed = order.execution_date().is_some_and(|date| date < today);
    let checked = check(tx, customer, order).await?;
    Ok(checked.and_then(|checked| match has_passed {
        true => Err(Reason::DateInPast),
        false => Ok(checked),
    }))
}

/// Why an order would be refused today, but for the funds.
pub(crate) async fn examine(
    tx: &mut Transaction<'_>,
    (customer, order): (&CustomerId, &Order),
    today: BusinessDate,
) -> Result<Result<(), Reason>, BankError> {
    let checked = check_today(tx, (customer, order), today).await?;
    Ok(checked.map(drop))
}

/// Executes an order that was placed now, or lets it wait for its day.
pub(crate) async fn place(
    tx: &mut Transaction<'_>,
    calendar: &Calendar,
    row: &mut OrderRow,
    now: Time,
) -> Result<(), BankError> {
    let today = calendar.date(now);
    let checked = check_today(tx, (&row.customer, &row.order), today).await?;
    let result = match (checked, row.order.execution_date()) {
        (Err(reason), _) => Err(reason),
        (Ok(checked), Some(date)) if date > today => {
            let date = match checked.to {
                To::Here(_) => date,
                To::Away(_) => calendar.business_day(date),
            };
            row.date = Some(date);
            row.next = Some((Step::Begin, calendar.start(date)));
            Ok(())
        }
        (Ok(checked), _) => execute(tx, calendar, row, checked, Moment { due: now, now }).await?,
    };
    settle_state(row, result, today);
    row.report(tx, now).await
}

/// Checks and executes an order whose day has come, or a payment of a standing order.
pub(crate) async fn begin(
    tx: &mut Transaction<'_>,
    calendar: &Calendar,
    row: &mut OrderRow,
    at: Moment,
) -> Result<(), BankError> {
    row.next = None;
    let result = match check(tx, &row.customer, &row.order).await? {
        _ if stop::is_active(tx, &row.customer).await? => Err(Reason::CustomerStopped),
        Err(reason) => Err(reason),
        Ok(checked) => execute(tx, calendar, row, checked, at).await?,
    };
    settle_state(row, result, calendar.date(at.due));
    row.report(tx, at.now).await
}

fn settle_state(row: &mut OrderRow, result: Result<(), Reason>, date: BusinessDate) {
    if let Err(reason) = result {
        row.state = State::Refused(reason);
        row.date = Some(date);
        row.next = None;
    }
}

/// Books the order, or holds its money for clearing. A refusal leaves nothing behind.
async fn execute(
    tx: &mut Transaction<'_>,
    calendar: &Calendar,
    row: &mut OrderRow,
    checked: Checked,
    at: Moment,
) -> Result<Result<(), Reason>, BankError> {
    let Checked {
        mut debit,
        amount,
        to,
    } = checked;
    match to {
        To::Here(credit) => {
            let date = calendar.date(at.due);
            let is_bill = creditor_of(row)?.scheme == Scheme::Biller;
            let legs = vec![
                Leg {
                    counterparty_bank: None,
                    counterparty_account: Some(credit.id.to_string()),
                    account: debit.clone(),
                    amount: amount.checked_neg()?,
                    operation: if is_bill {
                        "bill_payment"
                    } else {
                        "transfer_out"
                    },
                },
                Leg {
                    counterparty_bank: None,
                    counterparty_account: Some(debit.id.to_string()),
                    account: credit,
                    amount,
                    operation: "transfer_in",
                },
            ];
            match booker(row, "", date, at).pay(tx, legs, None).await {
                Ok(sequence) => row.booked = Some(sequence),
                Err(error) => return reason(error).map(Err),
            }
            row.state = State::Executed;
            row.date = Some(date);
        }
        To::Away(creditor) => {
            let due = match creditor.scheme {
                Scheme::Proxy => at.due,
                _ => calendar.cut_off(at.due),
            };
            let date = calendar.date(due);
            let leg = away(
                &creditor,
                debit.clone(),
                amount.checked_neg()?,
                "transfer_out",
            );
            let clearing = own_account::clearing(creditor.scheme, amount.currency())?;
            if let Err(error) = booker(row, "", date, at).check(vec![leg], Some(clearing)) {
                return reason(error).map(Err);
            }
            let total = match row.fee() {
                Some(fee) => amount.checked_add(&fee)?,
                None => amount,
            };
            if let Err(error) = booking::hold(tx, &mut debit, total, at.now).await {
                return reason(error).map(Err);
            }
            row.held = total.minor_units();
            row.date = Some(date);
            row.next = Some((Step::Clear, due));
        }
    }
    Ok(Ok(()))
}

fn creditor_of(row: &OrderRow) -> Result<&Creditor, BankError> {
    let creditor = row.order.creditor();
    creditor.ok_or(BankError::Broken("an order that pays has a creditor"))
}

fn booker<'a>(
    order: &'a OrderRow,
    suffix: &'static str,
    date: BusinessDate,
    at: Moment,
) -> Booker<'a> {
    let time = at.now;
    Booker {
        order,
        suffix,
        date,
        time,
    }
}

fn away(creditor: &Creditor, account: Account, amount: Money, operation: &'static str) -> Leg {
    Leg {
        account,
        amount,
        operation,
        counterparty_bank: creditor.bank.clone(),
        counterparty_account: Some(creditor.identification.clone()),
    }
}

/// The account that a pending or executed order debited, and its amount. It may be closed meanwhile.
async fn debited(tx: &mut Transaction<'_>, row: &OrderRow) -> Result<(Account, Money), BankError> {
    let id = row.order.debit_account().and_then(|id| id.parse().ok());
    let (Some(id), Some(amount)) = (id, row.order.amount()) else {
        return Err(BankError::Broken(
            "an order that pays has an account and an amount",
        ));
    };
    Ok((Account::get(tx, &id).await?, amount))
}

/// Releases what is held for an order, if anything is.
pub(crate) async fn release(
    tx: &mut Transaction<'_>,
    row: &mut OrderRow,
    now: Time,
) -> Result<(), BankError> {
    if let Some(held) = row.held() {
        let (mut account, _) = debited(tx, row).await?;
        booking::release(tx, &mut account, held, now).await?;
        row.held = 0;
    }
    Ok(())
}

/// Executes the next step of an order, which is due.
pub(crate) async fn advance(
    tx: &mut Transaction<'_>,
    calendar: &Calendar,
    row: &mut OrderRow,
    now: Time,
) -> Result<(), BankError> {
    let Some((step, due)) = row.next.take() else {
        return Ok(());
    };
    let at = Moment { due, now };
    match step {
        Step::Begin => begin(tx, calendar, row, at).await,
        Step::Clear => clear(tx, calendar, row, at).await,
        Step::Settle => settle(tx, calendar, row, at).await,
        Step::Return => give_back(tx, calendar, row, at).await,
    }
}

/// Refuses an order whose money is held, and releases it.
async fn refuse_held(
    tx: &mut Transaction<'_>,
    row: &mut OrderRow,
    reason: Reason,
    now: Time,
) -> Result<(), BankError> {
    release(tx, row, now).await?;
    row.state = State::Refused(reason);
    row.report(tx, now).await
}

/// What the other side does with what it is sent.
async fn unwilling(
    tx: &mut Transaction<'_>,
    row: &OrderRow,
) -> Result<Option<Unwilling>, BankError> {
    let creditor = creditor_of(row)?;
    directory::unwilling(tx, (creditor.scheme, &creditor.identification)).await
}

async fn clear(
    tx: &mut Transaction<'_>,
    calendar: &Calendar,
    row: &mut OrderRow,
    at: Moment,
) -> Result<(), BankError> {
    let date = calendar.date(at.due);
    let creditor = creditor_of(row)?.clone();
    row.date = Some(date);
    if unwilling(tx, row).await? == Some(Unwilling::Refuses) {
        let reason = match creditor.scheme {
            Scheme::Biller => Reason::BillerRefused,
            _ => Reason::CreditorUnknown,
        };
        return refuse_held(tx, row, reason, at.now).await;
    }
    let (account, amount) = debited(tx, row).await?;
    let operation = match creditor.scheme {
        Scheme::Biller => "bill_payment",
        _ => "transfer_out",
    };
    let shown = match route::find(tx, &creditor).await? {
        Ok(Route::Away(resolved)) => resolved,
        _ => creditor.clone(),
    };
    let leg = away(&shown, account, amount.checked_neg()?, operation);
    let clearing = own_account::clearing(creditor.scheme, amount.currency())?;
    let booker = booker(row, "", date, at);
    match booker.pay(tx, vec![leg], Some(clearing)).await {
        Ok(sequence) => row.booked = Some(sequence),
        Err(error) => {
            // What a proxy stands for may have changed since the money was held.
            let reason = reason(error)?;
            return refuse_held(tx, row, reason, at.now).await;
        }
    }
    row.held = 0;
    row.state = State::Executed;
    let settled = match creditor.scheme {
        Scheme::Proxy | Scheme::Account => at.due,
        Scheme::Domestic | Scheme::Iban | Scheme::Biller => {
            calendar.cut_off(calendar.start(calendar.business_days_after(date, 1)))
        }
        Scheme::Swift => calendar.cut_off(calendar.start(calendar.business_days_after(date, 2))),
    };
    row.next = Some((Step::Settle, settled));
    row.report(tx, at.now).await
}

async fn settle(
    tx: &mut Transaction<'_>,
    calendar: &Calendar,
    row: &mut OrderRow,
    at: Moment,
) -> Result<(), BankError> {
    let scheme = creditor_of(row)?.scheme;
    let (_, amount) = debited(tx, row).await?;
    let date = calendar.date(at.due);
    let clearing = own_account::clearing(scheme, amount.currency())?;
    let own = own_account::own(amount.currency())?;
    booker(row, "-S", date, at)
        .settle(tx, (clearing, own), amount)
        .await?;
    if let Some(Unwilling::Returns(days)) = unwilling(tx, row).await? {
        let day = calendar.business_days_after(date, u32::from(days));
        row.next = Some((Step::Return, calendar.start(day).max(at.due)));
    }
    row.put(tx).await
}

async fn give_back(
    tx: &mut Transaction<'_>,
    calendar: &Calendar,
    row: &mut OrderRow,
    at: Moment,
) -> Result<(), BankError> {
    let creditor = creditor_of(row)?;
    let (account, amount) = debited(tx, row).await?;
    let leg = away(creditor, account, amount, "transfer_return");
    let date = calendar.date(at.due);
    let own = own_account::own(amount.currency())?;
    let booked = booker(row, "-R", date, at)
        .book(tx, vec![leg], Some(own))
        .await;
    if let Err(error) = booked {
        // The account cannot take it: its balance would be out of range. It is tried again on the next day.
        let reason = reason(error)?;
        tracing::error!(reference = row.reference, %reason, "a returned payment waits");
        row.next = Some((Step::Return, at.due.plus_ms(DAY_MS)));
        return row.put(tx).await;
    }
    row.state = State::Refused(Reason::Returned);
    row.date = Some(date);
    row.report(tx, at.now).await
}
