//! Answers of the core in views.

use crate::app::App;
use crate::browser;
use crate::link::Ask;
use crate::model::Failure;
use futures_util::FutureExt as _;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::future::Future;

/// An answer that may not have arrived.
pub(super) type Answer<T> = RwSignal<Option<Result<T, Failure>>>;

/// Asks the core, and again whenever a signal changes that the question reads. The former answer stays until the next
/// one is there. On the server the answer must be there at once.
pub(super) fn asked<T>(question: impl Fn() -> Ask + 'static) -> Answer<T>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let app = App::here();
    let answer = RwSignal::new(None);
    if cfg!(target_family = "wasm") {
        let newest = StoredValue::new(0_u32);
        Effect::new(move |_| {
            let asking = app.ask(question());
            newest.update_value(|newest| *newest = newest.wrapping_add(1));
            let number = newest.get_value();
            run(async move {
                let found = asking.await;
                if newest.try_get_value() == Some(number) {
                    answer.try_set(Some(found));
                }
            });
        });
    } else {
        answer.set(app.ask(untrack(question)).now_or_never());
    }
    answer
}

/// Runs what an event began. On the server there are no events.
pub(super) fn run(future: impl Future<Output = ()> + 'static) {
    if cfg!(target_family = "wasm") {
        browser::spawn(future);
    }
}
