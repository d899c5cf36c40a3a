//! What may be ordered, said before it is typed.

use super::asked::asked;
use super::person::Person;
use crate::app::App;
use crate::link::Ask;
use crate::model::{Allowance, Connection};
use crate::texts::fill;
use leptos::prelude::*;
use protocol::http::OrderLimits;

/// What is left of the day's limit; without a network, what can be ordered until there is one.
pub(super) fn limits() -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.pay;
    let known = asked::<Option<OrderLimits>>(|| Ask::KnownLimits);
    let allowance = asked::<Allowance>(|| Ask::Allowance);
    let is_offline = Memo::new(move |_| app.connection.read().0 == Connection::Offline);
    let left = move || match known.get() {
        Some(Ok(Some(limits))) => Some(fill(
            texts.day_left,
            &[&person.amount(limits.day_left.into())],
        )),
        _ => None,
    };
    let offline = move || match allowance.get() {
        Some(Ok(allowance)) if is_offline.get() => Some(offline_line(&person, &allowance)),
        _ => None,
    };
    view! {
        <p class="hint">{left}</p>
        <p class="hint">{offline}</p>
    }
    .into_any()
}

fn offline_line(person: &Person, allowance: &Allowance) -> String {
    let texts = &person.texts.pay;
    let Some(expires) = allowance.expires.filter(|_| allowance.orders > 0) else {
        return texts.offline_none.to_owned();
    };
    let count = u64::try_from(allowance.orders).unwrap_or(u64::MAX);
    let orders = person.texts.plurals.orders.of(count, &person.texts.numbers);
    let most = allowance
        .each_max
        .iter()
        .map(|amount| person.amount(*amount));
    let most: Vec<String> = most.collect();
    fill(
        texts.offline_allowance,
        &[&orders, &most.join(" / "), &person.full_moment(expires)],
    )
}
