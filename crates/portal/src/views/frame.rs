//! What stands in place of a page, or around one outside of the open passbook.

use super::navigation::{heading, link};
use super::person::Person;
use crate::brand;
use crate::route::Route;
use crate::settings::Settings;
use crate::texts::Language;
use leptos::prelude::*;

/// Before the app knows whether there is a passbook.
pub(super) fn starting() -> AnyView {
    under_sign(view! { <h1 class="said">{brand::NAME}</h1> {loading()} }.into_any())
}

/// Before anything is known. The text appears if that lasts longer than a second.
pub(super) fn loading() -> AnyView {
    let person = Person::here();
    view! { <p class="loading">{person.texts.common.loading}</p> }.into_any()
}

/// An address that the app does not have.
pub(super) fn unknown() -> AnyView {
    let person = Person::here();
    let common = &person.texts.common;
    view! {
        {heading(common.not_found)}
        <p>{common.not_found_hint}</p>
        <div class="buttons">{link(Route::Home, "button", common.to_home)}</div>
    }
    .into_any()
}

/// The bank's sign and name.
pub(super) fn sign_and_name() -> AnyView {
    view! { {brand::sign()} <span>{brand::NAME}</span> }.into_any()
}

/// The languages, each in its own words, for whoever cannot read this one.
fn languages() -> AnyView {
    let person = Person::here();
    let settings: RwSignal<Settings> = expect_context();
    let others = Language::ALL.into_iter();
    let others = others.filter(|language| *language != person.language);
    let buttons = others.map(|language| {
        let choose = move |_| settings.update(|settings| settings.language = language);
        view! { <button type="button" class="quiet" lang=language.tag() on:click=choose>{language.name()}</button> }
    });
    view! { <div class="languages" role="group" aria-label=person.texts.settings.language>{buttons.collect_view()}</div> }
        .into_any()
}

/// A page outside of the open passbook, with the bank's sign above it, and the languages below.
pub(super) fn outside(content: AnyView) -> AnyView {
    under_sign(view! { {content} {languages()} }.into_any())
}

fn under_sign(content: AnyView) -> AnyView {
    view! {
        <div class="outside">
            <header class="top"><span class="brand">{sign_and_name()}</span></header>
            <main id="content">{content}</main>
        </div>
    }
    .into_any()
}
