//! Help for each page, that of the page before first, and the way to the bank's people.

use super::navigation::{Navigation, heading};
use super::person::Person;
use crate::brand;
use crate::route::{PLAIN, Route};
use crate::texts::fill;
use leptos::prelude::*;

pub(super) fn help() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.help;
    let address = format!("tel:{}", brand::PHONE.replace(' ', ""));
    let topics = [
        (Some(Route::Home), texts.home_title, texts.home_text),
        (
            Some(Route::Account(0)),
            texts.account_title,
            texts.account_text,
        ),
        (Some(Route::Pay), texts.pay_title, texts.pay_text),
        (Some(Route::Orders), texts.orders_title, texts.orders_text),
        (Some(Route::Payees), texts.payees_title, texts.payees_text),
        (
            Some(Route::Security),
            texts.security_title,
            texts.security_text,
        ),
        (
            Some(Route::Settings),
            texts.settings_title,
            texts.settings_text,
        ),
        (None, texts.offline_title, texts.offline_text),
    ];
    let came_from = match Navigation::here().before() {
        Route::Account(_) | Route::Statement(..) | Route::Entry(_) => Route::Account(0),
        other => other,
    };
    let came_from = Some(came_from);
    let (first, others): (Vec<_>, Vec<_>) = topics
        .into_iter()
        .partition(|(page, ..)| *page == came_from);
    let topics = first.into_iter().chain(others);
    let topics =
        topics.map(|(_, title, text)| view! { <section><h2>{title}</h2><p>{text}</p></section> });
    view! {
        {heading(texts.title)}
        <div class="narrow-column">
            <section class="notice calm">
                <h2>{texts.call_title}</h2>
                <p>{texts.call_text}</p>
                <a class="button" href=address>{fill(person.texts.entry.call, &[brand::PHONE])}</a>
            </section>
            {topics.collect_view()}
            <section>
                <h2>{texts.plain_title}</h2>
                <p>{texts.plain_text}</p>
                <a class="button" href=PLAIN>{texts.plain_open}</a>
            </section>
        </div>
    }
    .into_any()
}
