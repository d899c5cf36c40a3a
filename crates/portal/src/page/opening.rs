//! The beginning of a page: what it paints first, and what it starts then.

use super::acting::Acts;
use super::auto_lock::watch;
use super::link::{asking, start_core};
use super::passbook::{database, open};
use super::stored_settings::settings;
use super::updates::watch_updates;
use crate::app::{App, Phase};
use crate::core::{home, of_sync, of_vault};
use crate::model::{Failure, Unlocked};
use client::{StorageKey, is_enrolled};
use client_web::{BrowserStore, Vault, clock};
use leptos::prelude::*;
use order::Locale;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;

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
    spawn_local(async move {
        match first_paint(app).await {
            Ok(Some(key)) => painted(move || {
                start_core(app);
                spawn_local(async move {
                    let language = settings.get_untracked().language.tag();
                    if let Err(failure) = open(app, key, language).await {
                        app.phase.set(Phase::Gone(failure.word));
                    }
                });
            }),
            Ok(None) => start_core(app),
            Err(failure) => app.phase.set(Phase::Gone(failure.word)),
        }
    });
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
    let enrolled = is_enrolled(&BrowserStore::new(&database)).await;
    app.phase.set(match (enrolled, vault.passkey().await) {
        (Ok(true), Ok(credential)) => Phase::Locked {
            by_passkey: credential.is_some(),
        },
        // A lock alone is of an enrolment that did not end well, and is made again.
        (Ok(false), _) => Phase::Welcome,
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
