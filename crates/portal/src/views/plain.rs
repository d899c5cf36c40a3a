//! The plain pages.

use super::account::{balances, booked_row, facts};
use super::frame::sign_and_name;
use super::home::{account_name, overview};
use super::navigation::{Navigation, heading, link};
use super::person::Person;
use crate::app::App;
use crate::brand;
use crate::model::Failure;
use crate::plain::{AccountPage, Content, LogIn, PLAIN, PlainPage, Said};
use crate::route::Route;
use crate::settings::Settings;
use crate::texts::{Language, fill};
use futures_util::FutureExt as _;
use leptos::prelude::*;
use protocol::http::CodeBy;
use std::rc::Rc;

/// A plain page as a document.
pub(crate) fn document(page: &PlainPage) -> String {
    Owner::new().with(|| {
        let app = App::new(
            Rc::new(|_| async { Err(no_core()) }.boxed_local()),
            Rc::new(|_| async { Err(no_core()) }.boxed_local()),
        );
        if let Content::Home(home) = &page.content {
            app.home.set(Some(home.clone()));
        }
        provide_context(app);
        provide_context(RwSignal::new(Settings::default()));
        provide_context(Navigation::plain());
        provide_context(Person::new(page.language));
        let language = page.language.tag();
        let style = page.style.clone();
        let style = style.map(|style| view! { <link rel="stylesheet" href=style/> });
        let html = view! {
            <html lang=language>
                <head>
                    <meta charset={"utf-8"}/>
                    <title>{title(page)}</title>
                    <meta name="viewport" content={"width=device-width, initial-scale=1"}/>
                    <meta name="color-scheme" content={"light dark"}/>
                    <meta name="robots" content={"noindex"}/>
                    {style}
                </head>
                <body>{around(page)}</body>
            </html>
        };
        format!("<!DOCTYPE html>{}", html.to_html())
    })
}

/// What a question gets that only the core could answer: no plain page asks one.
fn no_core() -> Failure {
    Failure::new("internal", "a plain page has no core")
}

fn title(page: &PlainPage) -> String {
    let person = Person::here();
    let title = match &page.content {
        Content::LogIn(_) | Content::Unavailable => person.texts.help.plain_title.to_owned(),
        Content::Home(_) => person.texts.home.title.to_owned(),
        Content::Account(shown) => account_name(&person, &shown.account),
    };
    format!("{title} · {}", brand::NAME)
}

fn around(page: &PlainPage) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.plain;
    let content = match &page.content {
        Content::LogIn(form) => log_in(&page.form_token, form),
        Content::Home(_) => overview(().into_any()),
        Content::Account(shown) => account(shown),
        Content::Unavailable => {
            view! { {heading(person.texts.help.plain_title)} <p class="failure" role="alert">{texts.unavailable}</p> }
                .into_any()
        }
    };
    let is_inside = matches!(page.content, Content::Home(_) | Content::Account(_));
    let log_out = is_inside.then(|| log_out(&page.form_token));
    let leave = is_inside.then(|| view! { <p class="about">{texts.leave}</p> });
    view! {
        <div class="outside plain-pages">
            <header class="top">{link(Route::Home, "brand", sign_and_name())}{log_out}</header>
            <main id="content">{content}{leave}</main>
            <footer>{elsewhere(page.language)}</footer>
        </div>
    }
    .into_any()
}

/// The other languages, and the way to the app.
fn elsewhere(current: Language) -> AnyView {
    let texts = &Person::here().texts.plain;
    let others = Language::ALL
        .into_iter()
        .filter(|language| *language != current);
    let others = others.map(|language| {
        let tag = language.tag();
        let href = format!("{PLAIN}/language/{tag}");
        view! { <li><a href=href lang=tag>{language.name()}</a></li> }
    });
    view! {
        <nav aria-label=texts.language><ul class="links">{others.collect_view()}</ul></nav>
        <p><a href=format!("{PLAIN}/app")>{texts.app}</a></p>
    }
    .into_any()
}

