//! This browser is not enrolled: activation code, the bank's fingerprint, the lock.

use super::asked::run;
use super::form::{CODE, DIGITS, Form, NEW_PASSWORD, form, submit_button, text_field};
use super::frame::outside;
use super::navigation::heading;
use super::person::Person;
use crate::app::{Act, App, Key};
use crate::browser;
use crate::route::PLAIN;
use crate::texts::fill;
use leptos::prelude::*;
use zeroize::Zeroizing;

/// Characters of a code that are sent.
const CODE_LENGTH: usize = 16;
/// Characters of the root's fingerprint after them.
const FINGERPRINT_LENGTH: usize = 26;
/// The least characters of a password.
const PASSWORD_LENGTH_MIN: usize = 12;
/// From so many characters on a password is called strong.
const PASSWORD_LENGTH_STRONG: usize = 18;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Code,
    Bank,
    Lock,
}

/// What is typed. It is a context, because it outlives a change of the language.
#[derive(Clone, Copy)]
pub(super) struct Activation {
    step: RwSignal<Step>,
    customer: RwSignal<String>,
    code: RwSignal<String>,
}

/// `emptied` if the browser has removed what was stored.
pub(super) fn welcome(emptied: bool) -> AnyView {
    let activation: Activation = expect_context();
    let step = activation.step;
    let content = move || match step.get() {
        Step::Code => code_step(activation, emptied),
        Step::Bank => bank_step(activation),
        Step::Lock => lock_step(activation),
    };
    outside(content.into_any())
}

impl Activation {
    /// Begins with what a link brought in the address, which is removed from there.
    pub(super) fn begin() -> Self {
        let activation = Self {
            step: RwSignal::new(Step::Code),
            customer: RwSignal::new(String::new()),
            code: RwSignal::new(String::new()),
        };
        let fragment = browser::take_fragment();
        let link = fragment.as_deref().and_then(|link| link.split_once('.'));
        if let Some((customer, code)) = link {
            activation.customer.set(customer.to_owned());
            activation.code.set(code.to_owned());
            if plain(code).len() == CODE_LENGTH + FINGERPRINT_LENGTH {
                activation.step.set(Step::Bank);
            }
        }
        activation
    }

    fn go(self, step: Step) {
        self.step.set(step);
        browser::before_next_frame(|| browser::focus("h1"));
    }
}

/// A code without what people type between its groups.
fn plain(code: &str) -> String {
    let code = code.chars().filter(char::is_ascii_alphanumeric);
    code.map(|c| c.to_ascii_uppercase()).collect()
}

/// The groups of four in which the letter prints a code.
pub(super) fn groups(code: &str) -> Vec<String> {
    let letters: Vec<char> = code.chars().collect();
    letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect()
}

fn step_line(number: &str) -> AnyView {
    let texts = &Person::here().texts.welcome;
    view! { <p class="step">{fill(texts.step, &[number, "3"])}</p> }.into_any()
}

fn back_button(activation: Activation, to: Step) -> AnyView {
    let texts = &Person::here().texts.common;
    view! { <button type="button" on:click=move |_| activation.go(to)>{texts.back}</button> }
        .into_any()
}

fn code_step(activation: Activation, emptied: bool) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.welcome;
    let state = Form::new();
    let (customer, code) = (activation.customer, activation.code);
    let fields = view! {
        {text_field(state, "customer", texts.customer, Some(texts.customer_hint), DIGITS, customer)}
        {text_field(state, "code", texts.code, Some(texts.code_hint), CODE, code)}
    };
    let proceed = move || {
        let mut errors = Vec::new();
        if customer.read_untracked().trim().is_empty() {
            errors.push(("customer", person.texts.pay.field_missing.to_owned()));
        }
        let length = plain(&code.read_untracked()).len();
        if length == 0 {
            errors.push(("code", person.texts.pay.field_missing.to_owned()));
        } else if length != CODE_LENGTH + FINGERPRINT_LENGTH {
            errors.push((
                "code",
                fill(person.texts.welcome.code_short, &[&length.to_string()]),
            ));
        }
        if state.is_right(errors) {
            activation.go(Step::Bank);
        }
    };
    let emptied = emptied.then(|| view! { <p class="notice">{person.texts.gone.removed}</p> });
    view! {
        {heading(texts.title)}
        {emptied}
        <p class="lead">{texts.intro}</p>
        {step_line("1")}
        {form(state, fields.into_any(), submit_button(state, person.texts.common.proceed), proceed)}
        <p><a class="button" href=PLAIN>{person.texts.help.plain_open}</a></p>
    }
    .into_any()
}

