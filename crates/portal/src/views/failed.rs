//! What did not work, in words that say what to do.

use super::person::Person;
use crate::model::Failure;
use crate::texts::fill;
use leptos::prelude::*;

/// The sentence for a failure.
pub(super) fn sentence(person: &Person, failure: &Failure) -> String {
    let known = person.texts.failures.of(&failure.word);
    let other = || fill(person.texts.common.failed, &[&failure.word]);
    known.map_or_else(other, str::to_owned)
}

/// A failure where it happened. Screen readers read it at once.
pub(super) fn failed(failure: &Failure) -> AnyView {
    let person = Person::here();
    view! { <p class="failure" role="alert">{sentence(&person, failure)}</p> }.into_any()
}
