//! Every page and state in every language, rendered without a browser.
//!
//! With `PASSBOOK_PAGES=DIRECTORY` the pages are written there with the style sheet, to be looked at in a browser.

pub(crate) mod fixtures;
mod in_browser;
mod plain;

use super::whole_page;
use crate::app::{App, Phase};
use crate::model::{Connection, Home, Order};
use crate::route::{PLAIN, Route};
use crate::settings::{Settings, TextSize, Theme};
use crate::texts::Language;
use fixtures::World;
use leptos::prelude::*;
use std::path::Path;

/// A page in a state.
struct Case {
    name: &'static str,
    route: Route,
    phase: Phase,
    world: World,
    /// What the page must contain in each language.
    contains: fn(Language) -> Vec<&'static str>,
}

fn open(name: &'static str, route: Route, contains: fn(Language) -> Vec<&'static str>) -> Case {
    Case {
        name,
        route,
        phase: Phase::Open,
        world: World::new(),
        contains,
    }
}

fn outside(name: &'static str, phase: Phase, contains: fn(Language) -> Vec<&'static str>) -> Case {
    Case {
        phase,
        ..open(name, Route::Home, contains)
    }
}

fn with(mut case: Case, change: impl FnOnce(&mut World)) -> Case {
    change(&mut case.world);
    case
}

fn connected(case: Case, connection: Connection, why: Option<&str>) -> Case {
    with(case, |world| {
        world.connection = (connection, why.map(str::to_owned))
    })
}

fn at_home(case: Case, change: impl FnOnce(&mut Home)) -> Case {
    with(case, |world| change(world.home.as_mut().unwrap()))
}

