//! Whom the person pays often, and what the bank pays by itself.

use super::amount::{As, amount};
use super::asked::asked;
use super::creditor::{CreditorFields, schemes};
use super::failed::failed;
use super::form::{Form, TEXT, choice_field, form, optional, submit_button, text_field};
use super::frame::loading;
use super::navigation::{Navigation, heading, order_button};
use super::person::{Person, shown};
use super::signed_text::signed_text;
use crate::app::App;
use crate::link::Ask;
use crate::model::{Draft, Payee, StandingOrder};
use leptos::prelude::*;

pub(super) fn payees() -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.payees;
    let changed = app.orders_changed;
    let payees = asked::<Vec<Payee>>(move || {
        changed.track();
        Ask::Payees
    });
    let language = person.order_language();
    let standing = asked::<Vec<StandingOrder>>(move || {
        changed.track();
        Ask::StandingOrders {
            language: language.clone(),
        }
    });
    let payee_list = move || match payees.get() {
        None => loading(),
        Some(Err(failure)) => failed(&failure),
        Some(Ok(payees)) if payees.is_empty() => {
            view! { <p class="empty">{texts.no_payees}</p> }.into_any()
        }
        Some(Ok(payees)) => list_of(
            payees
                .iter()
                .map(|payee| payee_row(&person, payee))
                .collect_view()
                .into_any(),
        ),
    };
    let standing_list = move || match standing.get() {
        None => loading(),
        Some(Err(failure)) => failed(&failure),
        Some(Ok(orders)) if orders.is_empty() => {
            view! { <p class="empty">{texts.no_standing}</p> }.into_any()
        }
        Some(Ok(orders)) => list_of(
            orders
                .iter()
                .map(|order| standing_row(&person, order))
                .collect_view()
                .into_any(),
        ),
    };
    view! {
        {heading(texts.title)}
        <div class="columns">
            <section aria-labelledby="payees">
                <h2 id="payees">{texts.payees}</h2>
                {payee_list}
                <details class="aside">
                    <summary>{texts.add}</summary>
                    {add_form()}
                </details>
            </section>
            <section aria-labelledby="standing">
                <h2 id="standing">{texts.standing}</h2>
                {standing_list}
            </section>
        </div>
    }
    .into_any()
}

fn list_of(rows: AnyView) -> AnyView {
    view! { <ul class="cards">{rows}</ul> }.into_any()
}

fn payee_row(person: &Person, payee: &Payee) -> AnyView {
    let texts = &person.texts.payees;
    let remove = Draft {
        kind: "payee.remove".to_owned(),
        target: Some(payee.id.clone()),
        ..Draft::default()
    };
    let name = shown(&payee.name);
    let identification = payee
        .draft
        .identification
        .as_deref()
        .filter(|number| *number != payee.name);
    view! {
        <li class="card">
            <p class="name"><bdi>{name}</bdi></p>
            <p class="about"><bdi>{identification.map(shown)}</bdi></p>
            <div class="buttons">
                {order_button(payee.draft.clone(), "", texts.pay)}
                {order_button(remove, "", person.texts.common.remove)}
            </div>
        </li>
    }
    .into_any()
}

fn standing_row(person: &Person, order: &StandingOrder) -> AnyView {
    let end = Draft {
        kind: "standing.end".to_owned(),
        target: Some(order.id.clone()),
        ..Draft::default()
    };
    view! {
        <li class="card">
            <div class="line">
                <span class="what"><span class="name"><bdi>{order.creditor.as_deref().map(shown)}</bdi></span></span>
                <span class="money">{order.amount.map(|value| amount(value, As::Balance))}</span>
            </div>
            {signed_text(&order.text)}
            <div class="buttons">{order_button(end, "", person.texts.payees.end)}</div>
        </li>
    }
    .into_any()
}

/// A new payee, which is an order to review and sign.
fn add_form() -> AnyView {
    let person = Person::here();
    let navigation = Navigation::here();
    let texts = person.texts;
    let state = Form::new();
    let scheme = RwSignal::new("account".to_owned());
    let own_name = RwSignal::new(String::new());
    let creditor = CreditorFields::new();
    let ways = move || vec![(String::new(), schemes(&person))];
    let chosen = Memo::new(move |_| scheme.get());
    let fields = view! {
        {choice_field(state, "how", texts.payees.how, ways, scheme)}
        {move || creditor.view(state, &chosen.read())}
        {text_field(state, "own-name", optional(&person, texts.payees.own_name), None, TEXT, own_name)}
    };
    let add = move || {
        let mut draft = Draft {
            kind: "payee.add".to_owned(),
            ..Draft::default()
        };
        let errors = creditor.save(&person, &scheme.read_untracked(), &mut draft);
        let typed = own_name.read_untracked().trim().to_owned();
        draft.own_name = (!typed.is_empty()).then_some(typed);
        if state.is_right(errors) {
            navigation.order(draft);
        }
    };
    form(
        state,
        fields.into_any(),
        submit_button(state, texts.pay.review),
        add,
    )
}
