//! Every page and state in a real Chromium, without the core: whether everybody can use it, and whether it fits.

use super::all_pages;
use crate::settings::{Settings, Theme};
use crate::texts::Language;
use futures_util::future::join_all;
use serde_json::json;
use std::path::Path;
use testkit::chromium::{Look, Page};

const STYLE: &str = include_str!("../../../static/style.css");

/// Shows a document of the app with its style sheet in place.
async fn show(page: &Page, document: &str) {
    let link = "<link rel=\"stylesheet\" href=\"style.css\"";
    let (before, after) = document.split_once(link).unwrap();
    let (_, after) = after.split_once('>').unwrap();
    let html = format!("{before}<style>{STYLE}</style>{after}");
    let tree = page.call("Page.getFrameTree", json!({})).await.unwrap();
    let frame = &tree["frameTree"]["frame"]["id"];
    let content = json!({"frameId": frame, "html": html});
    page.call("Page.setDocumentContent", content).await.unwrap();
}

/// No rule of accessibility is violated in any theme.
async fn check_rules(language: Language) {
    let page = Page::open().await;
    let settings = Settings {
        language,
        ..Settings::default()
    };
    let mut found = Vec::new();
    for (name, document) in all_pages(settings) {
        show(&page, &document).await;
        for theme in [Theme::Light, Theme::Dark, Theme::Contrast].map(Theme::word) {
            let set = format!("document.documentElement.dataset.theme = '{theme}'");
            page.evaluate(&set).await.unwrap();
            for violation in page.violations().await {
                found.push(format!("{name}, {theme}: {violation}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

#[tokio::test]
async fn every_page_and_state_can_be_used_by_everybody() {
    join_all(Language::ALL.map(check_rules)).await;
}

/// WCAG 2.2, 1.4.10 and 1.4.4: nobody scrolls sideways on the smallest phone, nor with text of twice the size.
#[tokio::test]
async fn every_page_fits_a_small_phone_and_large_text() {
    let page = Page::open().await;
    let mut found = Vec::new();
    for (width, text) in [(320, "100%"), (640, "200%"), (390, "200%")] {
        let small = Look {
            size: (width, 640),
            phone: false,
            language: "en-GB",
            features: &[],
        };
        page.look(small).await;
        for language in Language::ALL {
            let settings = Settings {
                language,
                ..Settings::default()
            };
            for (name, document) in all_pages(settings) {
                show(&page, &document).await;
                let wide = format!(
                    "(() => {{
                        const root = document.documentElement;
                        root.style.fontSize = '{text}';
                        if (root.scrollWidth <= innerWidth) return [];
                        const isWide = (element) => element.getBoundingClientRect().right > innerWidth && !element.closest('.nav, .scrolled');
                        const wide = [...document.body.querySelectorAll('*')].filter(isWide);
                        return wide.map((element) => `${{element.outerHTML.slice(0, 120)}}`).slice(0, 4);
                    }})()"
                );
                let wide = page.evaluate(&wide).await.unwrap();
                for element in wide.as_array().unwrap() {
                    found.push(format!("{name}, {width} px, {text}: {element}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The states that a tour of the running app does not come to, as people see them.
#[tokio::test]
#[ignore = "it writes pictures for people: `make screenshots`"]
async fn every_state_is_taken() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../screenshots/states");
    let page = Page::open().await;
    for (device, size, phone) in [("phone", (390, 844), true), ("desktop", (1280, 900), false)] {
        let look = Look {
            size,
            phone,
            language: "en-GB",
            features: &[],
        };
        page.look(look).await;
        for language in [Language::English, Language::Thai] {
            for theme in [Theme::Light, Theme::Dark] {
                let settings = Settings {
                    language,
                    theme,
                    ..Settings::default()
                };
                for (name, document) in all_pages(settings) {
                    show(&page, &document).await;
                    page.painted().await;
                    let file = format!("{name}-{device}-{}.png", theme.word());
                    page.screenshot(&directory.join(file)).await;
                }
            }
        }
    }
}
