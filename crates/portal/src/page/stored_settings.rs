//! The person's settings in this browser. They say nothing about the customer.

use crate::settings::Settings;
use crate::texts::Language;
use leptos::prelude::*;

const NAME: &str = "passbook settings";
/// Stored while this browser is enrolled, where browsers that need room do not remove it.
const ENROLLED: &str = "passbook enrolled";

/// The stored settings, as a signal whose changes are stored. Without any, the language is the browser's.
pub(super) fn settings() -> RwSignal<Settings> {
    let settings = RwSignal::new(read().unwrap_or_else(|| Settings {
        language: browsers_language(),
        ..Settings::default()
    }));
    Effect::new(move |_| store(&settings.get()));
    settings
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Whether this browser was enrolled, as far as it remembers.
pub(super) fn was_enrolled() -> bool {
    storage().is_some_and(|storage| matches!(storage.get_item(ENROLLED), Ok(Some(_))))
}

/// Has this browser remember that it is enrolled, or that the person had everything removed.
pub(super) fn remember_enrolled(enrolled: bool) {
    if let Some(storage) = storage() {
        // Without it, nothing is explained after the browser has removed what was stored.
        let _stored = match enrolled {
            true => storage.set_item(ENROLLED, "yes"),
            false => storage.remove_item(ENROLLED),
        };
    }
}

fn read() -> Option<Settings> {
    let text = storage()?.get_item(NAME).ok()??;
    serde_json::from_str(&text).ok()
}

fn store(settings: &Settings) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(settings)) {
        // Where nothing can be stored, they last as long as the page.
        let _stored = storage.set_item(NAME, &text);
    }
}

fn browsers_language() -> Language {
    let navigator = web_sys::window().map(|window| window.navigator());
    let asked = navigator.map(|navigator| navigator.languages());
    let asked = asked.into_iter().flatten();
    let asked: Vec<String> = asked.filter_map(|tag| tag.as_string()).collect();
    Language::preferred(asked.iter().map(String::as_str))
}
