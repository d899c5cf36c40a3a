//! The orders of this device, and what the bank will execute later.

use super::amount::{As, amount};
use super::asked::{asked, run};
use super::failed::failed;
use super::form::Form;
use super::frame::loading;
use super::navigation::{heading, link, order_button};
use super::person::{Person, shown};
use super::signed_text::signed_text;
use crate::app::App;
use crate::link::Ask;
use crate::model::{Draft, Failure, Order, PendingOrder};
use crate::route::Route;
use crate::texts::fill;
use leptos::prelude::*;

/// `prepared` is what other apps prepared, which comes first.
pub(super) fn orders(prepared: AnyView) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.orders;
    let changed = app.orders_changed;
    let language = person.order_language();
    let answer = asked::<Vec<Order>>(move || {
        changed.track();
        Ask::Orders {
            language: language.clone(),
        }
    });
    let language = person.order_language();
    let later = asked::<Vec<PendingOrder>>(move || {
        changed.track();
        Ask::PendingOrders {
            language: language.clone(),
        }
    });
    let shown = move || match answer.get() {
        None => loading(),
        Some(Err(failure)) => failed(&failure),
        Some(Ok(orders)) if orders.is_empty() => {
            view! { <p class="empty">{texts.empty}</p> }.into_any()
        }
        Some(Ok(orders)) => lists(&person, orders),
    };
    let later = move || match later.get() {
        Some(Ok(pending)) if !pending.is_empty() => Some(later_list(&person, &pending)),
        _ => None,
    };
    view! { {heading(texts.title)} {prepared} {shown} {later} }.into_any()
}

fn lists(person: &Person, orders: Vec<Order>) -> AnyView {
    let texts = &person.texts.orders;
    let (finished, under_way): (Vec<Order>, Vec<Order>) =
        orders.into_iter().partition(|order| order.is_final);
    let list = |title: &'static str, orders: Vec<Order>| {
        let items = orders
            .iter()
            .map(|order| view! { <li class="card">{order_view(order)}</li> });
        let items = items.collect_view();
        (!orders.is_empty()).then(|| view! { <h2>{title}</h2> <ul class="cards">{items}</ul> })
    };
    let waits = under_way
        .iter()
        .any(|order| order.state == "waiting_for_network");
    view! {
        {waits.then(send_button)}
        {list(texts.under_way, under_way)}
        {list(texts.finished, finished)}
    }
    .into_any()
}

fn send_button() -> AnyView {
    let person = Person::here();
    let app = App::here();
    let state = Form::new();
    let send = move |_| {
        if state.begin() {
            run(async move { state.end(app.ask::<()>(Ask::SendOrders).await.err()) });
        }
    };
    view! {
        {state.failure_view()}
        <div class="buttons"><button type="button" on:click=send>{person.texts.orders.send_now}</button></div>
    }
    .into_any()
}

fn later_list(person: &Person, pending: &[PendingOrder]) -> AnyView {
    let texts = &person.texts.orders;
    let items = pending.iter().map(|order| {
        let date = order.date.map(|date| person.texts.dates.long(date));
        let draft = Draft {
            kind: "cancel".to_owned(),
            target: Some(order.id.clone()),
            ..Draft::default()
        };
        view! {
            <li class="card">
                <p class="name">{date}</p>
                {order.text.as_deref().map(signed_text)}
                <div class="buttons">{order_button(draft, "", texts.cancel)}</div>
            </li>
        }
    });
    let items = items.collect_view();
    view! { <h2>{texts.elsewhere}</h2> <ul class="cards">{items}</ul> }.into_any()
}

/// An order that follows what becomes of it while it is shown.
pub(super) fn order_state(order: Order) -> RwSignal<Order> {
    let app = App::here();
    let language = Person::here().order_language();
    let intent = order.intent.clone();
    let current = RwSignal::new(order);
    let changed = app.orders_changed;
    Effect::new(move |_| {
        // Once at the beginning, too: it may have changed before it was shown.
        changed.track();
        let (intent, language) = (intent.clone(), language.clone());
        run(async move {
            let orders: Result<Vec<Order>, Failure> = app.ask(Ask::Orders { language }).await;
            let found = orders
                .ok()
                .and_then(|orders| orders.into_iter().find(|order| order.intent == intent));
            if let Some(found) = found {
                current.try_set(found);
            }
        });
    });
    current
}

/// Who gets the money, or what the order is.
fn name(person: &Person, order: &Order) -> String {
    let kind = person.texts.order_kinds.of(&order.kind);
    let kind = || kind.map_or_else(|| shown(&order.kind), str::to_owned);
    order.creditor.as_deref().map_or_else(kind, shown)
}

