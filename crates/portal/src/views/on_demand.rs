//! What the bank knows beside the passbook: asked for when the person wants to see it, often after a login.

use super::asked::run;
use super::failed::{failed, sentence};
use super::form::Form;
use super::notices::log_in_button;
use super::person::Person;
use crate::app::App;
use crate::browser;
use crate::link::{Ask, PersonAsk};
use crate::model::Failure;
use futures_util::FutureExt as _;
use leptos::html::Div;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

/// An answer that is asked for by a button, and again after a change.
pub(super) struct OnDemand<T: Send + Sync + 'static> {
    answer: RwSignal<Option<Result<T, Failure>>>,
    ask: fn() -> Ask,
    app: App,
}

impl<T: Send + Sync + 'static> Clone for OnDemand<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for OnDemand<T> {}

impl<T: DeserializeOwned + Clone + Send + Sync + 'static> OnDemand<T> {
    /// Nothing is asked yet. On the server, where nobody presses a button, the answer must be there at once.
    pub(super) fn new(ask: fn() -> Ask) -> Self {
        let app = App::here();
        let at_once = if cfg!(target_family = "wasm") {
            None
        } else {
            app.ask(ask()).now_or_never()
        };
        Self {
            answer: RwSignal::new(at_once),
            ask,
            app,
        }
    }

    /// Asks.
    pub(super) fn load(self) {
        run(async move {
            let found = self.app.ask::<T>((self.ask)()).await;
            self.answer.try_set(Some(found));
        });
    }

    /// Shows an answer that came another way.
    pub(super) fn set(self, answer: T) {
        self.answer.try_set(Some(Ok(answer)));
    }

    /// The button, then the answer.
    pub(super) fn view(
        self,
        button: &'static str,
        known: impl Fn(&T, Self) -> AnyView + Send + 'static,
    ) -> AnyView {
        let person = Person::here();
        let place = NodeRef::<Div>::new();
        // What was pressed goes with the answer.
        Effect::new(move |before: Option<()>| {
            self.answer.track();
            if let (Some(()), Some(place)) = (before, place.get_untracked()) {
                browser::take_lost_focus(place.into());
            }
        });
        let shown = move || match self.answer.get() {
            None => ask_button(button, move || self.load()),
            Some(Ok(answer)) => known(&answer, self),
            Some(Err(failure)) if needs_login(&failure) => login(&person, move || self.load()),
            Some(Err(failure)) => view! {
                {failed(&failure)}
                {ask_button(person.texts.common.retry, move || self.load())}
            }
            .into_any(),
        };
        view! { <div class="answer" tabindex="-1" node_ref=place>{shown}</div> }.into_any()
    }
}

fn ask_button(text: &'static str, ask: impl Fn() + 'static) -> AnyView {
    view! { <button type="button" on:click=move |_| ask()>{text}</button> }.into_any()
}

fn needs_login(failure: &Failure) -> bool {
    matches!(
        failure.word.as_str(),
        "not_logged_in" | "login_required" | "session_ended" | "access_token_expired"
    )
}

fn login(person: &Person, then: impl Fn() + Clone + 'static) -> AnyView {
    view! {
        <p>{person.texts.common.log_in_first}</p>
        {log_in_button(then)}
    }
    .into_any()
}

/// Does something at the bank for a form, and goes on if that worked.
pub(super) fn command(app: App, state: Form, ask: PersonAsk, then: impl FnOnce() + 'static) {
    ask_for(app, state, Ask::Person(ask), |_: serde_json::Value| then());
}

/// Asks the core for what a form needs, and goes on with the answer. The form shows why it failed.
pub(super) fn ask_for<T: DeserializeOwned + 'static>(
    app: App,
    state: Form,
    ask: Ask,
    then: impl FnOnce(T) + 'static,
) {
    if !state.begin() {
        return;
    }
    run(async move {
        match app.ask::<T>(ask).await {
            Ok(answer) => {
                state.end(None);
                then(answer);
            }
            Err(failure) => state.end(Some(failure)),
        }
    });
}

/// What a form's failure says, with the login if that is what is missing.
pub(super) fn failure_with_login(state: Form) -> AnyView {
    let person = Person::here();
    let failure = state.failure;
    (move || {
        failure.get().map(|failure| match needs_login(&failure) {
            true => view! {
                <p class="failure" role="alert">{sentence(&person, &failure)}</p>
                {log_in_button(move || { failure_cleared(state) })}
            }
            .into_any(),
            false => failed(&failure),
        })
    })
    .into_any()
}

fn failure_cleared(state: Form) {
    state.failure.try_set(None);
}
