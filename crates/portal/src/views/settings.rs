//! What the person chooses for this browser.

use super::asked::asked;
use super::form::{Form, choice_field, radio_field};
use super::navigation::heading;
use super::person::{Person, shown};
use super::unlock::forget;
use crate::link::Ask;
use crate::model::Device;
use crate::settings::{Settings, TextSize, Theme};
use crate::texts::Language;
use leptos::prelude::*;

/// After how many minutes without use the passbook can be locked.
const LOCK_AFTER_MINUTES: [u32; 4] = [1, 5, 15, 60];

pub(super) fn settings() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.settings;
    let settings: RwSignal<Settings> = expect_context();
    let hidden = move || settings.read().amounts_hidden;
    let hide = move |event| {
        let is_hidden = event_target_checked(&event);
        settings.update(|settings| settings.amounts_hidden = is_hidden);
    };
    view! {
        {heading(texts.title)}
        <div class="narrow-column">
            {language_field(settings)}
            <p class="hint">{texts.order_language}</p>
            {theme_field(settings)}
            {text_field(settings)}
            <h2>{texts.privacy}</h2>
            <label class="choice">
                <input type="checkbox" prop:checked=hidden checked=hidden on:change=hide/>
                <span>{texts.amounts_hidden}</span>
            </label>
            {lock_field(settings)}
            {device()}
        </div>
    }
    .into_any()
}

/// A signal of text that a field changes, and what becomes of a change.
fn field_value(first: &str, changed: impl Fn(&str) + 'static) -> RwSignal<String> {
    let value = RwSignal::new(first.to_owned());
    Effect::new(move |before: Option<String>| {
        let value = value.get();
        if before.is_some_and(|before| before != value) {
            changed(&value);
        }
        value
    });
    value
}

fn language_field(settings: RwSignal<Settings>) -> AnyView {
    let texts = &Person::here().texts.settings;
    let current = settings.read_untracked().language.tag();
    let value = field_value(current, move |tag| {
        let language = Language::ALL
            .into_iter()
            .find(|language| language.tag() == tag);
        if let Some(language) = language {
            settings.update(|settings| settings.language = language);
        }
    });
    let languages = Language::ALL.map(|language| (language.tag(), language.name()));
    radio_field("language", texts.language, languages.into(), value)
}

fn theme_field(settings: RwSignal<Settings>) -> AnyView {
    let texts = &Person::here().texts.settings;
    let themes = [
        (Theme::System, texts.system),
        (Theme::Light, texts.light),
        (Theme::Dark, texts.dark),
        (Theme::Contrast, texts.contrast),
    ];
    let current = settings.read_untracked().theme.word();
    let value = field_value(current, move |word| {
        if let Some((theme, _)) = themes.into_iter().find(|(theme, _)| theme.word() == word) {
            settings.update(|settings| settings.theme = theme);
        }
    });
    radio_field(
        "theme",
        texts.theme,
        themes.map(|(theme, text)| (theme.word(), text)).into(),
        value,
    )
}

fn text_field(settings: RwSignal<Settings>) -> AnyView {
    let texts = &Person::here().texts.settings;
    let sizes = [
        (TextSize::Normal, texts.normal),
        (TextSize::Large, texts.large),
        (TextSize::Larger, texts.larger),
    ];
    let current = settings.read_untracked().text_size.word();
    let value = field_value(current, move |word| {
        if let Some((size, _)) = sizes.into_iter().find(|(size, _)| size.word() == word) {
            settings.update(|settings| settings.text_size = size);
        }
    });
    radio_field(
        "text-size",
        texts.text_size,
        sizes.map(|(size, text)| (size.word(), text)).into(),
        value,
    )
}

fn lock_field(settings: RwSignal<Settings>) -> AnyView {
    let person = Person::here();
    let texts = person.texts;
    let current = settings.read_untracked().lock_after_minutes.to_string();
    let value = field_value(&current, move |minutes| {
        if let Ok(minutes) = minutes.parse() {
            settings.update(|settings| settings.lock_after_minutes = minutes);
        }
    });
    let choices = move || {
        let choices = LOCK_AFTER_MINUTES.map(|minutes| {
            let text = texts.plurals.minutes.of(u64::from(minutes), &texts.numbers);
            (minutes.to_string(), text)
        });
        vec![(String::new(), choices.into())]
    };
    choice_field(
        Form::new(),
        "lock-after",
        texts.settings.lock_after,
        choices,
        value,
    )
}

fn device() -> AnyView {
    let person = Person::here();
    let texts = &person.texts.settings;
    let answer = asked::<Device>(|| Ask::Device);
    let facts = move || match answer.get() {
        Some(Ok(device)) => Some(view! {
            <dl class="facts">
                <div><dt>{texts.customer}</dt><dd><bdi>{shown(device.customer.as_str())}</bdi></dd></div>
                <div><dt>{texts.device_number}</dt><dd><bdi>{device.device.to_string()}</bdi></dd></div>
            </dl>
        }),
        _ => None,
    };
    view! {
        <h2>{texts.device}</h2>
        {facts}
        <p>{texts.stored}</p>
        <div class="buttons">{forget()}</div>
    }
    .into_any()
}
