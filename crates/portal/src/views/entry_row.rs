//! Entries in a list.

use super::amount::{As, amount};
use super::navigation::link;
use super::person::{Person, shown};
use crate::app::App;
use crate::model::{Entry, EntryState};
use crate::route::Route;
use crate::texts::fill;
use leptos::prelude::*;

/// What an entry is called: what the person recognises it by, and the kind of event.
pub(super) fn title(person: &Person, entry: &Entry) -> (String, Option<String>) {
    let texts = person.texts;
    if entry.kind != "booked" {
        let kind = texts.kinds.of(&entry.kind).map(str::to_owned);
        let kind = kind.or_else(|| entry.fallback.as_deref().map(shown));
        let kind = kind.unwrap_or_else(|| shown(&entry.kind));
        return (kind, about(person, entry));
    }
    let operation = entry.operation.as_deref().map(|word| {
        let known = texts.operations.of(word);
        known.map_or_else(|| shown(&word.replace('_', " ")), str::to_owned)
    });
    let purpose = entry
        .purpose
        .as_deref()
        .filter(|purpose| !purpose.is_empty());
    let purpose = purpose.map(|word| {
        let known = texts.purposes.of(word);
        known.map_or_else(|| shown(word), str::to_owned)
    });
    let counterparty = entry.counterparty.as_deref().map(shown);
    let mut names = [purpose, counterparty, operation.clone()]
        .into_iter()
        .flatten();
    let title = names
        .next()
        .unwrap_or_else(|| texts.kinds.booked.to_owned());
    let operation = operation.filter(|operation| *operation != title);
    (title, operation)
}

/// What an event that moves no money is about, as far as its arguments say.
fn about(person: &Person, entry: &Entry) -> Option<String> {
    let texts = person.texts;
    let argument = |name| Some(entry.argument(name)).filter(|value| !value.is_empty());
    let order = argument("kind").and_then(|kind| texts.order_kinds.of(kind));
    let named = argument("name").or_else(|| argument("own_name")).map(shown);
    let customer = argument("customer").map(shown);
    order.map(str::to_owned).or(named).or(customer)
}

/// The day of an entry.
pub(super) fn day(person: &Person, entry: &Entry) -> String {
    let date = entry.date.unwrap_or_else(|| person.date_of(entry.time));
    person.day(date)
}

/// An entry as a line of a list, which leads to its page. `second` is the balance after it, or its account.
pub(super) fn entry_row(entry: &Entry, second: Option<AnyView>) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let (title, kind) = title(&person, entry);
    let state = match entry.state {
        EntryState::Current => None,
        EntryState::Withdrawn => Some(person.texts.entry.withdrawn),
        EntryState::Past => Some(person.texts.entry.past),
    };
    // A row is made after the entry has arrived, and says so as long as it is shown.
    let is_fresh = app.fresh.with_untracked(|fresh| fresh.contains(&entry.id));
    let fresh = is_fresh.then(|| view! { <span class="new">{person.texts.home.new}</span> });
    let amount = entry.amount.map(|value| amount(value, As::Change));
    let inner = view! {
        <span class="what">
            <span class="name"><bdi>{title}</bdi>{fresh}</span>
            <span class="about">
                {day(&person, entry)}
                {kind.map(|kind| view! { " · " <bdi>{kind}</bdi> })}
                {state.map(|state| view! { " · " {state} })}
            </span>
        </span>
        <span class="money">{amount}{second}</span>
    };
    let class = match (entry.state == EntryState::Current, is_fresh) {
        (true, false) => "row",
        (true, true) => "row fresh",
        (false, false) => "row withdrawn",
        (false, true) => "row fresh withdrawn",
    };
    view! {
        <li class=class>
            {link(Route::Entry(entry.id.clone()), "line", inner)}
        </li>
    }
    .into_any()
}

/// What a screen reader says of the newest entry that arrived while the app was open.
pub(super) fn announcement() -> AnyView {
    let person = Person::here();
    let app = App::here();
    let newest = Memo::new(move |_| {
        let fresh = app.fresh.read();
        let newest = fresh.last()?;
        let home = app.home.read();
        let entry = home
            .as_ref()?
            .newest
            .iter()
            .find(|entry| entry.id == *newest)?;
        Some(sentence(&person, entry))
    });
    (move || newest.get()).into_any()
}

fn sentence(person: &Person, entry: &Entry) -> String {
    let texts = person.texts;
    let (title, _) = title(person, entry);
    let what = match entry.amount {
        None => title,
        Some(amount) => {
            let way = if amount.minor_units < 0 {
                texts.common.money_out
            } else {
                texts.common.money_in
            };
            let minor_units = amount.minor_units.saturating_abs();
            let size = person.amount(crate::model::Amount {
                minor_units,
                ..amount
            });
            format!("{title}, {way} {size}")
        }
    };
    fill(texts.status.new_entry, &[&what])
}
