//! Everything there is to know about an entry.

use super::amount::{As, amount};
use super::asked::asked;
use super::entry_row::title;
use super::failed::failed;
use super::frame::loading;
use super::home::{account_name, known_accounts};
use super::navigation::{heading, link, order_button};
use super::person::{Person, shown};
use super::signed_text::signed_text;
use crate::app::App;
use crate::brand;
use crate::link::Ask;
use crate::model::{Draft, Entry, EntryState, Order};
use crate::route::Route;
use crate::texts::fill;
use leptos::prelude::*;

pub(super) fn entry(id: &str) -> AnyView {
    let person = Person::here();
    let id = id.to_owned();
    let answer = asked::<Option<Entry>>(move || Ask::Entry(id.clone()));
    (move || match answer.get() {
        None => loading(),
        Some(Err(failure)) => failed(&failure),
        Some(Ok(None)) => unknown(&person),
        Some(Ok(Some(entry))) => known(&person, &entry),
    })
    .into_any()
}

fn unknown(person: &Person) -> AnyView {
    let texts = person.texts;
    view! {
        {heading(texts.common.not_found)}
        <p class="empty">{texts.entry.unknown}</p>
        {link(Route::Home, "button", texts.common.to_home)}
    }
    .into_any()
}

fn known(person: &Person, entry: &Entry) -> AnyView {
    let texts = &person.texts.entry;
    let (title, kind) = title(person, entry);
    let note = match entry.state {
        EntryState::Current => None,
        EntryState::Withdrawn => Some(texts.withdrawn_text),
        EntryState::Past => Some(texts.past_text),
    };
    let great = entry
        .amount
        .map(|value| view! { <p class="great">{amount(value, As::Change)}</p> });
    view! {
        <div class="narrow-column">
            {heading(title)}
            <p class="about">{kind}</p>
            {great}
            {note.map(|note| view! { <p class="notice calm">{note}</p> })}
            <dl class="facts">{facts(person, entry)}{arguments(person, entry)}</dl>
            {its_order(entry)}
            {ask_bank(person)}
        </div>
    }
    .into_any()
}

fn fact(label: &'static str, value: Option<AnyView>) -> Option<AnyView> {
    value.map(|value| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }.into_any())
}

fn text(value: &str) -> AnyView {
    view! { <bdi>{shown(value)}</bdi> }.into_any()
}

fn facts(person: &Person, entry: &Entry) -> AnyView {
    let app = App::here();
    let texts = &person.texts.entry;
    let accounts = untrack(|| known_accounts(app));
    let account = entry.account.as_ref().map(|id| {
        let position = accounts.iter().position(|account| account.account == *id);
        let name = position
            .and_then(|index| accounts.get(index))
            .map(|account| account_name(person, account));
        let number = view! { <bdi>{shown(id.as_str())}</bdi> };
        match (position, name) {
            (Some(index), Some(name)) => link(
                Route::Account(index + 1),
                "",
                view! { <bdi>{name}</bdi> " · " {number} },
            ),
            _ => number.into_any(),
        }
    });
    let known_word = |word: &str, known: Option<&'static str>| {
        known.map_or_else(|| text(&word.replace('_', " ")), |known| known.into_any())
    };
    let operation = entry
        .operation
        .as_deref()
        .map(|word| known_word(word, person.texts.operations.of(word)));
    let purpose = entry
        .purpose
        .as_deref()
        .filter(|purpose| !purpose.is_empty());
    let purpose = purpose.map(|word| match person.texts.purposes.of(word) {
        Some(known) => known.into_any(),
        None => text(word),
    });
    let date = entry
        .date
        .map(|date| person.texts.dates.long(date).into_any());
    view! {
        {fact(texts.account, account)}
        {fact(texts.date, date)}
        {fact(texts.time, Some(person.full_moment(entry.time).into_any()))}
        {fact(texts.operation, operation)}
        {fact(texts.purpose, purpose)}
        {fact(texts.counterparty, entry.counterparty.as_deref().map(text))}
        {fact(texts.counterparty_bank, entry.counterparty_bank.as_deref().map(text))}
        {fact(texts.balance, entry.balance.map(|balance| amount(balance, As::Balance)))}
        {fact(texts.bank_reference, entry.bank_reference.as_deref().map(text))}
        {fact(texts.number, Some(text(&entry.id)))}
    }
    .into_any()
}

/// What an event of another kind says. Names of arguments that have no text are shown as they are.
fn arguments(person: &Person, entry: &Entry) -> AnyView {
    let texts = &person.texts.entry;
    let known = entry.arguments.iter().map(|(name, value)| {
        let label = match name.as_str() {
            "device" => texts.device.to_owned(),
            "reason" | "reasons" => texts.reason.to_owned(),
            "customer" => texts.customer.to_owned(),
            other => shown(&other.replace('_', " ")),
        };
        let value = match name.as_str() {
            "kind" => person.texts.order_kinds.of(value).map(str::to_owned),
            "role" => person.texts.roles.of(value).map(str::to_owned),
            "reason" => person.texts.reasons.of(value).map(str::to_owned),
            "reasons" => Some(unusual(person, value)),
            _ => None,
        }
        .unwrap_or_else(|| shown(value));
        view! { <div><dt>{label}</dt><dd><bdi>{value}</bdi></dd></div> }
    });
    known.collect_view().into_any()
}

/// Why the person should look at a login. Words that have no text are shown as they are.
fn unusual(person: &Person, reasons: &str) -> String {
    let texts = &person.texts.unusual;
    let reasons = reasons.split(' ').map(|word| {
        let known = texts.of(word).map(str::to_owned);
        known.unwrap_or_else(|| shown(word))
    });
    reasons.collect::<Vec<_>>().join(" · ")
}

/// The order that made the entry and the way to repeat it; else a payment to the other account.
fn its_order(entry: &Entry) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.entry;
    let Some(order) = entry.order.clone() else {
        return pay_back(&person, entry);
    };
    let language = person.order_language();
    let orders = asked::<Vec<Order>>(move || Ask::Orders {
        language: language.clone(),
    });
    let found = move || match orders.get() {
        Some(Ok(orders)) => orders.into_iter().find(|known| known.intent == order),
        _ => None,
    };
    let shown = move |order: Order| {
        view! {
            <h2>{texts.its_order}</h2>
            {signed_text(&order.text)}
            <div class="buttons">{order_button(order.again, "primary", texts.repeat)}</div>
        }
    };
    (move || found().map(shown)).into_any()
}

fn pay_back(person: &Person, entry: &Entry) -> AnyView {
    let bank = entry.counterparty_bank.clone();
    let draft = entry.counterparty.clone().map(|counterparty| Draft {
        kind: "transfer".to_owned(),
        debit_account: entry.account.clone(),
        scheme: Some(
            if bank.is_some() {
                "domestic"
            } else {
                "account"
            }
            .to_owned(),
        ),
        identification: Some(counterparty),
        bank,
        ..Draft::default()
    });
    let button = draft.map(|draft| order_button(draft, "", person.texts.entry.pay_back));
    view! { <div class="buttons">{button}</div> }.into_any()
}

fn ask_bank(person: &Person) -> AnyView {
    let texts = &person.texts.entry;
    let address = format!("tel:{}", brand::PHONE.replace(' ', ""));
    view! {
        <details class="aside">
            <summary>{texts.ask}</summary>
            <p>{texts.ask_text}</p>
            <a class="button" href=address>{fill(texts.call, &[brand::PHONE])}</a>
        </details>
    }
    .into_any()
}
