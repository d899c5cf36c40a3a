//! With what the customer logs in, and where they are logged in.

use super::command_button;
use crate::app::App;
use crate::link::{Ask, PersonAsk};
use crate::texts::fill;
use crate::views::dialog::{Confirmed, confirm_button};
use crate::views::form::{Form, TEXT, form, submit_button, text_field};
use crate::views::on_demand::{OnDemand, ask_for, command};
use crate::views::person::{Person, shown};
use leptos::prelude::*;
use protocol::http::{PasskeyRow, SessionsAnswer};
use types::{SessionId, Time};

pub(super) fn passkeys() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.security;
    let answer = OnDemand::<Vec<PasskeyRow>>::new(|| Ask::Person(PersonAsk::Passkeys));
    let list = answer.view(texts.show, move |passkeys, asked| {
        let rows = passkeys
            .iter()
            .map(|passkey| passkey_row(&person, passkey, asked))
            .collect_view();
        view! { <ul class="plain">{rows}</ul> }.into_any()
    });
    view! { {list} {add_form(answer)} }.into_any()
}

fn passkey_row(person: &Person, passkey: &PasskeyRow, asked: OnDemand<Vec<PasskeyRow>>) -> AnyView {
    let app = App::here();
    let texts = &person.texts.security;
    let id = passkey.passkey;
    let used = passkey
        .used
        .map(|used| fill(texts.used, &[&person.full_moment(used)]));
    let used = used.unwrap_or_else(|| texts.never_used.to_owned());
    let remove = move |state| {
        command(app, state, PersonAsk::RemovePasskey(id), move || {
            asked.load()
        })
    };
    let asked_first = Confirmed {
        button: person.texts.common.remove,
        title: texts.remove_passkey_title,
        text: texts.remove_passkey_text,
        yes: person.texts.common.remove,
        is_grave: true,
    };
    view! {
        <li class="item">
            <div>
                <p class="name"><bdi>{shown(&passkey.name)}</bdi></p>
                <p class="about">{used}</p>
            </div>
            {confirm_button(asked_first, remove)}
        </li>
    }
    .into_any()
}

fn add_form(passkeys: OnDemand<Vec<PasskeyRow>>) -> AnyView {
    let texts = Person::here().texts;
    let app = App::here();
    let state = Form::new();
    let name = RwSignal::new(String::new());
    let field = text_field(
        state,
        "passkey-name",
        texts.security.passkey_name,
        None,
        TEXT,
        name,
    );
    let add = move || {
        let typed = name.read_untracked().trim().to_owned();
        let mut errors = Vec::new();
        if typed.is_empty() {
            errors.push(("passkey-name", texts.pay.field_missing.to_owned()));
        }
        if state.is_right(errors) {
            let added = move |_: PasskeyRow| {
                name.set(String::new());
                passkeys.load();
            };
            ask_for(app, state, Ask::Person(PersonAsk::AddPasskey(typed)), added);
        }
    };
    form(
        state,
        field,
        submit_button(state, texts.security.add_passkey),
        add,
    )
}

pub(super) fn sessions() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.security;
    let answer = OnDemand::<SessionsAnswer>::new(|| Ask::Person(PersonAsk::Sessions));
    answer.view(texts.show, move |answer, asked| {
        let on_devices = answer.sessions.iter().map(|session| {
            let is_this = session
                .current
                .then(|| view! { " (" {texts.this_device} ")" });
            let whose = view! { {session.device.to_string()} {is_this} };
            let (id, place) = (session.session, session.place.as_deref());
            session_row((id, session.began, place), whose.into_any(), asked)
        });
        let plain = answer.plain.iter().map(|session| {
            let (id, place) = (session.session, session.place.as_deref());
            let whose = texts.plain_session.into_any();
            session_row((id, session.began, place), whose, asked)
        });
        let rows = on_devices.chain(plain).collect_view();
        view! { <ul class="plain">{rows}</ul> }.into_any()
    })
}

fn session_row(
    (id, began, place): (SessionId, Time, Option<&str>),
    whose: AnyView,
    asked: OnDemand<SessionsAnswer>,
) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.security;
    let end = move || PersonAsk::EndSession(id);
    view! {
        <li class="item">
            <div>
                <p class="name">{fill(texts.since, &[&person.full_moment(began)])}</p>
                <p class="about"><bdi>{place.map(shown)}</bdi></p>
                <p class="about">{whose}</p>
            </div>
            <div>{command_button(texts.end_session, end, move || asked.load())}</div>
        </li>
    }
    .into_any()
}
