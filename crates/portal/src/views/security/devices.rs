//! The customer's devices, and how a new one comes in.

use super::command_button;
use crate::app::App;
use crate::link::{Ask, PersonAsk};
use crate::texts::fill;
use crate::views::dialog::{Confirmed, confirm_button};
use crate::views::form::{DIGITS, Form, form, submit_button, text_field};
use crate::views::on_demand::{OnDemand, ask_for, command, failure_with_login};
use crate::views::person::{Person, shown};
use crate::views::welcome::groups;
use leptos::prelude::*;
use protocol::http::{IssuedCode, OwnDevice, WaitingDevice};

pub(super) fn devices() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.security;
    let answer = OnDemand::<Vec<OwnDevice>>::new(|| Ask::Person(PersonAsk::Devices));
    answer.view(texts.show, move |devices, asked| {
        let rows = devices
            .iter()
            .map(|device| device_row(&person, device, asked))
            .collect_view();
        view! { <ul class="plain">{rows}</ul> }.into_any()
    })
}

fn form_name(person: &Person, form: &str) -> String {
    let texts = &person.texts.security;
    match form {
        "app" => texts.form_app.to_owned(),
        "browser" => texts.form_browser.to_owned(),
        other => shown(other),
    }
}

fn device_row(person: &Person, device: &OwnDevice, asked: OnDemand<Vec<OwnDevice>>) -> AnyView {
    let app = App::here();
    let texts = &person.texts.security;
    let id = device.device;
    let is_this = device
        .current
        .then(|| view! { " (" {texts.this_device} ")" });
    let remove = move |state| {
        command(app, state, PersonAsk::RemoveDevice(id), move || {
            asked.load()
        })
    };
    let asked_first = Confirmed {
        button: texts.remove_device,
        title: texts.remove_device_title,
        text: texts.remove_device_text,
        yes: texts.remove_device,
        is_grave: true,
    };
    view! {
        <li class="item">
            <div>
                <p class="name">{form_name(person, &device.form)}{is_this}</p>
                <p class="about">{fill(texts.since, &[&person.full_moment(device.enrolled)])}</p>
                <p class="about">{id.to_string()}</p>
            </div>
            {confirm_button(asked_first, remove)}
        </li>
    }
    .into_any()
}

/// A code for a new device, and the devices that gave one.
pub(super) fn adding() -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.security;
    let state = Form::new();
    let code = RwSignal::new(None::<IssuedCode>);
    let make = move |_| {
        ask_for(app, state, Ask::Person(PersonAsk::MakeCode), move |made| {
            drop(code.try_set(Some(made)))
        });
    };
    let shown = move || code.get().map(|code| code_view(&person, &code));
    let waiting = OnDemand::<Vec<WaitingDevice>>::new(|| Ask::Person(PersonAsk::WaitingDevices));
    let waiting = waiting.view(texts.look_waiting, move |devices, asked| {
        let rows = devices
            .iter()
            .map(|device| waiting_row(&person, device, asked))
            .collect_view();
        let none = devices
            .is_empty()
            .then(|| view! { <p class="empty">{texts.none_waiting}</p> });
        view! {
            {none}
            <ul class="plain">{rows}</ul>
            <button type="button" on:click=move |_| asked.load()>{texts.look_waiting}</button>
        }
        .into_any()
    });
    view! {
        <div class="buttons"><button type="button" on:click=make>{texts.make_code}</button></div>
        {failure_with_login(state)}
        {shown}
        <h3>{texts.waiting}</h3>
        {waiting}
    }
    .into_any()
}

fn code_view(person: &Person, code: &IssuedCode) -> AnyView {
    let texts = &person.texts.security;
    let groups = groups(&format!("{}{}", code.code, code.root)).into_iter();
    let groups = groups.map(|group| view! { <li>{group}</li> });
    let customer = code.customer.to_string();
    view! {
        <ol class="groups">{groups.collect_view()}</ol>
        <p class="about">{fill(texts.code_for, &[&customer, &person.moment(code.expires)])}</p>
    }
    .into_any()
}

fn waiting_row(
    person: &Person,
    device: &WaitingDevice,
    asked: OnDemand<Vec<WaitingDevice>>,
) -> AnyView {
    let app = App::here();
    let texts = person.texts;
    let state = Form::new();
    let number = RwSignal::new(String::new());
    let id = device.device;
    let field = text_field(
        state,
        "comparison",
        texts.security.number,
        None,
        DIGITS,
        number,
    );
    let buttons = view! {
        {submit_button(state, texts.security.let_in)}
        {command_button(texts.security.refuse, move || PersonAsk::AnswerWaiting(id, None), move || asked.load())}
    };
    let let_in = move || {
        let typed: String = number
            .read_untracked()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let mut errors = Vec::new();
        if typed.len() != 6 {
            errors.push(("comparison", texts.security.number_wrong.to_owned()));
        }
        if state.is_right(errors) {
            command(
                app,
                state,
                PersonAsk::AnswerWaiting(id, Some(typed)),
                move || asked.load(),
            );
        }
    };
    view! {
        <li class="item">
            <div>
                <p class="name">{form_name(person, &device.form)}</p>
                <p class="about">{fill(texts.security.since, &[&person.moment(device.asked)])}</p>
                {form(state, field, buttons.into_any(), let_in)}
            </div>
        </li>
    }
    .into_any()
}
