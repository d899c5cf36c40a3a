//! The last look at an order before it is signed, and what became of it.

use super::form::Form;
use super::navigation::{Navigation, heading, link, name_tab};
use super::on_demand::{ask_for, command, failure_with_login};
use super::orders::{order_state, order_view};
use super::person::{Person, shown};
use super::signed_text::signed_text;
use crate::app::App;
use crate::link::{Ask, PersonAsk};
use crate::model::{Connection, Draft, Objection, Order, Review};
use crate::route::Route;
use crate::texts::fill;
use leptos::prelude::*;

/// Exactly the text that is signed, what it costs, and what speaks against it. The passkey is asked for after the
/// person's tap on the button, and never before.
pub(super) fn review(
    review: &Review,
    change: Option<impl Fn() + 'static>,
    signed: impl Fn(Order) + Clone + 'static,
) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.pay;
    let state = Form::new();
    let intent = review.intent.clone();
    let sign = move |_| {
        let ask = Ask::Submit {
            intent: intent.clone(),
            language: person.order_language(),
        };
        ask_for(app, state, ask, signed.clone());
    };
    let is_offline = Memo::new(move |_| app.connection.read().0 == Connection::Offline);
    let text = move || {
        if is_offline.get() {
            texts.sign_offline
        } else {
            texts.sign
        }
    };
    let can_be_signed = review.can_be_signed;
    let button = can_be_signed.then(|| {
        let busy = state.busy;
        view! {
            <button type="button" class="primary" aria-disabled=move || busy.get().then_some("true") on:click=sign>
                {text}
            </button>
        }
    });
    let change = change.map(|change| {
        view! { <button type="button" on:click=move |_| change()>{texts.change}</button> }
    });
    let leave = link(Route::Home, "button", person.texts.common.cancel);
    let waiting = move || {
        let is_busy = state.busy.get();
        is_busy.then(
            || view! { <p class="hint" role="status">{person.texts.common.sign_with_passkey}</p> },
        )
    };
    let fee = review
        .fee
        .clone()
        .map(|fee| view! { <p class="fee">{fee}</p> });
    view! {
        {heading(texts.review_title)}
        <div class="narrow-column">
            <p class="hint" id="review-hint">{texts.review_hint}</p>
            {signed_text(&review.text)}
            {fee}
            {objections(&person, &review.objections)}
            {state.failure_view()}
            {passkey_help(state)}
            {waiting}
            <div class="buttons">{button}{change}{leave}</div>
        </div>
    }
    .into_any()
}

/// Where signing failed for want of a passkey: the way to have one.
fn passkey_help(signing: Form) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.approving;
    let state = Form::new();
    let is_added = RwSignal::new(false);
    let add = move |_| {
        let name = texts.name.to_owned();
        command(app, state, PersonAsk::AddPasskey(name), move || {
            signing.failure.try_set(None);
            is_added.try_set(true);
        });
    };
    let is_missing = Memo::new(move |_| {
        let failure = signing.failure.read();
        let word = failure.as_ref().map(|failure| failure.word.as_str());
        matches!(
            word,
            Some("passkey_refused" | "passkey_failed" | "order_approval_invalid")
        )
    });
    let help = move || {
        view! {
            <section class="notice calm">
                <h2>{texts.title}</h2>
                <p>{texts.text}</p>
                <button type="button" on:click=add>{texts.add}</button>
                {failure_with_login(state)}
            </section>
        }
    };
    let added = move || {
        let is_added = is_added.get();
        is_added.then(|| view! { <p class="check" data-check="right">{texts.added}</p> })
    };
    view! {
        {move || is_missing.get().then_some(help)}
        <div role="status">{added}</div>
    }
    .into_any()
}

fn objections(person: &Person, objections: &[Objection]) -> AnyView {
    let texts = &person.texts.pay;
    let language = person.language.of_orders();
    let shown = objections.iter().map(|objection| {
        let (class, title) = match objection.blocks {
            true => ("objection blocks", texts.blocked),
            false => ("objection", texts.note),
        };
        let loosens = objection
            .loosens
            .map(|time| fill(texts.loosens, &[&person.full_moment(time)]));
        let loosens = loosens.map(|loosens| view! { <p>{loosens}</p> });
        view! {
            <li class=class>
                <strong>{title}</strong>
                <p lang=language>{shown(&objection.message)}</p>
                {loosens}
            </li>
        }
    });
    let shown = shown.collect_view();
    (!objections.is_empty())
        .then(|| view! { <ul class="objections">{shown}</ul> })
        .into_any()
}

/// What became of an order that was just signed. It changes as the bank answers.
pub(super) fn result(order: &Order) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.pay;
    let navigation = Navigation::here();
    let current = order_state(order.clone());
    let title = move || {
        let order = current.read();
        match order.state.as_str() {
            "done" => texts.result_done,
            "refused" | "expired" | "cancelled" => texts.result_refused,
            "waiting_for_network" => texts.result_waiting,
            _ => texts.result_sent,
        }
    };
    let again = move |_| {
        navigation.order(Draft {
            kind: "transfer".to_owned(),
            ..Draft::default()
        })
    };
    let shown = move || order_view(&current.read());
    // In an effect of its own: whoever shows this view must not begin again when the order changes.
    Effect::new(move |_| name_tab(title()));
    view! {
        <h1 tabindex="-1">{title}</h1>
        <div class="narrow-column">
            <div class="card" role="status">{shown}</div>
            <div class="buttons">
                {link(Route::Home, "button primary", person.texts.common.to_home)}
                {link(Route::Orders, "button", texts.see_orders)}
                <button type="button" on:click=again>{texts.another}</button>
            </div>
        </div>
    }
    .into_any()
}