fn cases() -> Vec<Case> {
    let home = |name| {
        open(name, Route::Home, |l| {
            vec![l.texts().home.title, l.texts().home.newest]
        })
    };
    vec![
        outside("starting", Phase::Starting, |l| {
            vec![l.texts().common.loading]
        }),
        outside("welcome", Phase::Welcome { emptied: false }, |l| {
            let texts = &l.texts().welcome;
            vec![texts.title, texts.intro, texts.customer, texts.code]
        }),
        outside("welcome-emptied", Phase::Welcome { emptied: true }, |l| {
            vec![l.texts().gone.removed, l.texts().welcome.intro]
        }),
        outside("locked-passkey", Phase::Locked { by_passkey: true }, |l| {
            vec![l.texts().unlock.passkey]
        }),
        outside(
            "locked-password",
            Phase::Locked { by_passkey: false },
            |l| {
                vec![
                    l.texts().welcome.password,
                    l.texts().unlock.submit,
                    "type=\"password\"",
                ]
            },
        ),
        outside("gone-removed", Phase::Gone("removed".into()), |l| {
            vec![l.texts().gone.removed]
        }),
        outside("gone-newer", Phase::Gone("newer".into()), |l| {
            vec![l.texts().gone.newer]
        }),
        outside("gone-full", Phase::Gone("full".into()), |l| {
            vec![l.texts().gone.full]
        }),
        outside("gone-other", Phase::Gone("two_clocks".into()), |_| {
            vec!["two_clocks"]
        }),
        home("home"),
        with(
            open("home-loading", Route::Home, |l| {
                vec![l.texts().common.loading]
            }),
            |world| world.home = None,
        ),
        at_home(
            open("home-empty", Route::Home, |l| {
                vec![l.texts().home.no_accounts, l.texts().home.no_entries]
            }),
            |home| {
                home.accounts.clear();
                home.accounts_total = 0;
                home.newest.clear();
                home.waiting.clear();
            },
        ),
        with(home("home-fresh"), |world| {
            world.fresh = vec!["e1".to_owned()]
        }),
        connected(
            open("home-offline", Route::Home, |l| {
                vec![l.texts().status.offline]
            }),
            Connection::Offline,
            None,
        ),
        connected(
            open("home-limited", Route::Home, |l| {
                vec![l.texts().status.limited]
            }),
            Connection::Limited,
            None,
        ),
        connected(
            open("home-repair", Route::Home, |l| {
                vec![l.texts().status.repair]
            }),
            Connection::Limited,
            Some("books_in_repair"),
        ),
        connected(
            open("home-expired", Route::Home, |l| {
                vec![l.texts().status.expired, l.texts().common.log_in]
            }),
            Connection::Ended,
            Some("token_expired"),
        ),
        connected(
            open("home-revoked", Route::Home, |l| {
                vec![l.texts().status.revoked]
            }),
            Connection::Ended,
            Some("device_revoked"),
        ),
        connected(
            open("home-stopped", Route::Home, |l| {
                vec![l.texts().status.stopped]
            }),
            Connection::Ended,
            Some("customer_stopped"),
        ),
        connected(
            open("home-clock", Route::Home, |l| vec![l.texts().status.clock]),
            Connection::Offline,
            Some("clock"),
        ),
        at_home(
            open("home-left-out", Route::Home, |l| {
                vec![l.texts().status.revoked_title]
            }),
            |home| home.left_out = true,
        ),
        at_home(
            open("home-discrepancy", Route::Home, |l| {
                vec![l.texts().status.discrepancy]
            }),
            |home| {
                home.discrepancy = Some("head_differs".to_owned());
            },
        ),
        open("account", Route::Account(1), |l| {
            let texts = &l.texts().account;
            vec![
                texts.search,
                texts.over_time,
                texts.in_and_out,
                "balance-line",
                "aria-label",
            ]
        }),
        with(
            open("account-empty", Route::Account(1), |l| {
                vec![l.texts().account.empty]
            }),
            |world| world.entries.clear(),
        ),
        open("account-unknown", Route::Account(9), |l| {
            vec![l.texts().account.unknown]
        }),
        open("account-right-to-left", Route::Account(3), |l| {
            vec![l.texts().account.search]
        }),
        open("statement", Route::Statement(1, "2026-11".into()), |l| {
            vec![
                l.texts().statement.csv,
                l.texts().statement.print,
                l.texts().statement.closing,
            ]
        }),
        open("entry", Route::Entry("e2".into()), |l| {
            vec![l.texts().entry.ask, l.texts().entry.bank_reference]
        }),
        open("entry-ordered", Route::Entry("e1".into()), |l| {
            vec![l.texts().entry.repeat, l.texts().entry.its_order]
        }),
        open("entry-of-another-kind", Route::Entry("e4".into()), |l| {
            vec![l.texts().kinds.device_added]
        }),
        open("entry-withdrawn", Route::Entry("e6".into()), |l| {
            vec![l.texts().entry.withdrawn_text]
        }),
        open("entry-unknown", Route::Entry("e99".into()), |l| {
            vec![l.texts().entry.unknown]
        }),
        open("pay", Route::Pay, |l| {
            let texts = &l.texts().pay;
            vec![
                texts.from,
                texts.to,
                texts.amount,
                texts.when,
                texts.review,
                "inputmode=\"decimal\"",
            ]
        }),
        connected(
            open("pay-offline", Route::Pay, |l| {
                vec![l.texts().status.offline, l.texts().pay.review]
            }),
            Connection::Offline,
            None,
        ),
        at_home(
            open("pay-without-account", Route::Pay, |l| {
                vec![l.texts().pay.no_account]
            }),
            |home| home.accounts.clear(),
        ),
        open("orders", Route::Orders, |l| {
            let texts = l.texts();
            vec![
                texts.orders.under_way,
                texts.orders.finished,
                texts.states.refused,
                texts.orders.send_now,
                texts.orders.prepared,
                texts.orders.decline,
            ]
        }),
        with(
            open("orders-empty", Route::Orders, |l| {
                vec![l.texts().orders.empty]
            }),
            |world| {
                world.orders.clear();
                world.pending.clear();
                world.initiations.clear();
            },
        ),
        open("payees", Route::Payees, |l| {
            vec![l.texts().payees.add, l.texts().payees.end]
        }),
        with(
            open("payees-empty", Route::Payees, |l| {
                vec![l.texts().payees.no_payees, l.texts().payees.no_standing]
            }),
            |world| {
                world.payees.clear();
                world.standing.clear();
            },
        ),
        open("security", Route::Security, |l| {
            let texts = &l.texts().security;
            vec![
                texts.calling_no,
                texts.this_device,
                texts.let_in,
                texts.never_used,
                texts.brake_payees,
                texts.stop,
            ]
        }),
        with(
            open("security-logged-out", Route::Security, |l| {
                vec![l.texts().common.log_in_first]
            }),
            |world| {
                world.is_logged_in = false;
            },
        ),
        open("settings", Route::Settings, |l| {
            vec![
                l.texts().settings.language,
                l.texts().settings.stored,
                "type=\"radio\"",
            ]
        }),
        open("help", Route::Help, |l| {
            vec![l.texts().help.call_text, l.texts().help.pay_text]
        }),
        open("unknown", Route::Unknown, |l| {
            vec![l.texts().common.not_found]
        }),
    ]
}

