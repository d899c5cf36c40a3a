//! What the customer lets other apps know.

use super::command_button;
use crate::link::{Ask, PersonAsk};
use crate::texts::fill;
use crate::views::on_demand::OnDemand;
use crate::views::person::{Person, shown};
use leptos::prelude::*;
use protocol::http::ConsentRow;

pub(super) fn consents() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.security;
    let answer = OnDemand::<Vec<ConsentRow>>::new(|| Ask::Person(PersonAsk::Consents));
    answer.view(texts.show, move |consents, asked| {
        if consents.is_empty() {
            return view! { <p class="empty">{texts.no_consents}</p> }.into_any();
        }
        let rows = consents
            .iter()
            .map(|consent| consent_row(&person, consent, asked))
            .collect_view();
        view! { <ul class="plain">{rows}</ul> }.into_any()
    })
}

fn consent_row(person: &Person, consent: &ConsentRow, asked: OnDemand<Vec<ConsentRow>>) -> AnyView {
    let texts = &person.texts.security;
    let client = consent.client.clone();
    let name = consent
        .name
        .as_deref()
        .map_or_else(|| shown(client.as_str()), shown);
    let withdraw = move || PersonAsk::WithdrawConsent(client.clone());
    view! {
        <li class="item">
            <div>
                <p class="name"><bdi>{name}</bdi></p>
                <p class="about"><bdi>{shown(&consent.scopes.join(", "))}</bdi></p>
                <p class="about">{fill(texts.since, &[&person.full_moment(consent.given)])}</p>
            </div>
            <div>{command_button(texts.withdraw, withdraw, move || asked.load())}</div>
        </li>
    }
    .into_any()
}
