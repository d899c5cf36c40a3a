//! What is around every page: the bank's sign, the navigation, the state of the connection.

use super::entry_row::announcement;
use super::icon::{self, icon};
use super::navigation::{Navigation, link, link_to_place};
use super::person::Person;
use super::{
    account, entry, frame, help, home, initiations, notices, orders, pay, payees, security,
    settings, statement, status,
};
use crate::app::{Act, App};
use crate::route::Route;
use crate::settings::Settings;
use leptos::prelude::*;

/// The app while the passbook is open.
pub(super) fn shell() -> AnyView {
    let person = Person::here();
    let common = &person.texts.common;
    home::follow_more_accounts();
    let navigation = Navigation::here();
    let route = Memo::new(move |_| navigation.route.get());
    let visit = Memo::new(move |_| (navigation.visits.get(), navigation.route.get()));
    view! {
        <div class="shell">
            <a class="skip" href="#content">{common.skip}</a>
            <header class="top">
                {link(Route::Home, "brand", frame::sign_and_name())}
                {tools()}
            </header>
            <nav class="nav" aria-label=person.texts.nav.main>{places(route)}</nav>
            <main id="content">
                {status::status()}
                {notices::notices()}
                {move || page(&visit.read().1)}
            </main>
            <div class="said" role="status" aria-live="polite">{announcement()}</div>
        </div>
    }
    .into_any()
}

fn page(route: &Route) -> AnyView {
    match route {
        Route::Home => home::home(),
        Route::Account(ordinal) => account::account(*ordinal),
        Route::Statement(ordinal, month) => statement::statement(*ordinal, month),
        Route::Entry(id) => entry::entry(id),
        Route::Pay => pay::pay(),
        Route::Orders => orders::orders(initiations::initiations()),
        Route::Payees => payees::payees(),
        Route::Security => security::security(),
        Route::Settings => settings::settings(),
        Route::Help => help::help(),
        Route::Unknown => frame::unknown(),
    }
}

fn places(route: Memo<Route>) -> AnyView {
    let nav = &Person::here().texts.nav;
    let places = [
        (Route::Home, nav.home, icon::HOME),
        (Route::Pay, nav.pay, icon::PAY),
        (Route::Orders, nav.orders, icon::ORDERS),
        (Route::Payees, nav.payees, icon::PAYEES),
        (Route::Security, nav.security, icon::SECURITY),
        (Route::Settings, nav.settings, icon::SETTINGS),
        (Route::Help, nav.help, icon::HELP),
    ];
    let places = places.into_iter().map(|(place, text, path)| {
        let here = place.clone();
        let is_here = Memo::new(move |_| *route.read() == here);
        let inner = view! { {icon(path)} <span>{text}</span> };
        view! {
            <li>
                {link_to_place(place, "place", inner, is_here.into())}
            </li>
        }
    });
    view! { <ul>{places.collect_view()}</ul> }.into_any()
}

/// What is always at hand: hiding amounts, locking, and on a phone settings and help.
fn tools() -> AnyView {
    let person = Person::here();
    let (common, nav) = (&person.texts.common, &person.texts.nav);
    let app = App::here();
    let settings: RwSignal<Settings> = expect_context();
    let hidden = Memo::new(move |_| settings.read().amounts_hidden);
    let lock = move |_| super::asked::run(async move { drop(app.act(Act::Lock).await) });
    let hide =
        move |_| settings.update(|settings| settings.amounts_hidden = !settings.amounts_hidden);
    let named = |path, text| view! { {icon(path)} <span class="said">{text}</span> };
    view! {
        <div class="tools">
            <button type="button" class="tool" aria-pressed=move || hidden.get().to_string() on:click=hide>
                {named(icon::EYE, common.hide_amounts)}
            </button>
            {link(Route::Help, "tool narrow", named(icon::HELP, nav.help))}
            {link(Route::Settings, "tool narrow", named(icon::SETTINGS, nav.settings))}
            <button type="button" class="tool" on:click=lock>{named(icon::LOCK, common.lock)}</button>
        </div>
    }
    .into_any()
}
