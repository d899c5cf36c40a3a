//! `make screenshots`: every page as people see it, to be looked at one by one.

use super::person::Person;
use crate::bank::Bank;
use std::path::Path;
use testkit::chromium::Look;

/// The pages, each with the name of its pictures.
const PAGES: [(&str, &str); 3] = [
    ("welcome", "/welcome"),
    ("help", "/help"),
    ("settings", "/settings"),
];

const DEVICES: [(&str, (u32, u32), bool); 2] =
    [("phone", (390, 844), true), ("desktop", (1280, 900), false)];

const LANGUAGES: [&str; 2] = ["en-GB", "th-TH"];

const THEMES: [&str; 2] = ["light", "dark"];

#[tokio::test]
#[ignore = "it writes pictures for people: `make screenshots`"]
async fn every_page_is_taken() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../screenshots");
    let bank = Bank::sandbox("");
    for (device, size, phone) in DEVICES {
        for language in LANGUAGES {
            for theme in THEMES {
                let person = Person::new().await;
                let mut page = person.open(&bank, "/").await;
                let features = match theme {
                    "dark" => &[("prefers-color-scheme", "dark")][..],
                    _ => &[],
                };
                page.look(Look {
                    size,
                    phone,
                    language,
                    features,
                })
                .await;
                for (name, path) in PAGES {
                    page.visit(&format!("{}{path}", bank.public)).await;
                    page.until("document.body.innerText").await;
                    page.painted().await;
                    let file = format!("{name}-{device}-{language}-{theme}.png");
                    page.screenshot(&directory.join(file)).await;
                }
            }
        }
    }
}
