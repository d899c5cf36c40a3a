//! The password with an authenticator app, which logs in where no passkey does.

use crate::app::App;
use crate::link::{Ask, PersonAsk};
use crate::texts::fill;
use crate::views::dialog::{Confirmed, confirm_button};
use crate::views::form::{CODE, Form, NEW_PASSWORD, form, submit_button, text_field};
use crate::views::on_demand::{OnDemand, ask_for, failure_with_login};
use crate::views::person::Person;
use crate::views::welcome::groups;
use leptos::prelude::*;
use protocol::http::{PasswordBegun, PasswordState, SetPassword};

pub(super) fn password() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.security;
    let answer = OnDemand::<PasswordState>::new(|| Ask::Person(PersonAsk::Password));
    answer.view(texts.show, move |state, asked| known(&person, state, asked))
}

fn known(person: &Person, state: &PasswordState, asked: OnDemand<PasswordState>) -> AnyView {
    let app = App::here();
    let texts = &person.texts.security;
    let failed = Form::new();
    let begun = RwSignal::new(None::<PasswordBegun>);
    let begin = move |_| {
        let ask = Ask::Person(PersonAsk::BeginPassword);
        ask_for(app, failed, ask, move |answer| {
            drop(begun.try_set(Some(answer)))
        });
    };
    let said = match state.set {
        Some(set) => fill(texts.password_set, &[&person.full_moment(set)]),
        None => texts.no_password.to_owned(),
    };
    let removal = state.set.map(|_| removal(person, asked));
    let form = move || begun.get().map(|begun| set_form(&begun, asked));
    view! {
        <p>{said}</p>
        <div class="buttons">
            <button type="button" on:click=begin>{texts.set_password}</button>
            {removal}
        </div>
        {failure_with_login(failed)}
        {form}
    }
    .into_any()
}

fn removal(person: &Person, asked: OnDemand<PasswordState>) -> AnyView {
    let app = App::here();
    let texts = &person.texts.security;
    let remove = move |state| {
        let ask = Ask::Person(PersonAsk::RemovePassword);
        ask_for(app, state, ask, move |now| asked.set(now));
    };
    let asked_first = Confirmed {
        button: person.texts.common.remove,
        title: texts.remove_password_title,
        text: texts.remove_password_text,
        yes: person.texts.common.remove,
        is_grave: true,
    };
    confirm_button(asked_first, remove)
}

/// The secret for the authenticator app, and the form that shows that the app has it.
fn set_form(begun: &PasswordBegun, asked: OnDemand<PasswordState>) -> AnyView {
    let app = App::here();
    let person = Person::here();
    let texts = &person.texts.security;
    let state = Form::new();
    let (password, code) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let hint = Some(texts.new_password_hint);
    let fields = view! {
        {text_field(state, "new-password", texts.new_password, hint, NEW_PASSWORD, password)}
        {text_field(state, "app-code", texts.app_code, None, CODE, code)}
    };
    let enrolment = begun.enrolment.clone();
    let set = move || {
        let missing = |name, value: RwSignal<String>| {
            let is_missing = value.read_untracked().trim().is_empty();
            is_missing.then(|| (name, person.texts.pay.field_missing.to_owned()))
        };
        let errors = [missing("new-password", password), missing("app-code", code)];
        if !state.is_right(errors.into_iter().flatten().collect()) {
            return;
        }
        let request = SetPassword {
            enrolment: enrolment.clone(),
            password: password.get_untracked(),
            code: code.read_untracked().replace(' ', ""),
        };
        let ask = Ask::Person(PersonAsk::SetPassword(request));
        ask_for(app, state, ask, move |now| asked.set(now));
    };
    let secret = groups(&begun.secret).join(" ");
    let uri = begun.uri.clone();
    view! {
        <p>{texts.password_secret}</p>
        <p class="code"><code>{secret}</code></p>
        <p><a href=uri>{texts.to_app}</a></p>
        {form(state, fields.into_any(), submit_button(state, texts.set_password), set)}
    }
    .into_any()
}
