//! `make screenshots`: every page and state as people see it, to be looked at one by one.

use super::person::Person;
use super::tour::tour;
use crate::bank::Bank;
use std::path::Path;
use testkit::chromium::Look;

const DEVICES: [(&str, (u32, u32), bool); 2] =
    [("phone", (390, 844), true), ("desktop", (1280, 900), false)];

const LANGUAGES: [&str; 2] = ["en-GB", "th-TH"];

const THEMES: [&str; 2] = ["light", "dark"];

#[tokio::test]
#[ignore = "it writes pictures for people: `make screenshots`"]
async fn every_page_and_state_is_taken() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../screenshots");
    for (device, size, phone) in DEVICES {
        for language in LANGUAGES {
            for theme in THEMES {
                let bank = Bank::sandbox("");
                let person = Person::new().await;
                let features = match theme {
                    "dark" => &[("prefers-color-scheme", "dark")][..],
                    _ => &[],
                };
                let look = Look {
                    size,
                    phone,
                    language,
                    features,
                };
                let customer = ("1001", "2000000010");
                tour(&bank, &person, customer, look, async |page, name| {
                    page.painted().await;
                    let file = format!("{name}-{device}-{language}-{theme}.png");
                    page.screenshot(&directory.join(file)).await;
                })
                .await;
            }
        }
    }
}
