//! The values that the views show, from the client's types.

use crate::model::{
    Account, Allowance, Amount, Draft, Entry, EntryState, Home, Initiation, Objection, Order,
    Payee, PendingOrder, Review, StandingOrder,
};
use client::{Arranged, Listed, OrderState, ShownOrder, fee_text};
use order::{Creditor, Locale, OrderFields, OrderKind, shown_text};
use protocol::cbor::Key;
use protocol::cbor::Value;
use protocol::http::WaitingInitiation;
use types::{BalanceType, IntentId, Money, PayeeId, StandingOrderId};

/// The locale of orders for a language of the app: the bank's words are in English or Thai.
pub(super) fn locale(language: &str) -> Locale {
    match language {
        "th" => Locale::Th,
        _ => Locale::En,
    }
}

/// The home page, with the orders that have no outcome yet.
pub(crate) fn home(home: &client::Home, orders: &[ShownOrder], locale: Locale) -> Home {
    let waiting = orders.iter().filter(|order| !order.state.is_final());
    Home {
        accounts: home.accounts.iter().map(|one| account(one, home)).collect(),
        accounts_total: home.accounts_total,
        newest: home.newest.iter().map(entry).collect(),
        waiting: waiting.map(|one| order(one, locale)).collect(),
        as_of: home.as_of,
        complete: home.complete,
        left_out: home.left_out,
        discrepancy: home
            .discrepancy
            .as_ref()
            .map(|found| found.what.as_str().to_owned()),
    }
}

/// An account, with what is pending if the home page knows it.
pub(super) fn account(account: &client::Account, home: &client::Home) -> Account {
    let state = account.state.as_ref();
    let mut pending = home.pending.iter();
    let funds = pending.find(|(other, _)| *other == account.account);
    let funds = funds.map(|(_, funds)| funds);
    let balance = |kind: BalanceType| account.balances.get(&kind).copied().map(Amount::from);
    Account {
        account: account.account.clone(),
        name: state.map(|state| state.name.clone()).unwrap_or_default(),
        kind: state.map(|state| state.kind.to_string()),
        role: state.map(|state| state.role.to_string()),
        booked: balance(BalanceType::Booked),
        available: match funds {
            Some(funds) => funds.available.map(Amount::from),
            None => balance(BalanceType::Available),
        },
        pending: funds.map(|funds| funds.pending.into()),
        expected: funds.map(|funds| funds.expected.into()),
    }
}

/// An entry that is in the bank's books.
pub(super) fn entry(entry: &protocol::Entry) -> Entry {
    entry_in(entry, EntryState::Current)
}

/// An entry of a list.
pub(super) fn listed(listed: &Listed) -> Entry {
    let state = match listed.state {
        client::EntryState::Current => EntryState::Current,
        client::EntryState::Withdrawn => EntryState::Withdrawn,
        client::EntryState::Past => EntryState::Past,
    };
    entry_in(&listed.entry, state)
}

fn entry_in(entry: &protocol::Entry, state: EntryState) -> Entry {
    let booking = entry.booking.as_ref();
    let held = entry.arguments.get(&Key::from("amount"));
    let held = held.and_then(|amount| protocol::cbor::FromValue::from_value(amount.clone()).ok());
    let amount: Option<Money> = booking.map(|booking| booking.amount).or(held);
    let texts = entry.arguments.iter().filter_map(|(name, value)| {
        let (Key::Text(name), Value::Text(value)) = (name, value) else {
            return None;
        };
        Some((name.clone(), value.clone()))
    });
    Entry {
        id: entry.id.to_string(),
        kind: entry.kind.to_string(),
        state,
        time: entry.time,
        account: entry.account.clone(),
        date: booking.map(|booking| booking.date),
        amount: amount.map(Amount::from),
        balance: entry
            .balances
            .get(&BalanceType::Booked)
            .copied()
            .map(Amount::from),
        operation: booking.map(|booking| booking.operation.clone()),
        purpose: booking.and_then(|booking| booking.purpose.clone()),
        counterparty_bank: booking.and_then(|booking| booking.counterparty_bank.clone()),
        counterparty: booking.and_then(|booking| booking.counterparty_account.clone()),
        order: booking.and_then(|booking| booking.order.clone()),
        bank_reference: booking.and_then(|booking| booking.bank_reference.clone()),
        arguments: texts.collect(),
        fallback: entry.fallback.clone(),
    }
}

