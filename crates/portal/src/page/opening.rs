//! The beginning of a page: what it paints first, and what it starts then.

use super::acting::Acts;
use super::auto_lock::watch;
use super::link::{asking, end_core, start_core};
use super::passbook::{database, forget_shown, open};
use super::stored_settings::{settings, was_enrolled};
use super::updates::watch_updates;
use crate::app::{App, Phase};
use crate::browser::spawn;
use crate::core::{home, of_sync, of_vault};
use crate::model::{Connection, Failure, Unlocked};
use crate::settings::Settings;
use client::{StorageKey, is_enrolled};
use client_web::{BrowserStore, Vault, clock};
use leptos::prelude::*;
use order::Locale;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::EventTarget;

/// Begins the app of this page: paints the home page if the passbook is open, and starts the core. App and settings are
/// contexts of the views.
pub(crate) fn begin() {
    let settings = settings();
    let acts = Acts::new(settings);
    let app = App::new(asking(), acts.acting());
    acts.begin(app);
    provide_context(app);
    provide_context(settings);
    watch(app, settings);
    watch_updates(app);
    give_way(app, settings);
    spawn(go_on(app, settings));
}

/// Shows what is known, and starts the core.
async fn go_on(app: App, settings: RwSignal<Settings>) {
    match first_paint(app).await {
        Ok(Some(key)) => painted(move || {
            start_core(app);
            spawn(async move {
                let language = settings.get_untracked().language.tag();
                if let Err(failure) = open(app, key, language).await {
                    app.phase.set(Phase::Gone(failure.word));
                }
            });
        }),
        Ok(None) => start_core(app),
        Err(failure) => app.phase.set(Phase::Gone(failure.word)),
    }
}

/// A page that the browser freezes would lead on without doing anything: its core ends, and another tab leads. When the page
/// goes on, it has another core.
fn give_way(app: App, settings: RwSignal<Settings>) {
    let Some((window, document)) = web_sys::window().and_then(|window| {
        let document = window.document()?;
        Some((window, document))
    }) else {
        return;
    };
    let is_frozen = Rc::new(Cell::new(false));
    let freezing = {
        let is_frozen = is_frozen.clone();
        Closure::<dyn FnMut()>::new(move || {
            is_frozen.set(true);
            end_core();
        })
    };
    let going_on = Closure::<dyn FnMut()>::new(move || {
        if is_frozen.replace(false) {
            app.connection.set((Connection::Connecting, None));
            spawn(go_on(app, settings));
        }
    });
    let (freezing, going_on) = (freezing.into_js_value(), going_on.into_js_value());
    // A browser that keeps a page in its history says so by the other two events. Documents and windows take every listener.
    for (freezes, goes_on, target) in [
        ("freeze", "resume", document.unchecked_ref::<EventTarget>()),
        ("pagehide", "pageshow", window.unchecked_ref()),
    ] {
        let _freezes = target.add_event_listener_with_callback(freezes, freezing.unchecked_ref());
        let _goes_on = target.add_event_listener_with_callback(goes_on, going_on.unchecked_ref());
    }
}

/// Reads what the first paint shows. Returns the storage key if the passbook is open.
async fn first_paint(app: App) -> Result<Option<Unlocked>, Failure> {
    let database = database().await?;
    let vault = Vault::new(&database);
    // Whatever was kept and cannot be read is as good as locked.
    if let Ok(Some(key)) = vault.kept(clock()()).await {
        let store = BrowserStore::new(&database);
        let page = client::Home::read(&store, &StorageKey::new(&key)).await;
        if let Ok(Some(page)) = page {
            app.home.set(Some(home(&page, &[], Locale::En)));
            app.phase.set(Phase::Open);
            return Ok(Some(Unlocked(*key)));
        }
    }
    forget_shown(app);
    let enrolled = is_enrolled(&BrowserStore::new(&database)).await;
    app.phase.set(match (enrolled, vault.passkey().await) {
        (Ok(true), Ok(credential)) => Phase::Locked {
            by_passkey: credential.is_some(),
        },
        // A lock alone is of an enrolment that did not end well, and is made again.
        (Ok(false), _) => Phase::Welcome {
            emptied: was_enrolled(),
        },
        (Ok(true), Err(error)) => return Err(of_vault(&error)),
        (Err(error), _) => return Err(of_sync(&error.into())),
    });
    Ok(None)
}

/// Calls back once the browser has painted what is shown now.
fn painted(then: impl FnOnce() + 'static) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let after = window.clone();
    let frame = Closure::once_into_js(move || {
        // A frame's callbacks run before its paint; a task that follows runs after it.
        let then = Closure::once_into_js(then);
        let _set = after.set_timeout_with_callback(then.unchecked_ref());
    });
    let _requested = window.request_animation_frame(frame.unchecked_ref());
}
