//! The answers of the tab that leads.

use super::failures::of_sync;
use super::opened::Opened;
use super::{person, shown};
use crate::link::{Ask, json};
use crate::model::{Device, Draft, Failure};
use client::{Errand, SyncError};
use order::{Creditor, Frequency, OrderError, OrderFields, OrderKind, Schedule, Scheme};
use types::{IntentId, Money};

/// The home page. The bank's words are in that language from now on.
pub(super) async fn home(opened: &Opened, language: &str) -> Result<String, Failure> {
    opened.speak(language);
    json(&opened.home(&shown(opened).await?).map_err(sync)?)
}

/// Answers a question about the opened passbook.
pub(super) async fn answer(opened: &Opened, ask: Ask) -> Result<String, Failure> {
    let handle = &opened.handle;
    match ask {
        Ask::Accounts(after) => {
            let shown = shown(opened).await?;
            let home = shown.home().map_err(sync)?;
            let accounts = shown.accounts(after.as_ref()).map_err(sync)?;
            let accounts = accounts.iter().map(|one| shown::account(one, &home));
            json(&accounts.collect::<Vec<_>>())
        }
        Ask::Entries {
            account,
            search,
            from,
            count,
        } => {
            let mut entries = opened.entries.lock().await;
            let loaded = entries.load(handle, account.as_ref()).await;
            loaded.map_err(sync)?;
            json(&entries.window(account.as_ref(), &search, from, count))
        }
        Ask::Months(account) => {
            let mut entries = opened.entries.lock().await;
            entries.load(handle, Some(&account)).await.map_err(sync)?;
            json(&entries.months(&account))
        }
        Ask::Statement { account, first } => {
            let mut entries = opened.entries.lock().await;
            entries.load(handle, Some(&account)).await.map_err(sync)?;
            json(&entries.month(&account, first))
        }
        Ask::Entry(id) => {
            let newest = shown(opened).await?.home().map_err(sync)?.newest;
            let newest = newest.iter().find(|entry| entry.id.to_string() == id);
            match newest {
                Some(entry) => json(&Some(shown::entry(entry))),
                None => json(&opened.entries.lock().await.entry(&id)),
            }
        }
        Ask::Device => {
            let shown = shown(opened).await?;
            json(&Device {
                device: shown.device(),
                customer: shown.customer().clone(),
            })
        }
        Ask::Compose { draft, language } => {
            let locale = shown::locale(&language);
            let initiation = draft.initiation;
            let fields = fields(&shown(opened).await?, *draft)?;
            let review = handle.compose(fields, locale).await.map_err(sync)?;
            let review = match initiation {
                Some(initiation) => review.approving(initiation),
                None => review,
            };
            let answer = json(&shown::review(&review, locale));
            opened.keep(review);
            answer
        }
        Ask::Submit { intent, language } => {
            let review = opened
                .review(&intent)
                .ok_or_else(|| Failure::new("review_gone", "review the order again"))?;
            let order = handle.submit(review).await.map_err(sync)?;
            json(&shown::order(&order, shown::locale(&language)))
        }
        Ask::Approve { intent, language } => {
            let order = handle.approve(self::intent(&intent)?).await.map_err(sync)?;
            json(&shown::order(&order, shown::locale(&language)))
        }
        Ask::SendOrders => json(&handle.send_orders().await.map_err(sync)?),
        Ask::Orders { language } => {
            let locale = shown::locale(&language);
            let orders = shown(opened).await?.orders().map_err(sync)?;
            let orders = orders.iter().map(|one| shown::order(one, locale));
            json(&orders.collect::<Vec<_>>())
        }
        Ask::PendingOrders { language } => {
            let locale = shown::locale(&language);
            let orders = shown(opened).await?.pending_orders().map_err(sync)?;
            let orders = orders.iter().map(|one| shown::pending(one, locale));
            json(&orders.collect::<Vec<_>>())
        }
        Ask::Initiations => {
            let waiting = handle.run(Errand::initiations()).await.map_err(sync)?;
            let waiting = waiting.initiations.iter();
            json(&waiting.filter_map(shown::initiation).collect::<Vec<_>>())
        }
        Ask::Payees => {
            let payees = shown(opened).await?.payees().map_err(sync)?;
            json(&payees.iter().filter_map(shown::payee).collect::<Vec<_>>())
        }
        Ask::StandingOrders { language } => {
            let locale = shown::locale(&language);
            let orders = shown(opened).await?.standing_orders().map_err(sync)?;
            let orders = orders.iter().filter_map(|one| shown::standing(one, locale));
            json(&orders.collect::<Vec<_>>())
        }
        Ask::Allowance => {
            let allowance = shown(opened).await?.allowance().map_err(sync)?;
            json(&shown::allowance(&allowance))
        }
        Ask::KnownLimits => json(&shown(opened).await?.limits().map_err(sync)?),
        Ask::Limits => json(&handle.ask_for_limits().await.map_err(sync)?),
        Ask::SetBrake(request) => json(&handle.set_brake(request).await.map_err(sync)?),
        Ask::CheckPayee(payee) => {
            let checked = handle.run(Errand::check_payee(&payee)).await;
            json(&checked.map_err(sync)?)
        }
        Ask::LogIn => {
            handle.log_in().await.map_err(sync)?;
            json(&())
        }
        Ask::Person(ask) => person::answer(handle, ask).await,
        Ask::Enrol { .. }
        | Ask::LockWith { .. }
        | Ask::Unlock(_)
        | Ask::Open { .. }
        | Ask::Lock => Err(Failure::new(
            "failed",
            "this is not a question to an opened passbook",
        )),
    }
}