/// A page as HTML.
fn rendered(case: &Case, settings: Settings) -> String {
    let owner = Owner::new();
    let html = owner.with(|| {
        let app = case.world.app();
        app.phase.set(case.phase.clone());
        provide_context(app);
        provide_context(RwSignal::new(settings));
        provide_context(case.route.clone());
        whole_page().to_html()
    });
    drop(owner);
    html
}

/// A whole document of a page.
fn document(name: &str, settings: Settings, html: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{}\" data-theme=\"{}\" data-text=\"{}\" data-amounts=\"{}\"><head><meta \
         charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" \
         href=\"style.css\"><title>{name}</title></head><body>{html}</body></html>",
        settings.language.tag(),
        settings.theme.word(),
        settings.text_size.word(),
        if settings.amounts_hidden {
            "hidden"
        } else {
            "shown"
        },
    )
}

fn written(directory: &Path, name: &str, settings: Settings, html: &str) {
    let page = document(name, settings, html);
    std::fs::write(directory.join(format!("{name}.html")), page).unwrap();
}

/// What stands in HTML for a text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[test]
fn every_page_and_state_is_rendered_in_every_language() {
    let directory = std::env::var_os("PASSBOOK_PAGES");
    let directory = directory.as_deref().map(Path::new);
    if let Some(directory) = directory {
        std::fs::create_dir_all(directory).unwrap();
    }
    for language in Language::ALL {
        let settings = Settings {
            language,
            ..Settings::default()
        };
        for case in cases() {
            let html = rendered(&case, settings);
            let name = case.name;
            for text in (case.contains)(language) {
                assert!(html.contains(&escaped(text)), "{name} lacks {text}\n{html}");
            }
            assert_eq!(html.matches("<h1").count(), 1, "{name}");
        }
        if let Some(directory) = directory {
            for (name, page) in all_pages(settings) {
                std::fs::write(directory.join(format!("{name}.html")), page).unwrap();
            }
        }
    }
    if let Some(directory) = directory {
        let style = concat!(env!("CARGO_MANIFEST_DIR"), "/static/style.css");
        std::fs::copy(style, directory.join("style.css")).unwrap();
        for (name, settings) in other_looks() {
            let case = open("home", Route::Home, |_| Vec::new());
            written(directory, name, settings, &rendered(&case, settings));
        }
    }
}

