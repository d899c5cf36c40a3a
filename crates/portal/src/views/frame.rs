//! What stands in place of a page, or around one outside of the open passbook.

use super::navigation::{heading, link};
use super::person::Person;
use crate::brand;
use crate::route::Route;
use leptos::prelude::*;

/// Before the app knows whether there is a passbook.
pub(super) fn starting() -> AnyView {
    outside(view! { <h1 class="said">{brand::NAME}</h1> {loading()} }.into_any())
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
        {link(Route::Home, "button", common.to_home)}
    }
    .into_any()
}

/// The bank's sign and name.
pub(super) fn sign_and_name() -> AnyView {
    view! { {brand::sign()} <span>{brand::NAME}</span> }.into_any()
}

/// A page outside of the open passbook, with the bank's sign above it.
pub(super) fn outside(content: AnyView) -> AnyView {
    view! {
        <div class="outside">
            <header class="top"><span class="brand">{sign_and_name()}</span></header>
            <main id="content">{content}</main>
        </div>
    }
    .into_any()
}
