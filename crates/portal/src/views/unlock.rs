//! The passbook is locked.

use super::asked::run;
use super::dialog::{Confirmed, confirm_button};
use super::form::{Form, PASSWORD, form, submit_button, text_field};
use super::frame::outside;
use super::navigation::heading;
use super::person::Person;
use crate::app::{Act, App, Key};
use leptos::prelude::*;
use zeroize::Zeroizing;

pub(super) fn unlock(by_passkey: bool) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.unlock;
    let way = if by_passkey {
        with_passkey()
    } else {
        with_password()
    };
    let content = view! {
        {heading(texts.title)}
        {way}
        <details class="aside">
            <summary>{texts.forgotten}</summary>
            <p>{texts.forgotten_hint}</p>
            <div class="buttons">{forget()}</div>
        </details>
    };
    outside(content.into_any())
}

fn with_passkey() -> AnyView {
    let texts = &Person::here().texts.unlock;
    let app = App::here();
    let state = Form::new();
    let unlock = move || {
        if state.begin() {
            run(async move { state.end(app.act(Act::Unlock(Key::Passkey)).await.err()) });
        }
    };
    form(
        state,
        ().into_any(),
        submit_button(state, texts.passkey),
        unlock,
    )
}

fn with_password() -> AnyView {
    let texts = Person::here().texts;
    let app = App::here();
    let state = Form::new();
    let password = RwSignal::new(String::new());
    let field = text_field(
        state,
        "password",
        texts.welcome.password,
        None,
        PASSWORD,
        password,
    );
    let unlock = move || {
        let typed = Zeroizing::new(password.get_untracked());
        if state.begin() {
            password.set(String::new());
            run(async move { state.end(app.act(Act::Unlock(Key::Password(typed))).await.err()) });
        }
    };
    form(
        state,
        field,
        submit_button(state, texts.unlock.submit),
        unlock,
    )
}

/// Removes everything that is stored here, after the person confirmed it.
pub(super) fn forget() -> AnyView {
    let texts = &Person::here().texts.settings;
    let app = App::here();
    let forget = move |state: Form| {
        if state.begin() {
            run(async move { state.end(app.act(Act::Forget).await.err()) });
        }
    };
    confirm_button(
        Confirmed {
            button: texts.forget,
            title: texts.forget_title,
            text: texts.forget_text,
            yes: texts.forget_yes,
            is_grave: true,
        },
        forget,
    )
}