async fn shown(opened: &Opened) -> Result<client::Shown, Failure> {
    opened.handle.shown().await.map_err(sync)
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn sync(error: SyncError) -> Failure {
    of_sync(&error)
}

fn intent(text: &str) -> Result<IntentId, Failure> {
    text.parse().map_err(not_an_order)
}

/// The fields of the order. One about an earlier order copies that one's, as far as the device knows it.
fn fields(shown: &client::Shown, draft: Draft) -> Result<OrderFields, Failure> {
    let kind: OrderKind = draft.kind.parse().map_err(not_an_order)?;
    let target = draft.target.clone().unwrap_or_default();
    let copied = match kind {
        OrderKind::Cancel => shown.to_cancel(&target.parse().map_err(not_an_order)?),
        OrderKind::StandingEnd => shown.to_end(&target.parse().map_err(not_an_order)?),
        OrderKind::PayeeRemove => shown.to_remove(&target.parse().map_err(not_an_order)?),
        _ => return typed(kind, draft).map_err(not_an_order),
    };
    copied
        .map_err(sync)?
        .ok_or_else(|| Failure::new("order_target_unknown", "the device does not know it"))
}

fn not_an_order(error: impl ToString) -> Failure {
    Failure::new("not_an_order", error)
}

/// The fields of an order that the person typed.
fn typed(kind: OrderKind, draft: Draft) -> Result<OrderFields, OrderError> {
    let scheme = draft.scheme.as_deref().map(str::parse::<Scheme>);
    let creditor = scheme.transpose()?.map(|scheme| Creditor {
        bank: draft.bank,
        name: draft.name,
        references: draft.references,
        ..Creditor::new(scheme, draft.identification.unwrap_or_default())
    });
    let frequency = draft.frequency.as_deref().map(str::parse::<Frequency>);
    let schedule = match (frequency.transpose()?, draft.date) {
        (Some(frequency), Some(first)) => Some(Schedule {
            frequency,
            first,
            last: draft.last,
        }),
        _ => None,
    };
    Ok(OrderFields {
        debit_account: draft.debit_account.map(|account| account.to_string()),
        amount: draft.amount.map(Money::from),
        creditor,
        reference: draft.reference,
        execution_date: draft.date.filter(|_| schedule.is_none()),
        schedule,
        own_name: draft.own_name,
        ..OrderFields::new(kind)
    })
}
