//! Fields of forms, each with its label, its hint and what is wrong with it.

use super::failed::failed;
use super::person::Person;
use crate::browser;
use crate::model::Failure;
use leptos::ev::SubmitEvent;
use leptos::html::Select;
use leptos::prelude::*;

/// The state of a form.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// What is wrong with fields, by their ids.
    errors: RwSignal<Vec<(&'static str, String)>>,
    /// Why the last attempt failed.
    pub(super) failure: RwSignal<Option<Failure>>,
    /// Whether an answer is awaited.
    pub(super) busy: RwSignal<bool>,
}

/// What kind of text a field takes.
#[derive(Clone, Copy)]
pub(super) struct Input {
    kind: &'static str,
    /// The keyboard of a phone.
    keyboard: &'static str,
    autocomplete: &'static str,
}

/// Any text.
pub(super) const TEXT: Input = input("text", "text", "off");
/// Digits with a decimal separator.
pub(super) const DECIMAL: Input = input("text", "decimal", "off");
/// Digits.
pub(super) const DIGITS: Input = input("text", "numeric", "off");
/// A code of letters and digits.
pub(super) const CODE: Input = input("text", "text", "one-time-code");
/// A day.
pub(super) const DAY: Input = input("date", "text", "off");
/// What is searched.
pub(super) const SEARCH: Input = input("search", "search", "off");
/// The password that unlocks.
pub(super) const PASSWORD: Input = input("password", "text", "current-password");
/// A password that is chosen.
pub(super) const NEW_PASSWORD: Input = input("password", "text", "new-password");

const fn input(kind: &'static str, keyboard: &'static str, autocomplete: &'static str) -> Input {
    Input {
        kind,
        keyboard,
        autocomplete,
    }
}

