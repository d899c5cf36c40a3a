//! The customer's web app: views over the client, in a page and on the server; the core in a worker.
//!
//! One module serves page and worker. The worker has the core: the client with the browser's store, keys
//! and network. A page asks it and shows its answers (`link`, `model`). The views know nothing else, so they are rendered
//! without a browser, too.
//!
//! Invariants: The page's thread never opens more than the home page. Nothing legible is stored, and nothing secret is in
//! an address. A view gets all its words from the language's texts.

pub mod app;
mod brand;
mod browser;
#[cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, unused_imports, reason = "a browser's page calls it")
)]
mod core;
pub mod link;
pub mod model;
#[cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, unused_imports, reason = "a browser's page calls it")
)]
mod page;
#[cfg(not(target_family = "wasm"))]
pub mod plain;
pub mod route;
pub mod settings;
pub mod texts;
mod views;

pub use views::whole_page;

use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the page's part in a page, and the core in a worker.
#[wasm_bindgen(start)]
pub fn start() {
    if js_sys::global().is_instance_of::<web_sys::Window>() {
        #[cfg(target_family = "wasm")]
        leptos::mount::mount_to_body(|| {
            page::begin();
            whole_page()
        });
        return;
    }
    if let Err(error) = core::start() {
        wasm_bindgen::throw_str(&error.to_string());
    }
}