fn other_looks() -> [(&'static str, Settings); 4] {
    let settings = Settings::default();
    [
        (
            "home-dark",
            Settings {
                theme: Theme::Dark,
                ..settings
            },
        ),
        (
            "home-contrast",
            Settings {
                theme: Theme::Contrast,
                ..settings
            },
        ),
        (
            "home-larger",
            Settings {
                text_size: TextSize::Larger,
                ..settings
            },
        ),
        (
            "home-hidden",
            Settings {
                amounts_hidden: true,
                ..settings
            },
        ),
    ]
}

/// Every page and state as a document with its name, the steps of a payment after its form, and the plain pages.
fn all_pages(settings: Settings) -> Vec<(String, String)> {
    let language = settings.language;
    let cases = cases().into_iter();
    let cases = cases.map(|case| (case.name, rendered(&case, settings)));
    let steps: [(&str, View); 3] = [
        ("review", || {
            super::review::review(&fixtures::review(), Some(|| ()), |_: Order| ())
        }),
        ("result", || {
            super::review::result(&fixtures::order("o1", "accepted"))
        }),
        ("result-refused", || {
            super::review::result(&fixtures::order("o1", "refused"))
        }),
    ];
    let steps = steps.map(|(name, view)| (name, inside(language, view)));
    let pages = cases.chain(steps);
    let pages = pages.map(|(name, html)| {
        let name = format!("{name}-{}", language.tag());
        let page = document(&name, settings, &html);
        (name, page)
    });
    pages.chain(plain::all_pages(language)).collect()
}

/// A view that needs its contexts alone.
type View = fn() -> AnyView;

/// A view inside the app, as HTML.
fn inside(language: Language, view: View) -> String {
    let owner = Owner::new();
    owner.with(|| {
        provide_context(World::new().app());
        provide_context(RwSignal::new(Settings::default()));
        provide_context(super::Navigation::new());
        provide_context(super::Person::new(language));
        view! { <div class="shell"><main>{view()}</main></div> }.to_html()
    })
}

#[test]
fn the_review_shows_the_signed_text_letter_by_letter() {
    for language in Language::ALL {
        let html = inside(language, || {
            super::review::review(&fixtures::review(), Some(|| ()), |_: Order| ())
        });
        assert!(html.contains(&escaped(&fixtures::review().text)), "{html}");
        assert!(html.contains(language.texts().pay.sign), "{html}");
        assert!(html.contains(language.texts().pay.note), "{html}");
        let blocked = inside(language, || {
            let mut review = fixtures::review();
            review.can_be_signed = false;
            super::review::review(&review, Some(|| ()), |_: Order| ())
        });
        assert!(!blocked.contains(language.texts().pay.sign), "{blocked}");
    }
}

#[test]
fn every_state_of_an_order_has_words() {
    let states = [
        "waiting_for_network",
        "sent",
        "unknown_asking",
        "approval_needed",
        "approved",
        "accepted",
        "scheduled",
        "done",
        "refused",
        "expired",
        "cancelled",
    ];
    for language in Language::ALL {
        for state in states {
            assert!(language.texts().states.of(state).is_some(), "{state}");
        }
    }
}

#[test]
fn every_kind_of_order_and_every_known_reason_has_words() {
    for language in Language::ALL {
        for kind in order::OrderKind::ALL {
            assert!(
                language.texts().order_kinds.of(kind.as_str()).is_some(),
                "{kind}"
            );
        }
        for reason in order::Reason::KNOWN {
            assert!(
                language.texts().reasons.of(reason.as_str()).is_some(),
                "{reason}"
            );
        }
    }
}

#[test]
fn no_address_has_a_number_a_name_or_an_amount() {
    for case in cases() {
        let html = rendered(&case, Settings::default());
        for link in html.split("href=\"").skip(1) {
            let address = link.split('"').next().unwrap();
            let is_known = Route::of(address) != Route::Unknown || address == "/";
            assert!(
                is_known
                    || address == "#content"
                    || address == PLAIN
                    || address.starts_with("tel:"),
                "{address}"
            );
            for secret in fixtures::SECRETS {
                assert!(!address.contains(secret), "{address}");
            }
        }
    }
}

/// Names that are read from the right stand apart, so that nothing around them changes places (Unicode Standard Annex 9).
#[test]
fn right_to_left_names_stand_apart() {
    let is_apart = |before: &str| before.ends_with("<bdi>") || before.ends_with('\u{2068}');
    let mut found = 0;
    for (name, page) in all_pages(Settings::default()) {
        for right_to_left in fixtures::RIGHT_TO_LEFT {
            let parts: Vec<&str> = page.split(right_to_left).collect();
            for before in parts.iter().take(parts.len() - 1) {
                let end: String = before.chars().rev().take(60).collect();
                let end: String = end.chars().rev().collect();
                assert!(is_apart(before), "{name}: {end}{right_to_left}");
                found += 1;
            }
        }
    }
    assert!(found >= 20, "{found}");
}

#[test]
fn the_app_is_the_context_of_every_view() {
    let owner = Owner::new();
    owner.with(|| {
        provide_context(World::new().app());
        assert_eq!(App::here().home.get_untracked(), World::new().home);
    });
}

#[test]
fn the_browser_shows_the_banks_name_before_the_app_does() {
    let name = crate::brand::NAME;
    let page = include_str!("../../static/index.html");
    assert!(page.contains(&format!("<title>{name}</title>")));
    let manifest = include_str!("../../static/manifest.webmanifest");
    for member in ["name", "short_name"] {
        assert!(manifest.contains(&format!("\"{member}\": \"{name}\"")));
    }
}