/// An order of this device.
pub(super) fn order(shown: &ShownOrder, locale: Locale) -> Order {
    let order = &shown.order;
    let asked = match &shown.state {
        OrderState::ApprovalNeeded(asked) => Some(asked),
        _ => None,
    };
    let bank_reference = match &shown.state {
        OrderState::Done { bank_reference, .. } => bank_reference.clone(),
        _ => None,
    };
    Order {
        intent: shown.intent.to_string(),
        kind: order.kind().to_string(),
        text: shown.text(),
        amount: order.fields().amount.map(Amount::from),
        creditor: order.fields().creditor.as_ref().map(name_of),
        state: shown.state.as_str().to_owned(),
        message: shown.state.text(locale),
        is_final: shown.state.is_final(),
        fee: shown.fee.map(|fee| fee_text(order, fee, locale)),
        created: shown.created,
        not_after: shown.not_after,
        bank_reference,
        approve_until: asked.map(client::Challenge::expires),
        needs_login: asked.is_some_and(client::Challenge::needs_login),
        again: draft(order.fields()),
    }
}

/// The draft that makes the same order again, at once.
fn draft(fields: &OrderFields) -> Draft {
    let creditor = fields.creditor.as_ref();
    Draft {
        kind: fields.kind.to_string(),
        debit_account: fields
            .debit_account
            .as_ref()
            .and_then(|account| account.parse().ok()),
        amount: fields.amount.map(Amount::from),
        reference: fields.reference.clone(),
        frequency: fields
            .schedule
            .map(|schedule| schedule.frequency.to_string()),
        own_name: fields.own_name.clone(),
        ..creditor.map(to).unwrap_or_default()
    }
}

/// A payment that another app prepared. `None` if this version does not understand it.
pub(super) fn initiation(waiting: &WaitingInitiation) -> Option<Initiation> {
    let payment = order::Initiation::of_request(&waiting.payment).ok()?;
    let fields = payment.fields();
    Some(Initiation {
        id: waiting.initiation,
        app: waiting.name.clone(),
        expires: waiting.expires,
        creditor: fields.creditor.as_ref().map(name_of),
        draft: Draft {
            date: fields.execution_date,
            initiation: Some(waiting.initiation),
            ..draft(fields)
        },
    })
}

/// A draft to a creditor.
fn to(creditor: &Creditor) -> Draft {
    Draft {
        scheme: Some(creditor.scheme.to_string()),
        identification: Some(creditor.identification.clone()),
        bank: creditor.bank.clone(),
        name: creditor.name.clone(),
        references: creditor.references.clone(),
        ..Draft::default()
    }
}

fn name_of(creditor: &Creditor) -> String {
    let name = creditor.name.as_ref();
    name.unwrap_or(&creditor.identification).clone()
}

/// A review.
pub(super) fn review(review: &client::Review, locale: Locale) -> Review {
    let objections = review.objections().iter().map(|one| Objection {
        blocks: one.blocks(),
        message: one.text(locale),
        loosens: one.loosens(),
    });
    Review {
        intent: review.intent().to_string(),
        text: review.text(),
        fee: review
            .fee()
            .map(|fee| fee_text(review.order(), fee, locale)),
        objections: objections.collect(),
        can_be_signed: review.can_be_signed(),
    }
}

/// A payee. `None` if this version does not understand the order that added it.
pub(super) fn payee(arranged: &Arranged<PayeeId>) -> Option<Payee> {
    let fields = arranged.order.as_ref()?.fields();
    let creditor = fields.creditor.as_ref()?;
    let own_name = fields.own_name.clone();
    Some(Payee {
        id: arranged.id.to_string(),
        name: own_name.unwrap_or_else(|| name_of(creditor)),
        draft: Draft {
            kind: match creditor.scheme {
                order::Scheme::Biller => OrderKind::Bill,
                _ => OrderKind::Transfer,
            }
            .to_string(),
            ..to(creditor)
        },
    })
}

/// A standing order. `None` if this version does not understand it.
pub(super) fn standing(
    arranged: &Arranged<StandingOrderId>,
    locale: Locale,
) -> Option<StandingOrder> {
    let order = arranged.order.as_ref()?;
    Some(StandingOrder {
        id: arranged.id.to_string(),
        text: shown_text(order, locale),
        amount: order.fields().amount.map(Amount::from),
        creditor: order.fields().creditor.as_ref().map(name_of),
    })
}

/// An order that the bank executes later.
pub(super) fn pending(arranged: &Arranged<IntentId>, locale: Locale) -> PendingOrder {
    PendingOrder {
        id: arranged.id.to_string(),
        text: arranged
            .order
            .as_ref()
            .map(|order| shown_text(order, locale)),
        date: arranged.date,
    }
}

/// What can be ordered offline.
pub(super) fn allowance(allowance: &client::Allowance) -> Allowance {
    Allowance {
        orders: allowance.orders,
        each_max: allowance
            .each_max
            .iter()
            .copied()
            .map(Amount::from)
            .collect(),
        expires: allowance.expires,
    }
}
