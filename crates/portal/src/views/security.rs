//! What keeps the customer safe: who can act for them, within which limits, and how to stop all of it.

mod access;
mod apps;
mod brakes;
mod devices;
mod password;

use super::dialog::{Confirmed, confirm_button};
use super::form::Form;
use super::navigation::heading;
use super::on_demand::{OnDemand, command, failure_with_login};
use super::person::{Person, shown};
use crate::app::App;
use crate::link::{Ask, PersonAsk};
use crate::texts::fill;
use leptos::prelude::*;
use protocol::http::CallsAnswer;

pub(super) fn security() -> AnyView {
    let texts = &Person::here().texts.security;
    view! {
        {heading(texts.title)}
        <div class="sections">
            {section(texts.calling, Some(texts.calling_text), calls())}
            {section(texts.stop, Some(texts.stop_text), stop())}
            {section(texts.devices, None, devices::devices())}
            {section(texts.add_device, Some(texts.add_device_text), devices::adding())}
            {section(texts.passkeys, Some(texts.passkeys_text), access::passkeys())}
            {section(texts.password, Some(texts.password_text), password::password())}
            {section(texts.sessions, None, access::sessions())}
            {section(texts.limits, None, brakes::brakes())}
            {section(texts.consents, None, apps::consents())}
        </div>
    }
    .into_any()
}

fn section(title: &'static str, text: Option<&'static str>, content: AnyView) -> AnyView {
    view! {
        <section class="card" aria-label=title>
            <h2>{title}</h2>
            {text.map(|text| view! { <p>{text}</p> })}
            {content}
        </section>
    }
    .into_any()
}

fn calls() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.security;
    let answer = OnDemand::<CallsAnswer>::new(|| Ask::Person(PersonAsk::Calls));
    answer.view(texts.ask_calling, move |answer, asked| {
        let (class, text) = match &answer.call {
            Some(call) => {
                let since = person.moment(call.began);
                (
                    "check",
                    fill(texts.calling_yes, &[&shown(&call.desk), &since]),
                )
            }
            None => ("notice", texts.calling_no.to_owned()),
        };
        view! {
            <p class=class data-check="right" role="status">{text}</p>
            <button type="button" on:click=move |_| asked.load()>{texts.ask_calling}</button>
        }
        .into_any()
    })
}

fn stop() -> AnyView {
    let texts = &Person::here().texts.security;
    let app = App::here();
    let stop = move |state| command(app, state, PersonAsk::StopEverything, || {});
    confirm_button(
        Confirmed {
            button: texts.stop,
            title: texts.stop_title,
            text: texts.stop_text,
            yes: texts.stop_yes,
            is_grave: true,
        },
        stop,
    )
}

/// A button that does something at the bank at once.
fn command_button(
    text: &'static str,
    ask: impl Fn() -> PersonAsk + 'static,
    then: impl Fn() + Clone + 'static,
) -> AnyView {
    let app = App::here();
    let state = Form::new();
    let act = move |_| {
        let then = then.clone();
        command(app, state, ask(), then);
    };
    view! {
        <button type="button" on:click=act>{text}</button>
        {failure_with_login(state)}
    }
    .into_any()
}
