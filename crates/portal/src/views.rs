//! The views.

use leptos::prelude::*;

/// The whole page.
#[component]
pub(crate) fn Main() -> impl IntoView {
    view! { <h1>{"Passbook"}</h1> }
}