/// The state in a few words of the person's language.
fn state_words(person: &Person, order: &Order) -> String {
    let known = person.texts.states.of(&order.state);
    known.map_or_else(|| shown(&order.message), str::to_owned)
}

/// An order as a line of the home page.
pub(super) fn order_line(order: &Order) -> AnyView {
    let person = Person::here();
    let inner = view! {
        <span class="what">
            <span class="name"><bdi>{name(&person, order)}</bdi></span>
            <span class="about" data-state=order.state.clone()>{state_words(&person, order)}</span>
        </span>
        <span class="money">{order.amount.map(|value| amount(value, As::Balance))}</span>
    };
    view! { <li class="row">{link(Route::Orders, "line", inner)}</li> }.into_any()
}

/// Everything about an order, and what can be done with it.
pub(super) fn order_view(order: &Order) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.orders;
    let kind = person.texts.order_kinds.of(&order.kind);
    let until = order
        .approve_until
        .map(|until| fill(texts.approve_until, &[&person.moment(until)]));
    let reference = order.bank_reference.as_deref().map(|reference| {
        view! { <p class="about">{texts.bank_reference} " " <bdi>{shown(reference)}</bdi></p> }
    });
    let waits = order.state == "waiting_for_network";
    let sent_until = waits.then(|| fill(texts.sent_until, &[&person.full_moment(order.not_after)]));
    view! {
        <div class="order" data-state=order.state.clone()>
            <div class="line">
                <span class="what">
                    <span class="name"><bdi>{name(&person, order)}</bdi></span>
                    <span class="about">{kind}</span>
                </span>
                <span class="money">{order.amount.map(|value| amount(value, As::Balance))}</span>
            </div>
            <p class="state" data-state=order.state.clone()>{state_words(&person, order)}</p>
            {explanation(&person, order)}
            {until.map(|until| view! { <p>{until}</p> })}
            {sent_until.map(|until| view! { <p class="about">{until}</p> })}
            {order.fee.clone().map(|fee| view! { <p class="about">{fee}</p> })}
            {reference}
            <p class="about">{fill(texts.ordered, &[&person.full_moment(order.created)])}</p>
            <details>
                <summary>{texts.signed_text}</summary>
                {signed_text(&order.text)}
            </details>
            {actions(order)}
        </div>
    }
    .into_any()
}

/// The bank's explanation, where the state's words alone do not say what to do.
fn explanation(person: &Person, order: &Order) -> Option<AnyView> {
    let says_more = matches!(
        order.state.as_str(),
        "approval_needed" | "refused" | "expired" | "scheduled"
    );
    let language = person.language.of_orders();
    // The state says already that it was refused.
    let message = match order.message.split_once(": ") {
        Some((_, why)) if order.state == "refused" => why,
        _ => &order.message,
    };
    says_more.then(|| view! { <p lang=language>{capitalised(&shown(message))}</p> }.into_any())
}

/// The client's messages continue a line; here they stand alone.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

fn actions(order: &Order) -> AnyView {
    let texts = &Person::here().texts.orders;
    let cancel = Draft {
        kind: "cancel".to_owned(),
        target: Some(order.intent.clone()),
        ..Draft::default()
    };
    let pays = matches!(order.kind.as_str(), "transfer" | "bill" | "standing");
    let can_be_cancelled = pays && !order.is_final;
    let cancel = can_be_cancelled.then(|| order_button(cancel, "", texts.cancel));
    let again =
        (pays && order.is_final).then(|| order_button(order.again.clone(), "", texts.repeat));
    let approve = (order.state == "approval_needed").then(|| approve_button(order));
    view! { <div class="buttons">{approve}{again}{cancel}</div> }.into_any()
}

fn approve_button(order: &Order) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.orders;
    let state = Form::new();
    let (intent, needs_login) = (order.intent.clone(), order.needs_login);
    let approve = move |_| {
        if !state.begin() {
            return;
        }
        let (intent, language) = (intent.clone(), person.order_language());
        run(async move {
            let outcome = approved(app, needs_login, Ask::Approve { intent, language }).await;
            let has_worked = outcome.is_ok();
            state.end(outcome.err());
            // A change makes the order's view anew, without its failure.
            if has_worked {
                app.orders_changed
                    .update(|changed| *changed = changed.wrapping_add(1));
            }
        });
    };
    let text = if needs_login {
        texts.log_in_and_approve
    } else {
        texts.approve
    };
    view! {
        {state.failure_view()}
        <button type="button" class="primary" on:click=approve>{text}</button>
    }
    .into_any()
}

async fn approved(app: App, needs_login: bool, approve: Ask) -> Result<Order, Failure> {
    if needs_login {
        app.ask::<()>(Ask::LogIn).await?;
    }
    app.ask(approve).await
}
