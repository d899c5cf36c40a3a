//! The first screen: accounts, what is under way, and the newest entries.

use super::amount::{As, amount};
use super::entry_row::entry_row;
use super::frame::loading;
use super::navigation::{heading, link, order_button};
use super::notices::is_closed;
use super::orders::order_line;
use super::person::{Person, shown};
use crate::app::App;
use crate::link::Ask;
use crate::model::{Account, Amount, Draft, Order};
use crate::route::Route;
use crate::texts::fill;
use leptos::prelude::*;
use types::AccountId;

pub(super) fn home() -> AnyView {
    let app = App::here();
    let is_known = Memo::new(move |_| app.home.read().is_some());
    let title = Person::here().texts.home.title;
    let shown = move || match is_known.get() {
        true => known(),
        false => view! { {heading(title)} {loading()} }.into_any(),
    };
    shown.into_any()
}

fn known() -> AnyView {
    let app = App::here();
    let can_order = Memo::new(move |_| !known_accounts(app).is_empty() && !is_closed(app));
    let under_way = view! {
        {move || can_order.get().then(quick)}
        {waiting()}
    };
    overview(under_way.into_any())
}

/// Accounts and newest entries, with what the person can do about them below the accounts.
pub(super) fn overview(below_accounts: AnyView) -> AnyView {
    let texts = &Person::here().texts.home;
    view! {
        {heading(texts.title)}
        <div class="columns">
            <section aria-label=texts.title>
                {accounts()}
                {below_accounts}
            </section>
            <section aria-labelledby="newest">
                <h2 id="newest">{texts.newest}</h2>
                {newest()}
            </section>
        </div>
    }
    .into_any()
}

/// All accounts that the page knows, in the order of their ordinals.
pub(super) fn known_accounts(app: App) -> Vec<Account> {
    let home = app.home.read();
    let home = home.as_ref().map(|home| home.accounts.clone());
    let mut accounts = home.unwrap_or_default();
    accounts.extend(app.more_accounts.get());
    accounts
}

fn accounts() -> AnyView {
    let person = Person::here();
    let app = App::here();
    let ids = Memo::new(move |_| {
        let accounts = known_accounts(app).into_iter();
        let ids = accounts.map(|account| account.account).enumerate();
        ids.collect::<Vec<(usize, AccountId)>>()
    });
    let row = move |(index, id): (usize, AccountId)| {
        let account = Memo::new(move |_| {
            let mut accounts = known_accounts(app).into_iter();
            accounts.find(|account| account.account == id)
        });
        move || {
            account
                .get()
                .map(|account| account_row(index + 1, &account))
        }
    };
    let total = Memo::new(move |_| {
        app.home
            .read()
            .as_ref()
            .map_or(0, |home| home.accounts_total)
    });
    let rest = move || {
        let known = u64::try_from(ids.read().len()).unwrap_or(u64::MAX);
        let total = total.get();
        (total > known).then(|| more_button(person, total))
    };
    let empty = move || {
        let is_empty = ids.read().is_empty();
        is_empty.then(|| view! { <p class="empty">{person.texts.home.no_accounts}</p> })
    };
    view! {
        {empty}
        <ul class="accounts">
            <For each=move || ids.get() key=Clone::clone children=row/>
        </ul>
        {rest}
    }
    .into_any()
}

fn more_button(person: Person, total: u64) -> AnyView {
    let app = App::here();
    let text = fill(
        person.texts.home.more_accounts,
        &[&person.texts.numbers.grouped(total)],
    );
    let ask = move |_| {
        let last = untrack(|| known_accounts(app)).pop();
        let last = last.map(|account| account.account);
        super::asked::run(async move {
            if let Ok(found) = app.ask::<Vec<Account>>(Ask::Accounts(last)).await {
                app.more_accounts.update(|more| more.extend(found));
            }
        });
    };
    view! { <button type="button" on:click=ask>{text}</button> }.into_any()
}

/// Has the accounts beyond the home page's change with it, once they were asked for.
pub(super) fn follow_more_accounts() {
    let app = App::here();
    Effect::new(move |_| {
        let home = app.home.read();
        let last = home.as_ref().and_then(|home| home.accounts.last());
        let mut last = last.map(|account| account.account.clone());
        let wanted = app.more_accounts.with_untracked(Vec::len);
        if wanted == 0 {
            return;
        }
        super::asked::run(async move {
            let mut found = Vec::new();
            while found.len() < wanted {
                let Ok(page) = app.ask::<Vec<Account>>(Ask::Accounts(last)).await else {
                    return;
                };
                if page.is_empty() {
                    break;
                }
                last = page.last().map(|account| account.account.clone());
                found.extend(page);
            }
            app.more_accounts.set(found);
        });
    });
}

