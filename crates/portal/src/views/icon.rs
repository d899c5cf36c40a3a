//! Pictures of the navigation, drawn in the colour of the text around them. Each stands beside a word.

use leptos::prelude::*;

pub(super) const HOME: &str = "M4 11l8-7 8 7v9h-5v-6H9v6H4z";
pub(super) const PAY: &str = "M4 12h15M13 6l6 6-6 6";
pub(super) const ORDERS: &str = "M5 5h14M5 12h14M5 19h9";
pub(super) const PAYEES: &str = "M12 11a4 4 0 100-8 4 4 0 000 8zM4 21c0-4 3.5-7 8-7s8 3 8 7";
pub(super) const SECURITY: &str = "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z";
pub(super) const SETTINGS: &str = "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4";
pub(super) const HELP: &str = "M9 9a3 3 0 116 0c0 2-3 2.5-3 5M12 18v.5";
pub(super) const LOCK: &str = "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 117 0v3";
pub(super) const EYE: &str = "M2.5 12C5 7.5 8 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.5 6.5-9.5 6.5s-7-2-9.5-6.5zM12 15a3 3 0 100-6 3 3 0 000 6z";

pub(super) fn icon(path: &'static str) -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={path}/>
        </svg>
    }
    .into_any()
}
