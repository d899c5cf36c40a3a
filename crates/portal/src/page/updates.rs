//! New versions of the app. `static/app.js` has the service worker store one, and says when it waits.

use super::app_script::call;
use crate::app::App;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;

/// The event that a new version began to wait.
const WAITS: &str = "passbook-update";

/// Has the app say when a new version waits.
pub(super) fn watch_updates(app: App) {
    let says = |name| call(name).is_some_and(|answer| answer.is_truthy());
    let look = move || {
        app.update_waits.set(says("updateWaits"));
        app.update_is_required.set(says("updateIsRequired"));
    };
    look();
    let heard = Closure::<dyn FnMut()>::new(look);
    if let Some(window) = web_sys::window() {
        // A window takes every listener.
        let heard = heard.into_js_value();
        let _listens = window.add_event_listener_with_callback(WAITS, heard.unchecked_ref());
    }
}

/// Takes the version that waits. The page loads again.
pub(super) fn take_update() {
    call("takeUpdate");
}
