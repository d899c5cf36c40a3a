//! An account: its balances, its months, and all its entries.

use super::amount::{As, amount};
use super::asked::asked;
use super::chart::months_view;
use super::entry_row::entry_row;
use super::form::{Form, SEARCH, text_field};
use super::frame::loading;
use super::home::{account_name, known_accounts, under_way};
use super::navigation::{heading, link, order_button};
use super::person::{Person, shown};
use crate::app::App;
use crate::browser;
use crate::link::Ask;
use crate::model::{Account, Draft, Entry, EntryPage, Month};
use crate::route::Route;
use leptos::html::Ul;
use leptos::prelude::*;
use types::AccountId;

/// The window begins at multiples of this many entries, so that scrolling a little asks for nothing.
const STEP: usize = 6;
/// How high a row is at least, in CSS pixels, with text of the usual size.
const ROW_PX: usize = 72;

pub(super) fn account(ordinal: usize) -> AnyView {
    let app = App::here();
    let is_known = Memo::new(move |_| app.home.read().is_some());
    (move || {
        if is_known.get() {
            of_ordinal(ordinal)
        } else {
            loading()
        }
    })
    .into_any()
}

/// The account with that ordinal among those that the page knows.
pub(super) fn account_at(app: App, ordinal: usize) -> Option<Account> {
    known_accounts(app).into_iter().nth(ordinal.checked_sub(1)?)
}

fn of_ordinal(ordinal: usize) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let Some(first) = untrack(|| account_at(app, ordinal)) else {
        return unknown(&person);
    };
    let current = Memo::new(move |_| account_at(app, ordinal));
    let texts = &person.texts.account;
    let id = first.account.clone();
    let balances = move || current.get().map(|account| balances(&person, &account));
    let months = {
        let id = id.clone();
        asked::<Vec<Month>>(move || {
            current.track();
            Ask::Months(id.clone())
        })
    };
    let months = move || match months.get() {
        Some(Ok(months)) if months.len() > 1 => Some(months_view(ordinal, &months)),
        _ => None,
    };
    let draft = Draft {
        kind: "transfer".to_owned(),
        debit_account: Some(id.clone()),
        ..Draft::default()
    };
    view! {
        {heading(account_name(&person, &first))}
        <div class="columns">
            <section aria-label=person.texts.home.balance>
                {facts(&person, &first)}
                {balances}
                <div class="buttons">{order_button(draft, "primary", texts.pay_from)}</div>
                {months}
            </section>
            <section aria-labelledby="entries">
                <h2 id="entries">{texts.entries}</h2>
                {entries(&id, current)}
            </section>
        </div>
    }
    .into_any()
}

fn unknown(person: &Person) -> AnyView {
    let texts = person.texts;
    view! {
        {heading(texts.home.unnamed)}
        <p class="empty">{texts.account.unknown}</p>
        <div class="buttons">{link(Route::Home, "button", texts.common.to_home)}</div>
    }
    .into_any()
}

pub(super) fn facts(person: &Person, account: &Account) -> AnyView {
    let kind = account
        .kind
        .as_deref()
        .and_then(|kind| person.texts.account_kinds.of(kind));
    let role = account
        .role
        .as_deref()
        .and_then(|role| person.texts.roles.of(role));
    let role = role.map(|role| view! { " · " {role} });
    let kind = kind.map(|kind| view! { {kind} " · " });
    view! { <p class="about">{kind}<bdi>{shown(account.account.as_str())}</bdi>{role}</p> }
        .into_any()
}

pub(super) fn balances(person: &Person, account: &Account) -> AnyView {
    let texts = &person.texts.home;
    let booked = account.booked.map(|booked| amount(booked, As::Balance));
    let available = account
        .available
        .filter(|available| Some(*available) != account.booked);
    let available = available.map(|value| {
        view! { <span class="part">{texts.available} " " {amount(value, As::Balance)}</span> }
    });
    view! {
        <div class="balance">
            <span class="said">{texts.balance}</span>
            <span class="great">{booked}</span>
            {available}
            {under_way(person, account)}
        </div>
    }
    .into_any()
}

/// How many entries a window of the list has: what a screen of this height shows, wherever it is between two steps.
const fn window(height_px: usize) -> usize {
    let shown = height_px / ROW_PX + 1;
    (shown + STEP / 2 + STEP).next_multiple_of(STEP)
}

/// The entries, as a list of which only a window is in the document.
fn entries(account: &AccountId, current: Memo<Option<Account>>) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.account;
    let search = RwSignal::new(String::new());
    let from = RwSignal::new(0_usize);
    let id = account.clone();
    let window = window(browser::height_px());
    let page = asked::<EntryPage>(move || {
        current.track();
        Ask::Entries {
            account: Some(id.clone()),
            search: search.get(),
            from: from.get(),
            count: window,
        }
    });
    let shown = Memo::new(move |_| match page.get() {
        Some(Ok(page)) => Some(page),
        _ => None,
    });
    let list = NodeRef::<Ul>::new();
    let total = Memo::new(move |_| shown.read().as_ref().map_or(0, |page| page.total));
    browser::on_scroll(move || {
        let Some(list) = list.get_untracked() else {
            return;
        };
        let first = browser::rows_above(&list, total.get_untracked());
        let wanted = first.saturating_sub(STEP / 2) / STEP * STEP;
        if wanted != from.get_untracked() {
            from.set(wanted);
        }
    });
    Effect::new(move |_| {
        search.track();
        if from.get_untracked() != 0 {
            from.set(0);
        }
    });
    let before = move || {
        shown
            .read()
            .as_ref()
            .map_or(0, |page| page.from)
            .to_string()
    };
    let after = move || {
        let shown = shown.read();
        let after = shown.as_ref().map_or(0, |page| {
            page.total - (page.from + page.entries.len()).min(page.total)
        });
        after.to_string()
    };
    let in_window = move || shown.get().map(|page| page.entries).unwrap_or_default();
    let count = move || {
        let shown = shown.read();
        let page = shown.as_ref()?;
        let is_searched = !search.read().trim().is_empty();
        Some(match (page.total, is_searched) {
            (0, true) => texts.no_match.to_owned(),
            (0, false) => texts.empty.to_owned(),
            (total, _) => {
                let total = u64::try_from(total).unwrap_or(u64::MAX);
                person
                    .texts
                    .plurals
                    .entries
                    .of(total, &person.texts.numbers)
            }
        })
    };
    view! {
        <search>{text_field(Form::new(), "search", texts.search, Some(texts.search_hint), SEARCH, search)}</search>
        <p class="about" role="status">{count}</p>
        <ul class="rows window" node_ref=list style=("--before", before) style=("--after", after)>
            <For each=in_window key=|entry| (entry.id.clone(), entry.state) children=|entry| booked_row(&entry)/>
        </ul>
    }
    .into_any()
}

/// An entry with the balance after it.
pub(super) fn booked_row(entry: &Entry) -> AnyView {
    let balance = entry.balance.map(|balance| {
        view! { <span class="about">{amount(balance, As::Balance)}</span> }.into_any()
    });
    entry_row(entry, balance)
}
