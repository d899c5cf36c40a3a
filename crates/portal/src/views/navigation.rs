//! Where the person is, and how they get elsewhere.

use super::person::apart;
use crate::browser;
use crate::model::Draft;
use crate::route::{PLAIN, Route};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use std::collections::HashMap;

/// The pages' navigation. It is a context of all views, and cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Navigation {
    /// The page.
    pub(super) route: RwSignal<Route>,
    /// Counts what the person asked for, so that a page that is shown begins again.
    pub(super) visits: RwSignal<u64>,
    /// What the payment's page begins with. It is no part of the address.
    prepared: StoredValue<Option<Draft>>,
    scrolled: StoredValue<HashMap<String, f64>>,
    /// The page before this one.
    before: StoredValue<Route>,
    /// Whether it is that of the plain pages.
    is_plain: bool,
}

impl Navigation {
    /// Begins at the page that the address names. On the server the page is a context.
    pub(super) fn new() -> Self {
        let navigation = Self {
            route: RwSignal::new(use_context().unwrap_or_else(browser::route)),
            visits: RwSignal::new(0),
            prepared: StoredValue::new(None),
            scrolled: StoredValue::new(HashMap::new()),
            before: StoredValue::new(Route::Home),
            is_plain: false,
        };
        browser::on_history(move |route| navigation.show(route));
        navigation
    }

    /// The navigation of the plain pages, on the server.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn plain() -> Self {
        let is_plain = true;
        Self {
            is_plain,
            ..Self::new()
        }
    }

    /// The address of a page. The plain pages have few.
    fn address(&self, route: &Route) -> Option<String> {
        match route {
            _ if !self.is_plain => Some(route.to_string()),
            Route::Home => Some(PLAIN.to_owned()),
            Route::Account(_) => Some(format!("{PLAIN}{route}")),
            _ => None,
        }
    }

    /// The navigation of the view that calls this.
    #[allow(clippy::expect_used, reason = "every view is inside the main view")]
    pub(super) fn here() -> Self {
        use_context().expect("the navigation is a context of every view")
    }

    /// Goes to a page.
    pub(super) fn go(&self, route: Route) {
        let from = self.route.get_untracked();
        self.before.set_value(from.clone());
        let from = from.to_string();
        let position = browser::scrolled();
        self.scrolled.update_value(|scrolled| {
            scrolled.insert(from, position);
            scrolled.remove(&route.to_string());
        });
        browser::push(&route);
        self.visits.update(|visits| *visits += 1);
        self.show(route);
    }

    fn show(&self, route: Route) {
        let position = self
            .scrolled
            .with_value(|scrolled| scrolled.get(&route.to_string()).copied());
        self.route.set(route);
        browser::before_next_frame(move || {
            browser::focus("h1");
            browser::scroll_to(position.unwrap_or_default());
        });
    }

    /// Goes to the payment's page with a draft.
    pub(super) fn order(&self, draft: Draft) {
        self.prepared.set_value(Some(draft));
        self.go(Route::Pay);
    }

    /// The page from which the person came.
    pub(super) fn before(&self) -> Route {
        self.before.get_value()
    }

    /// The draft with which the payment's page was asked for, once.
    pub(super) fn take_prepared(&self) -> Option<Draft> {
        self.prepared.try_update_value(Option::take).flatten()
    }
}

/// A link to a page of the app.
pub(super) fn link(to: Route, class: &'static str, children: impl IntoView + 'static) -> AnyView {
    link_with(to, class, children.into_any(), None)
}

/// A link to one of the places, which says when it is the page that is shown.
pub(super) fn link_to_place(
    to: Route,
    class: &'static str,
    children: impl IntoView + 'static,
    is_current: Signal<bool>,
) -> AnyView {
    link_with(to, class, children.into_any(), Some(is_current))
}

/// A link to a page, with a signal for those that say when it is shown: each costs an effect.
fn link_with(
    to: Route,
    class: &'static str,
    children: AnyView,
    is_current: Option<Signal<bool>>,
) -> AnyView {
    let navigation = Navigation::here();
    let Some(href) = navigation.address(&to) else {
        return view! { <span class=class>{children}</span> }.into_any();
    };
    let follow = move |event: MouseEvent| {
        let is_plain = event.button() == 0
            && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
        if is_plain {
            event.prevent_default();
            navigation.go(to.clone());
        }
    };
    let current = is_current.map(|is_current| move || is_current.get().then_some("page"));
    view! { <a class=class href=href aria-current=current on:click=follow>{children}</a> }
        .into_any()
}

/// A button that goes to the payment's page with a draft.
pub(super) fn order_button(draft: Draft, class: &'static str, text: &'static str) -> AnyView {
    let navigation = Navigation::here();
    let order = move |_| navigation.order(draft.clone());
    view! { <button type="button" class=class on:click=order>{text}</button> }.into_any()
}

/// The page's heading, which also names the page in the browser's tab. It gets the focus when the page is shown.
pub(super) fn heading(text: impl Into<String>) -> AnyView {
    let text = text.into();
    name_tab(&text);
    view! { <h1 tabindex="-1"><bdi>{text}</bdi></h1> }.into_any()
}

/// Names the page in the browser's tab.
pub(super) fn name_tab(text: &str) {
    browser::set_title(&format!("{} · {}", apart(text), crate::brand::NAME));
}
