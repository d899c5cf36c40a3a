//! The views: plain functions of the app's state, its texts and the person's settings.
//!
//! To add a page, add it to [`Route`](crate::route::Route), to [`page`](shell), and where the person finds it. To add a
//! text, add it to its group in `texts/words.rs` and to each language.
//!
//! An element whose attributes and texts are all literals would be made of HTML, which the content security policy
//! refuses. So a view writes `{"text"}` and `attribute={VALUE}` where an element has nothing else that changes.

mod account;
mod amount;
mod asked;
mod chart;
mod creditor;
mod dialog;
mod entry;
mod entry_row;
mod failed;
mod form;
mod frame;
mod gone;
mod help;
mod home;
mod icon;
mod initiations;
mod money_limits;
mod navigation;
mod notices;
mod on_demand;
mod orders;
mod pay;
mod payees;
mod person;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod plain;
mod review;
mod security;
mod settings;
mod shell;
mod signed_text;
mod statement;
mod status;
mod unlock;
mod welcome;

#[cfg(test)]
mod tests;

use crate::app::{Act, App, Phase};
use crate::browser;
use crate::route::Route;
use crate::settings::Settings;
use crate::texts::Language;
use leptos::prelude::*;
use navigation::Navigation;
use person::Person;

/// The whole page. Its contexts are the [`App`] and, if the page stores them, the signal of the [`Settings`].
pub fn whole_page() -> AnyView {
    let settings = use_context().unwrap_or_else(|| RwSignal::new(Settings::default()));
    provide_context(settings);
    provide_context(Navigation::new());
    provide_context(welcome::Activation::begin());
    let phase = App::here().phase;
    let phase = Memo::new(move |_| phase.get());
    let language = Memo::new(move |_| settings.read().language);
    Effect::new(move |_| show_settings(settings.get()));
    Effect::new(move |before: Option<Language>| {
        let language = language.get();
        if before.is_some_and(|before| before != language) {
            // The page was made anew, and the focus was on what is gone.
            browser::before_next_frame(|| browser::focus("h1"));
        }
        language
    });
    take_required_update(phase);
    let page = move || {
        provide_context(Person::new(language.get()));
        match phase.get() {
            Phase::Starting => frame::starting(),
            Phase::Welcome { emptied } => welcome::welcome(emptied),
            Phase::Locked { by_passkey } => unlock::unlock(by_passkey),
            Phase::Open => shell::shell(),
            Phase::Gone(why) => gone::gone(&why),
        }
    };
    page.into_any()
}

/// Takes a version that the bank requires as soon as the person is not in the middle of something.
fn take_required_update(phase: Memo<Phase>) {
    let app = App::here();
    let route = Navigation::here().route;
    Effect::new(move |_| {
        let is_free = match phase.get() {
            Phase::Open => !matches!(*route.read(), Route::Pay | Route::Payees | Route::Security),
            Phase::Locked { .. } | Phase::Gone(_) => true,
            Phase::Starting | Phase::Welcome { .. } => false,
        };
        if is_free && app.update_is_required.get() {
            asked::run(async move { drop(app.act(Act::TakeUpdate).await) });
        }
    });
}

fn show_settings(settings: Settings) {
    browser::set_root("lang", settings.language.tag());
    browser::set_root("data-theme", settings.theme.word());
    browser::set_root("data-text", settings.text_size.word());
    let amounts = if settings.amounts_hidden {
        "hidden"
    } else {
        "shown"
    };
    browser::set_root("data-amounts", amounts);
}
