//! Amounts on the screen.

use super::person::Person;
use crate::model::Amount;
use crate::texts::{MINUS, NO_BREAK_SPACE};
use leptos::prelude::*;

/// What an amount is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// What an account has: a sign only if it is negative.
    Balance,
    /// What came in or went out: always a sign, and words for who does not see it.
    Change,
}

/// An amount whose parts can be set apart. It is never broken and never cut off.
pub(super) fn amount(amount: Amount, kind: As) -> AnyView {
    let person = Person::here();
    let (common, numbers) = (&person.texts.common, &person.texts.numbers);
    let written = numbers.written(amount);
    let is_negative = amount.minor_units < 0;
    let (sign, said) = match (kind, is_negative) {
        (As::Balance, false) => ("", ""),
        (As::Balance, true) => (MINUS, common.negative),
        (As::Change, false) => ("+", common.money_in),
        (As::Change, true) => (MINUS, common.money_out),
    };
    let way = match (kind, is_negative) {
        (As::Change, false) => "in",
        (As::Change, true) => "out",
        (As::Balance, false) => "balance",
        (As::Balance, true) => "owed",
    };
    let space = if written.spaced {
        NO_BREAK_SPACE.to_string()
    } else {
        String::new()
    };
    let currency = |text: String| view! { <span class="currency">{text}</span> };
    let (before, after) = match numbers.currency_first {
        true => (Some(currency(format!("{}{space}", written.currency))), None),
        false => (None, Some(currency(format!("{space}{}", written.currency)))),
    };
    let said = (!said.is_empty()).then(|| view! { <span class="said">{said}" "</span> });
    view! {
        <span class="amount" data-way=way>
            {said}
            <span class="figure">
                {(!sign.is_empty()).then(|| view! { <span aria-hidden="true">{sign}</span> })}
                {before}
                <span>{written.whole}</span>
                <span class="fraction">{written.fraction}</span>
                {after}
            </span>
        </span>
    }
    .into_any()
}
