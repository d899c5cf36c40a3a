//! The bank's limits, and the customer's own brakes below them.

use crate::app::App;
use crate::link::Ask;
use crate::texts::fill;
use crate::views::form::{DECIMAL, Form, choice_field, form, submit_button, text_field};
use crate::views::home::{account_name, known_accounts};
use crate::views::on_demand::{OnDemand, ask_for, failure_with_login};
use crate::views::person::{Person, apart, shown};
use leptos::prelude::*;
use order::Brake;
use protocol::http::{OrderLimits, OwnBrake, SetBrake};
use types::Money;

const HOUR_MS: u64 = 3_600_000;

pub(super) fn brakes() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.security;
    let answer = OnDemand::<OrderLimits>::new(|| Ask::Limits);
    answer.view(texts.show, move |limits, asked| {
        known(&person, limits, asked)
    })
}

fn known(person: &Person, limits: &OrderLimits, asked: OnDemand<OrderLimits>) -> AnyView {
    let texts = &person.texts.security;
    let hours = person.texts.plurals.hours.of(
        limits.cooling_off_ms.div_ceil(HOUR_MS),
        &person.texts.numbers,
    );
    let money = |money: Money| person.amount(money.into());
    let rows = limits
        .brakes
        .iter()
        .map(|brake| brake_row(person, brake, asked))
        .collect_view();
    let none = limits
        .brakes
        .is_empty()
        .then(|| view! { <p class="about">{texts.no_brakes}</p> });
    let has_freeze = limits
        .brakes
        .iter()
        .any(|brake| brake.brake == "new_payees");
    let freeze_payees =
        (!has_freeze).then(|| set_button(texts.freeze_payees, brake_on("new_payees"), asked));
    view! {
        <p>{fill(texts.day_limit, &[&money(limits.day), &money(limits.day_left)])}</p>
        <p class="hint">{fill(texts.limits_text, &[&hours])}</p>
        {none}
        <ul class="plain">{rows}</ul>
        {limit_form(limits, asked)}
        <div class="buttons">{freeze_payees}</div>
        {freeze_form(asked)}
    }
    .into_any()
}

fn brake_on(brake: impl Into<String>) -> SetBrake {
    SetBrake {
        brake: brake.into(),
        limit: None,
        ends: false,
    }
}

/// Sets a brake, and shows the limits as they are then.
fn set_brake(app: App, state: Form, brake: SetBrake, asked: OnDemand<OrderLimits>) {
    ask_for(app, state, Ask::SetBrake(brake), move |limits| {
        asked.set(limits);
    });
}

fn set_button(text: &'static str, brake: SetBrake, asked: OnDemand<OrderLimits>) -> AnyView {
    let app = App::here();
    let state = Form::new();
    let set = move |_| set_brake(app, state, brake.clone(), asked);
    view! {
        <button type="button" on:click=set>{text}</button>
        {failure_with_login(state)}
    }
    .into_any()
}

/// What a brake does, in words.
fn words(person: &Person, own: &OwnBrake) -> String {
    let texts = &person.texts.security;
    let limit = own
        .limit
        .map(|limit| person.amount(limit.into()))
        .unwrap_or_default();
    let kind = |kind: order::OrderKind| {
        let known = person.texts.order_kinds.of(kind.as_str());
        known.unwrap_or(kind.as_str())
    };
    match own.brake.parse() {
        Ok(Brake::Day) => fill(texts.brake_day, &[&limit]),
        Ok(Brake::KindOrder(of)) => fill(texts.brake_order, &[kind(of), &limit]),
        Ok(Brake::KindDay(of)) => fill(texts.brake_kind_day, &[kind(of), &limit]),
        Ok(Brake::NewPayees) => texts.brake_payees.to_owned(),
        Ok(Brake::Account(account)) => fill(texts.brake_account, &[&shown(account.as_str())]),
        Err(_) => shown(&own.brake),
    }
}

fn brake_row(person: &Person, own: &OwnBrake, asked: OnDemand<OrderLimits>) -> AnyView {
    let texts = &person.texts.security;
    let ends = own
        .loosens
        .map(|loosens| fill(texts.brake_ends, &[&person.full_moment(loosens)]));
    let end = SetBrake {
        ends: true,
        ..brake_on(own.brake.clone())
    };
    let button = own
        .loosens
        .is_none()
        .then(|| set_button(texts.end_brake, end, asked));
    view! {
        <li class="item">
            <div>
                <p class="name">{words(person, own)}</p>
                <p class="about">{ends}</p>
            </div>
            <div>{button}</div>
        </li>
    }
    .into_any()
}

fn limit_form(limits: &OrderLimits, asked: OnDemand<OrderLimits>) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = person.texts;
    let state = Form::new();
    let typed = RwSignal::new(String::new());
    let currency = limits.day.currency();
    let label = format!("{} ({currency})", texts.security.set_day_limit);
    let field = text_field(state, "day-limit", label, None, DECIMAL, typed);
    let set = move || {
        let limit = texts.numbers.typed(&typed.read_untracked(), currency);
        let mut errors = Vec::new();
        if limit.is_none() {
            errors.push(("day-limit", fill(texts.pay.amount_wrong, &["5000"])));
        }
        if state.is_right(errors) {
            let brake = SetBrake {
                limit: limit.map(Money::from),
                ..brake_on("day")
            };
            set_brake(app, state, brake, asked);
        }
    };
    form(
        state,
        field,
        submit_button(state, texts.security.set_limit),
        set,
    )
}

fn freeze_form(asked: OnDemand<OrderLimits>) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = person.texts;
    let state = Form::new();
    let chosen = RwSignal::new(String::new());
    let accounts = move || {
        let accounts = known_accounts(app).into_iter();
        let accounts = accounts.map(|account| {
            let name = apart(&account_name(&person, &account));
            (
                account.account.to_string(),
                format!("{name} · {}", shown(account.account.as_str())),
            )
        });
        let none = (String::new(), texts.pay.choose.to_owned());
        vec![(
            String::new(),
            std::iter::once(none).chain(accounts).collect(),
        )]
    };
    let field = choice_field(
        state,
        "freeze",
        texts.security.freeze_account,
        accounts,
        chosen,
    );
    let freeze = move || {
        let account = chosen.get_untracked();
        let mut errors = Vec::new();
        if account.is_empty() {
            errors.push(("freeze", texts.pay.field_missing.to_owned()));
        }
        if state.is_right(errors) {
            let brake = brake_on(format!("account:{account}"));
            set_brake(app, state, brake, asked);
        }
    };
    form(
        state,
        field,
        submit_button(state, texts.security.freeze),
        freeze,
    )
}
