//! The plain pages in every language.

use super::fixtures::{SECRETS, World, booked};
use crate::plain::{AccountPage, Content, LogIn, PlainPage, Said};
use crate::texts::Language;
use protocol::http::CodeBy;

const TOKEN: &str = "a token of this page";

fn html(language: Language, content: Content) -> String {
    let page = PlainPage {
        language,
        style: Some("style.css".to_owned()),
        form_token: TOKEN.to_owned(),
        content,
    };
    page.html()
}

fn account_page(older: Option<u64>, has_newer: bool) -> Content {
    let home = World::new().home.unwrap();
    let mut account = home.accounts[0].clone();
    account.name = "Rent & <b>food</b>".to_owned();
    Content::Account(Box::new(AccountPage {
        ordinal: 1,
        account,
        entries: World::new().entries,
        older,
        has_newer,
    }))
}

fn log_in(said: Option<Said>, codes_by: &[CodeBy]) -> Content {
    Content::LogIn(LogIn {
        customer: "\"><script>".to_owned(),
        said,
        codes_by: codes_by.to_vec(),
    })
}

/// Every plain page as a document with its name.
pub(super) fn all_pages(language: Language) -> Vec<(String, String)> {
    let pages = cases().into_iter().map(|(name, content)| {
        let name = format!("plain-{name}-{}", language.tag());
        (name, html(language, content))
    });
    pages.collect()
}

fn cases() -> Vec<(&'static str, Content)> {
    vec![
        ("log-in", log_in(None, &[])),
        (
            "log-in-sms",
            log_in(Some(Said::Sent), &[CodeBy::Sms, CodeBy::Mail]),
        ),
        ("refused", log_in(Some(Said::Refused), &[])),
        ("locked", log_in(Some(Said::Locked(2)), &[])),
        ("ended", log_in(Some(Said::Ended), &[])),
        ("elsewhere", log_in(Some(Said::Elsewhere), &[])),
        ("home", Content::Home(World::new().home.unwrap())),
        ("account", account_page(Some(26), false)),
        ("account-older", account_page(None, true)),
        ("unavailable", Content::Unavailable),
    ]
}

#[test]
fn every_plain_page_is_a_document_without_scripts() {
    for language in Language::ALL {
        for (name, html) in all_pages(language) {
            let begins = format!("<!DOCTYPE html><html lang=\"{}\"><head>", language.tag());
            assert!(html.starts_with(&begins), "{name}\n{html}");
            assert!(html.ends_with("</html>"), "{name}\n{html}");
            assert_eq!(html.matches("<h1").count(), 1, "{name}");
            for never in ["<script", "style=\"", "<b>food", " on"] {
                let found = html.contains(never) && (never != " on" || html.contains(" onclick"));
                assert!(!found, "{name} has {never}\n{html}");
            }
            let forms = html.matches("<form").count();
            assert_eq!(html.matches(TOKEN).count(), forms, "{name}");
        }
    }
}

#[test]
fn an_account_leads_to_what_is_older_and_newer() {
    for language in Language::ALL {
        let texts = &language.texts().plain;
        let newest = html(language, account_page(Some(26), false));
        assert!(
            newest.contains("href=\"/plain/accounts/1?before=26\""),
            "{newest}"
        );
        assert!(newest.contains(texts.older) && !newest.contains(texts.newest));
        assert!(
            newest.contains("Rent &amp; &lt;b&gt;food&lt;/b&gt;"),
            "{newest}"
        );
        let oldest = html(language, account_page(None, true));
        assert!(oldest.contains("href=\"/plain/accounts/1\""), "{oldest}");
        assert!(!oldest.contains(texts.older) && oldest.contains(texts.newest));
    }
}

/// Entries have pages in the app alone: a plain page leads to none that it does not have.
#[test]
fn links_lead_to_plain_pages_and_have_no_number_name_or_amount() {
    let mut home = World::new().home.unwrap();
    home.newest.push(booked("e9", -100, "transfer_out", "rent"));
    for content in [Content::Home(home), account_page(Some(26), true)] {
        let html = html(Language::English, content);
        let links = html.split("<a ").skip(1);
        let links = links.filter_map(|link| link.split("href=\"").nth(1)?.split('"').next());
        for link in links {
            assert!(link == "/plain" || link.starts_with("/plain/"), "{link}");
            assert!(
                !SECRETS.iter().any(|secret| link.contains(secret)),
                "{link}"
            );
        }
    }
}
