//! Payments that other apps of the bank prepared, and that wait for the customer.

use super::amount::{As, amount};
use super::asked::asked;
use super::form::{Form, choice_field};
use super::navigation::Navigation;
use super::on_demand::{command, failure_with_login};
use super::pay::{debit_accounts, first_that_pays};
use super::person::{Person, shown};
use crate::app::App;
use crate::link::{Ask, PersonAsk};
use crate::model::{Draft, Initiation};
use crate::texts::fill;
use leptos::prelude::*;
use protocol::EntryKind;

/// The payments that wait. Nothing if there are none, or the bank cannot be asked.
pub(super) fn initiations() -> AnyView {
    let app = App::here();
    let answered = RwSignal::new(0_u32);
    // The bank is asked when another one has come, and not for each entry.
    let newest = Memo::new(move |_| {
        let home = app.home.read();
        let mut entries = home.iter().flat_map(|home| &home.newest);
        let prepared = entries.find(|entry| entry.kind == EntryKind::PaymentInitiated.as_str());
        prepared.map(|entry| entry.id.clone())
    });
    let waiting = asked::<Vec<Initiation>>(move || {
        app.orders_changed.track();
        // A memo that nobody has read follows nothing.
        newest.with(|_| ());
        answered.track();
        Ask::Initiations
    });
    let texts = &Person::here().texts.orders;
    (move || match waiting.get() {
        Some(Ok(waiting)) if !waiting.is_empty() => {
            let cards = waiting.iter().map(|one| card(one, answered));
            let cards = cards.collect_view();
            Some(view! { <h2>{texts.prepared}</h2> <ul class="cards">{cards}</ul> })
        }
        _ => None,
    })
    .into_any()
}

fn card(waiting: &Initiation, answered: RwSignal<u32>) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.orders;
    let navigation = Navigation::here();
    let state = Form::new();
    let from = RwSignal::new(match &waiting.draft.debit_account {
        Some(account) => account.to_string(),
        None => first_that_pays(app),
    });
    let choice = waiting.draft.debit_account.is_none().then(|| {
        let choices = move || debit_accounts(person, app);
        choice_field(
            state,
            "initiation-from",
            person.texts.pay.from,
            choices,
            from,
        )
    });
    let draft = waiting.draft.clone();
    let review = move |_| {
        navigation.order(Draft {
            debit_account: from.read_untracked().parse().ok(),
            ..draft.clone()
        });
    };
    let id = waiting.id;
    let decline = move |_| {
        command(app, state, PersonAsk::Decline(id), move || {
            answered.try_update(|count| *count += 1);
        });
    };
    let until = fill(texts.prepared_until, &[&person.moment(waiting.expires)]);
    let value = waiting.draft.amount.map(|value| amount(value, As::Balance));
    view! {
        <li class="card">
            <p>{fill(texts.prepared_by, &[&shown(&waiting.app)])}</p>
            <p class="name"><bdi>{waiting.creditor.as_deref().map(shown)}</bdi> " " {value}</p>
            <p class="about">{until}</p>
            {choice}
            <div class="buttons">
                <button type="button" class="primary" on:click=review>{person.texts.pay.review}</button>
                <button type="button" on:click=decline>{texts.decline}</button>
            </div>
            {failure_with_login(state)}
        </li>
    }
    .into_any()
}
