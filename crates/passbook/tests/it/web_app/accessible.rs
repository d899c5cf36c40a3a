//! Whether everybody can use the app, as far as rules can say it: axe-core on every page and state of a tour.

use super::person::Person;
use super::tour::tour;
use crate::bank::Bank;
use futures_util::future::join_all;
use serde_json::json;
use std::cell::RefCell;
use testkit::chromium::Look;

/// Each customer makes the tour in a language of their own.
const TOURS: [(&str, &str, &str); 3] = [
    ("en-GB", "1001", "2000000010"),
    ("th-TH", "1002", "2000000020"),
    ("cs-CZ", "1003", "2000000030"),
];

#[tokio::test]
async fn no_page_of_a_tour_violates_a_rule_in_any_language_and_theme() {
    let bank = Bank::sandbox("");
    let found = RefCell::new(Vec::new());
    let tours = TOURS.map(async |(language, customer, account)| {
        let person = Person::new().await;
        let look = Look {
            size: (390, 844),
            phone: true,
            language,
            features: &[],
        };
        tour(
            &bank,
            &person,
            (customer, account),
            look,
            async |page, name| {
                for theme in ["light", "dark"] {
                    let scheme = json!([{"name": "prefers-color-scheme", "value": theme}]);
                    let scheme = json!({"media": "screen", "features": scheme});
                    page.call("Emulation.setEmulatedMedia", scheme)
                        .await
                        .unwrap();
                    let violations = page.violations().await.into_iter();
                    let named =
                        violations.map(|text| format!("{name}, {language}, {theme}: {text}"));
                    found.borrow_mut().extend(named);
                }
            },
        )
        .await;
    });
    join_all(tours).await;
    let found = found.into_inner();
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}