/// What an account is called: the bank's name for it, or its kind.
pub(super) fn account_name(person: &Person, account: &Account) -> String {
    let kind = account
        .kind
        .as_deref()
        .and_then(|kind| person.texts.account_kinds.of(kind));
    match account.name.as_str() {
        "" => kind.unwrap_or(person.texts.home.unnamed).to_owned(),
        name => shown(name),
    }
}

fn account_row(ordinal: usize, account: &Account) -> AnyView {
    let person = Person::here();
    let booked = match account.booked {
        Some(booked) => amount(booked, As::Balance),
        None => view! { <span class="about">{person.texts.home.unknown_balance}</span> }.into_any(),
    };
    let inner = view! {
        <span class="what">
            <span class="name"><bdi>{account_name(&person, account)}</bdi></span>
            <span class="about"><bdi>{shown(account.account.as_str())}</bdi></span>
        </span>
        <span class="money">{booked}</span>
        {under_way(&person, account)}
    };
    let row = link(Route::Account(ordinal), "line account", inner);
    view! { <li class="row">{row}</li> }.into_any()
}

/// What is under way on an account, and what it will have after that.
pub(super) fn under_way(person: &Person, account: &Account) -> Option<AnyView> {
    let texts = &person.texts.home;
    let part = |label: &'static str, value: Amount, kind| {
        view! { <span class="part">{label} " " {amount(value, kind)}</span> }.into_any()
    };
    let pending = account.pending?;
    let expected = account
        .expected
        .map(|expected| part(texts.expected, expected, As::Balance));
    Some(view! { <span class="under-way">{part(texts.pending, pending, As::Change)}{expected}</span> }.into_any())
}

fn quick() -> AnyView {
    let texts = &Person::here().texts.home;
    let draft = |scheme: &str| Draft {
        kind: "transfer".to_owned(),
        scheme: Some(scheme.to_owned()),
        ..Draft::default()
    };
    view! {
        <div class="buttons quick" role="group" aria-label=texts.quick>
            {link(Route::Pay, "button primary", texts.pay)}
            {order_button(draft("own"), "", texts.own)}
            {order_button(draft("biller"), "", texts.bill)}
        </div>
    }
    .into_any()
}

fn waiting() -> AnyView {
    let person = Person::here();
    let app = App::here();
    let waiting = Memo::new(move |_| {
        let home = app.home.read();
        home.as_ref()
            .map(|home| home.waiting.clone())
            .unwrap_or_default()
    });
    let list = move |orders: Vec<Order>| {
        let lines = orders.iter().map(order_line);
        view! {
            <h2>{person.texts.home.waiting}</h2>
            <ul class="rows">{lines.collect_view()}</ul>
        }
    };
    (move || {
        Some(waiting.get())
            .filter(|orders| !orders.is_empty())
            .map(list)
    })
    .into_any()
}

fn newest() -> AnyView {
    let person = Person::here();
    let app = App::here();
    let newest = Memo::new(move |_| {
        let home = app.home.read();
        home.as_ref()
            .map(|home| home.newest.clone())
            .unwrap_or_default()
    });
    let is_empty = Memo::new(move |_| newest.read().is_empty());
    let empty = move || {
        is_empty
            .get()
            .then(|| view! { <p class="empty">{person.texts.home.no_entries}</p> })
    };
    let row = move |entry: crate::model::Entry| {
        let second = account_of(person, app, entry.account.as_ref());
        entry_row(&entry, second)
    };
    view! {
        {empty}
        <ul class="rows">
            <For each=move || newest.get() key=|entry| (entry.id.clone(), entry.state) children=row/>
        </ul>
    }
    .into_any()
}

/// The name of the account that an entry is about, where there are several.
fn account_of(person: Person, app: App, account: Option<&AccountId>) -> Option<AnyView> {
    let accounts = untrack(|| known_accounts(app));
    let account = accounts
        .iter()
        .find(|known| Some(&known.account) == account)?;
    let name = account_name(&person, account);
    (accounts.len() > 1).then(|| view! { <span class="about"><bdi>{name}</bdi></span> }.into_any())
}