fn bank_step(activation: Activation) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.welcome;
    let code = plain(&activation.code.read_untracked());
    let fingerprint = code.get(CODE_LENGTH..).unwrap_or_default();
    let groups = groups(fingerprint)
        .into_iter()
        .map(|group| view! { <li>{group}</li> });
    let proceed = move |_| activation.go(Step::Lock);
    view! {
        {heading(texts.bank_title)}
        {step_line("2")}
        <p>{texts.fingerprint_hint}</p>
        <ol class="groups" aria-label=texts.fingerprint>{groups.collect_view()}</ol>
        <div class="buttons">
            <button type="button" class="primary" on:click=proceed>{texts.they_match}</button>
            {back_button(activation, Step::Code)}
        </div>
    }
    .into_any()
}

fn lock_step(activation: Activation) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.welcome;
    let state = Form::new();
    let by_password = RwSignal::new(false);
    let chosen = move || match by_password.get() {
        true => password_lock(activation, state),
        false => passkey_lock(activation, state, by_password),
    };
    let busy = move || {
        let is_busy = state.busy.get();
        is_busy.then(|| view! { <p role="status">{person.texts.welcome.activating}</p> })
    };
    view! {
        {heading(texts.lock_title)}
        {step_line("3")}
        <p>{texts.lock_intro}</p>
        {chosen}
        {busy}
    }
    .into_any()
}

fn enrol(activation: Activation, state: Form, app: App, key: Key) {
    if !state.begin() {
        return;
    }
    let enrol = Act::Enrol {
        customer: activation.customer.get_untracked().trim().to_owned(),
        code: Zeroizing::new(plain(&activation.code.read_untracked())),
        key,
    };
    run(async move { state.end(app.act(enrol).await.err()) });
}

/// While another device has to let this one in: the number that the person types there.
fn awaited(state: Form) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.welcome;
    let number = move || {
        let failure = state.failure.get()?;
        (failure.word == "enrolment_awaited").then_some(failure.detail)
    };
    let shown = move |number: String| {
        view! {
            <section class="notice">
                <h2>{texts.awaited_title}</h2>
                <p>{texts.awaited}</p>
                <p class="number">{number}</p>
                <button type="submit" class="primary">{texts.awaited_done}</button>
            </section>
        }
    };
    (move || number().map(shown)).into_any()
}

fn passkey_lock(activation: Activation, state: Form, by_password: RwSignal<bool>) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.welcome;
    let fields = view! { {awaited(state)} <p class="hint">{texts.passkey_hint}</p> };
    let buttons = view! {
        {submit_button(state, texts.passkey)}
        <button type="button" on:click=move |_| by_password.set(true)>{texts.password_instead}</button>
        {back_button(activation, Step::Bank)}
    };
    let activate = move || enrol(activation, state, app, Key::Passkey);
    form(state, fields.into_any(), buttons.into_any(), activate)
}

fn password_lock(activation: Activation, state: Form) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let texts = &person.texts.welcome;
    let (password, repeat) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let fields = view! {
        {awaited(state)}
        {text_field(state, "password", texts.password, Some(texts.password_hint), NEW_PASSWORD, password)}
        <p class="strength" role="status">{move || strength(&person, &password.read())}</p>
        {text_field(state, "repeat", texts.repeat, None, NEW_PASSWORD, repeat)}
    };
    let buttons = view! {
        {submit_button(state, texts.activate)}
        {back_button(activation, Step::Bank)}
    };
    let activate = move || {
        let mut errors = Vec::new();
        let typed = Zeroizing::new(password.get_untracked());
        if typed.chars().count() < PASSWORD_LENGTH_MIN {
            let why = match typed.is_empty() {
                true => person.texts.pay.field_missing.to_owned(),
                false => strength(&person, &typed),
            };
            errors.push(("password", why));
        } else if *typed != repeat.get_untracked() {
            errors.push(("repeat", person.texts.welcome.repeat_differs.to_owned()));
        }
        if state.is_right(errors) {
            enrol(activation, state, app, Key::Password(typed));
        }
    };
    form(state, fields.into_any(), buttons.into_any(), activate)
}

fn strength(person: &Person, password: &str) -> String {
    let texts = &person.texts.welcome;
    match password.chars().count() {
        0 => String::new(),
        length if length < PASSWORD_LENGTH_MIN => fill(texts.weak, &[&length.to_string()]),
        length if length < PASSWORD_LENGTH_STRONG => texts.fair.to_owned(),
        _ => texts.strong.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_compared_in_the_groups_of_the_letter() {
        let code = plain("abcd-efgh jkmn pqrs 0123.4567");
        assert_eq!(code, "ABCDEFGHJKMNPQRS01234567");
        assert_eq!(groups(code.get(16..).unwrap()), ["0123", "4567"]);
        assert_eq!(groups("01234"), ["0123", "4"]);
    }
}
