//! The customer's web app.

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the app in a page.
#[wasm_bindgen(start)]
pub fn start() {
    #[cfg(target_family = "wasm")]
    leptos::mount::mount_to_body(|| view! { <h1>{"Passbook"}</h1> });
}