fn form_token(token: &str) -> AnyView {
    view! { <input type="hidden" name="token" value=token.to_owned()/> }.into_any()
}

fn log_out(token: &str) -> AnyView {
    let texts = &Person::here().texts.plain;
    view! {
        <form method="post" action=format!("{PLAIN}/logout")>
            {form_token(token)}
            <button type="submit">{texts.log_out}</button>
        </form>
    }
    .into_any()
}

fn log_in(token: &str, form: &LogIn) -> AnyView {
    let person = Person::here();
    let (texts, welcome) = (&person.texts.plain, &person.texts.welcome);
    let send = form.codes_by.iter().map(|by| {
        let (value, text) = match by {
            CodeBy::Sms => ("sms", texts.by_sms),
            CodeBy::Mail => ("mail", texts.by_mail),
        };
        view! { <button type="submit" name="send" value=value>{text}</button> }
    });
    let code_hint = match form.codes_by.is_empty() {
        true => texts.code_hint,
        false => texts.code_or_sent_hint,
    };
    view! {
        {heading(person.texts.help.plain_title)}
        <p>{person.texts.help.plain_text}</p>
        {form.said.map(|said| said_view(&person, said))}
        <form method="post" action=format!("{PLAIN}/login")>
            {form_token(token)}
            {field("customer", welcome.customer, welcome.customer_hint, ("text", "username"), &form.customer)}
            {field("password", welcome.password, texts.password_hint, ("password", "current-password"), "")}
            {field("code", texts.code, code_hint, ("text", "one-time-code"), "")}
            <div class="buttons">
                <button type="submit" class="primary">{texts.log_in}</button>
                {send.collect_view()}
            </div>
        </form>
    }
    .into_any()
}

fn field(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    (kind, filled): (&'static str, &'static str),
    value: &str,
) -> AnyView {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input id=id name=id type=kind autocomplete=filled autocapitalize="none" spellcheck="false"
                aria-describedby=hint_id.clone() value=value.to_owned()/>
            <p class="hint" id=hint_id>{hint}</p>
        </div>
    }
    .into_any()
}

fn said_view(person: &Person, said: Said) -> AnyView {
    let texts = &person.texts.plain;
    let (class, text) = match said {
        Said::Sent => ("notice", texts.sent.to_owned()),
        Said::Ended => ("notice", texts.ended.to_owned()),
        Said::Refused => ("failure", texts.refused.to_owned()),
        Said::Elsewhere => ("failure", texts.elsewhere.to_owned()),
        Said::Locked(minutes) => {
            let wait = person
                .texts
                .plurals
                .minutes
                .of(minutes, &person.texts.numbers);
            ("failure", fill(texts.locked, &[&wait]))
        }
    };
    view! { <p class=class role="alert">{text}</p> }.into_any()
}

fn account(shown: &AccountPage) -> AnyView {
    let person = Person::here();
    let texts = &person.texts;
    let here = format!("{PLAIN}{}", Route::Account(shown.ordinal));
    let newest = shown.has_newer.then(|| {
        view! { <li><a class="button" href=here.clone()>{texts.plain.newest}</a></li> }
    });
    let older = shown.older.map(|before| {
        let href = format!("{here}?before={before}");
        view! { <li><a class="button" href=href>{texts.plain.older}</a></li> }
    });
    let empty = shown.entries.is_empty();
    let empty = empty.then(|| view! { <p class="empty">{texts.account.empty}</p> });
    view! {
        {heading(account_name(&person, &shown.account))}
        {facts(&person, &shown.account)}
        {balances(&person, &shown.account)}
        <h2>{texts.account.entries}</h2>
        {empty}
        <ul class="rows">{shown.entries.iter().map(booked_row).collect_view()}</ul>
        <ul class="links">{newest}{older}</ul>
        <p>{link(Route::Home, "button", texts.common.to_home)}</p>
    }
    .into_any()
}
