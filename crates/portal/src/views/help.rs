//! Help for each page, and the way to the bank's people.

use super::navigation::heading;
use super::person::Person;
use crate::brand;
use crate::texts::fill;
use leptos::prelude::*;

pub(super) fn help() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.help;
    let address = format!("tel:{}", brand::PHONE.replace(' ', ""));
    let topics = [
        (texts.home_title, texts.home_text),
        (texts.account_title, texts.account_text),
        (texts.pay_title, texts.pay_text),
        (texts.orders_title, texts.orders_text),
        (texts.payees_title, texts.payees_text),
        (texts.security_title, texts.security_text),
        (texts.offline_title, texts.offline_text),
        (texts.settings_title, texts.settings_text),
    ];
    let topics =
        topics.map(|(title, text)| view! { <section><h2>{title}</h2><p>{text}</p></section> });
    view! {
        {heading(texts.title)}
        <div class="narrow-column">
            <section class="notice calm">
                <h2>{texts.call_title}</h2>
                <p>{texts.call_text}</p>
                <a class="button" href=address>{fill(person.texts.entry.call, &[brand::PHONE])}</a>
            </section>
            {topics.collect_view()}
        </div>
    }
    .into_any()
}