impl Form {
    pub(super) fn new() -> Self {
        Self {
            errors: RwSignal::new(Vec::new()),
            failure: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    /// Shows what is wrong with the fields, and moves the focus to the first. Returns whether nothing is.
    pub(super) fn is_right(&self, errors: Vec<(&'static str, String)>) -> bool {
        let is_right = errors.is_empty();
        self.errors.set(errors);
        if !is_right {
            browser::before_next_frame(|| browser::focus("[aria-invalid=true]"));
        }
        is_right
    }

    /// Begins an attempt. Returns false if one is under way already.
    pub(super) fn begin(&self) -> bool {
        if self.busy.get_untracked() {
            return false;
        }
        self.failure.set(None);
        self.busy.set(true);
        true
    }

    /// Ends an attempt, with what failed. A view that has gone needs none of it.
    pub(super) fn end(&self, failure: Option<Failure>) {
        self.busy.try_set(false);
        self.failure.try_set(failure);
    }

    fn error(&self, field: &'static str) -> Option<String> {
        let errors = self.errors.read();
        let mut errors = errors.iter();
        let found = errors.find(|(known, _)| *known == field);
        found.map(|(_, sentence)| sentence.clone())
    }

    /// The last failure, or nothing.
    pub(super) fn failure_view(&self) -> AnyView {
        let failure = self.failure;
        (move || failure.get().as_ref().map(failed)).into_any()
    }
}

/// A field for a line of text. Its id is also its name among the form's errors.
pub(super) fn text_field(
    form: Form,
    id: &'static str,
    label: impl Into<String>,
    hint: Option<&'static str>,
    kind: Input,
    value: RwSignal<String>,
) -> AnyView {
    let error = Memo::new(move |_| form.error(id));
    let described = described_by(id, hint.is_some(), error);
    let input = view! {
        <input id=id name=id type=kind.kind inputmode=kind.keyboard autocomplete=kind.autocomplete
            autocapitalize="off" spellcheck="false"
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby=described
            prop:value=move || value.get() value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))/>
    };
    labelled(id, label.into(), hint, error, input.into_any())
}

/// A group of choices with a name; an empty name for choices that stand alone.
pub(super) type Choices = Vec<(String, Vec<(String, String)>)>;

/// A field for one of many choices: groups of values with their texts. A value that is no choice any more is replaced by
/// the first.
pub(super) fn choice_field(
    form: Form,
    id: &'static str,
    label: &'static str,
    choices: impl Fn() -> Choices + Send + Sync + 'static,
    value: RwSignal<String>,
) -> AnyView {
    let error = Memo::new(move |_| form.error(id));
    let described = described_by(id, false, error);
    let choices = Memo::new(move |_| choices());
    let select = NodeRef::<Select>::new();
    // A browser keeps the place of what is chosen, and not the choice, when the choices change.
    Effect::new(move |_| {
        let choices = choices.read();
        let mut all = choices.iter().flat_map(|(_, options)| options);
        let first = all.clone().next().map(|(choice, _)| choice.clone());
        let is_choice = all.any(|(choice, _)| *choice == *value.read());
        if let Some(first) = first.filter(|_| !is_choice) {
            value.set(first);
        }
        browser::before_next_frame(move || {
            if let Some(Some(select)) = select.try_get_untracked() {
                select.set_value(&value.get_untracked());
            }
        });
    });
    let options = move || {
        let groups = choices.get().into_iter().map(|(name, options)| {
            let options = options.into_iter().map(|(choice, text)| {
                let is_chosen = value.with_untracked(|value| *value == choice);
                view! { <option value=choice selected=is_chosen>{text}</option> }
            });
            let options = options.collect_view().into_any();
            match name.is_empty() {
                true => options,
                false => view! { <optgroup label=name>{options}</optgroup> }.into_any(),
            }
        });
        groups.collect_view()
    };
    let select = view! {
        <select id=id name=id node_ref=select
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby=described
            on:change=move |event| value.set(event_target_value(&event))>
            {options}
        </select>
    };
    labelled(id, label.to_owned(), None, error, select.into_any())
}

/// One of a few choices, all in view.
pub(super) fn radio_field(
    id: &'static str,
    legend: &'static str,
    choices: Vec<(&'static str, &'static str)>,
    value: RwSignal<String>,
) -> AnyView {
    let choices = choices.into_iter().map(|(choice, text)| {
        let is_chosen = move || *value.read() == choice;
        view! {
            <label class="choice">
                <input type="radio" name=id value=choice prop:checked=is_chosen checked=is_chosen
                    on:change=move |_| value.set(choice.to_owned())/>
                <span>{text}</span>
            </label>
        }
    });
    view! {
        <fieldset class="field choices">
            <legend>{legend}</legend>
            {choices.collect_view()}
        </fieldset>
    }
    .into_any()
}

fn described_by(
    id: &'static str,
    has_hint: bool,
    error: Memo<Option<String>>,
) -> impl Fn() -> Option<String> + Clone + Send + Sync {
    move || match (has_hint, error.read().is_some()) {
        (false, false) => None,
        (true, false) => Some(format!("{id}-hint")),
        (false, true) => Some(format!("{id}-error")),
        (true, true) => Some(format!("{id}-hint {id}-error")),
    }
}

fn labelled(
    id: &'static str,
    label: String,
    hint: Option<&'static str>,
    error: Memo<Option<String>>,
    control: AnyView,
) -> AnyView {
    let hint = hint.map(|hint| view! { <p class="hint" id=format!("{id}-hint")>{hint}</p> });
    let error = move || {
        let error = error.get();
        error.map(|error| view! { <p class="error" id=format!("{id}-error")>{error}</p> })
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {control}
            {hint}
            {error}
        </div>
    }
    .into_any()
}

/// A form with its fields and buttons.
pub(super) fn form(
    form: Form,
    fields: AnyView,
    buttons: AnyView,
    submit: impl Fn() + 'static,
) -> AnyView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        submit();
    };
    view! {
        <form novalidate=true on:submit=submit>
            {fields}
            {form.failure_view()}
            <div class="buttons">{buttons}</div>
        </form>
    }
    .into_any()
}

/// The button that sends a form. It stays usable while an answer is awaited, so that the focus stays on it.
pub(super) fn submit_button(form: Form, text: &'static str) -> AnyView {
    let busy = form.busy;
    view! {
        <button type="submit" class="primary" aria-disabled=move || busy.get().then_some("true")>
            {text}
        </button>
    }
    .into_any()
}

/// The label of a field that may stay empty.
pub(super) fn optional(person: &Person, label: &str) -> String {
    format!("{label} ({})", person.texts.common.optional)
}
