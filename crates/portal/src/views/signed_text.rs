//! The text that a person signs.

use super::person::Person;
use leptos::prelude::*;

/// The text of an order, letter by letter, in the order's own language.
pub(super) fn signed_text(text: &str) -> AnyView {
    let language = Person::here().language.of_orders();
    view! { <pre class="order-text" lang=language>{text.to_owned()}</pre> }.into_any()
}
