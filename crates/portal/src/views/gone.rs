//! The app cannot go on in this browser.

use super::frame::outside;
use super::navigation::heading;
use super::person::Person;
use crate::browser;
use crate::texts::fill;
use leptos::prelude::*;

pub(super) fn gone(why: &str) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.gone;
    let text = match why {
        "removed" | "not_enrolled" => texts.removed.to_owned(),
        "newer" | "app_outdated" => texts.newer.to_owned(),
        "full" | "storage_full" => texts.full.to_owned(),
        "unsupported" => texts.unsupported.to_owned(),
        word => {
            let known = person.texts.failures.of(word);
            known.map_or_else(|| fill(texts.other, &[word]), str::to_owned)
        }
    };
    let content = view! {
        {heading(texts.title)}
        <p>{text}</p>
        <div class="buttons">
            <button type="button" class="primary" on:click=move |_| browser::reload()>{texts.reload}</button>
        </div>
    };
    outside(content.into_any())
}
