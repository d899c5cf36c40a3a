//! Locks the passbook when nobody has used the page for a time, also in the background.

use crate::app::{Act, App, Phase};
use crate::browser::spawn;
use crate::settings::Settings;
use client_web::{Vault, clock};
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;

/// How often the page looks, in milliseconds. A page in the background looks less often, and when it comes back.
const LOOK_MS: i32 = 5_000;
/// How often use extends what is kept over a reload, in milliseconds.
const EXTEND_MS: u64 = 30_000;

/// What a person does when they use the page.
const USES: [&str; 4] = ["pointerdown", "keydown", "wheel", "touchstart"];

/// Watches the page, as long as it lives.
pub(super) fn watch(app: App, settings: RwSignal<Settings>) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let used = Rc::new(Cell::new(clock()().ms()));
    let look = {
        let used = used.clone();
        move || {
            let idle_ms = clock()().ms().saturating_sub(used.get());
            let is_open = app.phase.with_untracked(|phase| *phase == Phase::Open);
            if is_open && idle_ms >= settings.get_untracked().lock_after_ms() {
                spawn(async move {
                    // If it fails, the next look tries again.
                    let _locked = app.act(Act::Lock).await;
                });
            }
        }
    };
    let using = Closure::<dyn FnMut()>::new({
        let (look, used) = (look.clone(), used.clone());
        move || {
            // A use after the time does not undo it.
            look();
            used.set(clock()().ms());
        }
    });
    let using = using.into_js_value();
    for event in USES {
        // A window takes every listener.
        let _listens = window.add_event_listener_with_callback(event, using.unchecked_ref());
    }
    // The newest use that extended, and when. The use itself does not wait for the store.
    let extended = Cell::new((used.get(), 0));
    let looking = Closure::<dyn FnMut()>::new(move || {
        look();
        let (now, newest) = (clock()().ms(), used.get());
        let (known, at) = extended.get();
        if newest > known && now.saturating_sub(at) >= EXTEND_MS {
            extended.set((newest, now));
            spawn(extend(settings.get_untracked().lock_after_ms()));
        }
    });
    let looking = looking.into_js_value();
    let _set = window
        .set_interval_with_callback_and_timeout_and_arguments_0(looking.unchecked_ref(), LOOK_MS);
    if let Some(document) = window.document() {
        let _listens =
            document.add_event_listener_with_callback("visibilitychange", looking.unchecked_ref());
    }
}

/// Keeps what is kept for longer.
async fn extend(ms: u64) {
    let Ok(database) = super::passbook::database().await else {
        return;
    };
    let now = clock()();
    // If it fails, a reload asks the person to unlock.
    let _extended = Vault::new(&database).extend(now, now.plus_ms(ms)).await;
}
