//! What the views need of the browser beside the document that they describe. On the server all of it does nothing.

use crate::route::Route;
use futures_util::future::LocalBoxFuture;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, HtmlElement, Window};

/// Runs the future to its end. The module has the machinery of a task once, and not for each future.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let future: LocalBoxFuture<'static, ()> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(future);
}

/// The window. There is none on the server, where the imports of the browser must not be called.
fn window() -> Option<Window> {
    if cfg!(target_family = "wasm") {
        web_sys::window()
    } else {
        None
    }
}

fn document() -> Option<Document> {
    window()?.document()
}

/// The page that the address names.
pub(crate) fn route() -> Route {
    let path = window().and_then(|window| window.location().pathname().ok());
    path.map_or(Route::Home, |path| Route::of(&path))
}

/// Puts the page's path into the address and the browser's history.
pub(crate) fn push(route: &Route) {
    let history = window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        let _ =
            history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&route.to_string()));
    }
}

/// Calls back when the person goes back or forward, as long as the app lives.
pub(crate) fn on_history(changed: impl Fn(Route) + 'static) {
    let Some(window) = window() else { return };
    if let Ok(history) = window.history() {
        let _ = history.set_scroll_restoration(web_sys::ScrollRestoration::Manual);
    }
    let listener = Closure::<dyn Fn()>::new(move || changed(route()));
    let listens =
        window.add_event_listener_with_callback("popstate", listener.as_ref().unchecked_ref());
    if listens.is_ok() {
        listener.forget();
    }
}

/// The part of the address after `#`, which is removed from the address and the history's entry.
pub(crate) fn take_fragment() -> Option<String> {
    let window = window()?;
    let fragment = window.location().hash().ok()?;
    let fragment = fragment.strip_prefix('#').filter(|text| !text.is_empty())?;
    let history = window.history().ok()?;
    let path = window.location().pathname().ok()?;
    let replaced = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&path));
    replaced.ok().map(|()| fragment.to_owned())
}

/// Names the page in the browser's tab.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Sets an attribute of the document's root element.
pub(crate) fn set_root(name: &str, value: &str) {
    let root = document().and_then(|document| document.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute(name, value);
    }
}

/// Moves the focus to the first element that the selector finds, so that a screen reader goes on there.
pub(crate) fn focus(selector: &str) {
    let found = document().and_then(|document| document.query_selector(selector).ok()?);
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Gives an element the focus before the next frame, if what had it has gone.
pub(crate) fn take_lost_focus(element: HtmlElement) {
    before_next_frame(move || {
        let focused = document().and_then(|document| document.active_element());
        if focused.is_none_or(|focused| focused.tag_name() == "BODY") {
            let _ = element.focus();
        }
    });
}

/// How far the page is scrolled, in CSS pixels.
pub(crate) fn scrolled() -> f64 {
    let position = window().and_then(|window| window.scroll_y().ok());
    position.unwrap_or_default()
}

/// How high the window is, in CSS pixels; on the server, as high as many.
pub(crate) fn height_px() -> usize {
    let height = window().and_then(|window| window.inner_height().ok()?.as_f64());
    height.map_or(1024, whole)
}

#[allow(clippy::as_conversions, reason = "a height is not negative, and small")]
const fn whole(px: f64) -> usize {
    px as usize
}

/// Scrolls the page there.
pub(crate) fn scroll_to(position: f64) {
    if let Some(window) = window() {
        window.scroll_to_with_x_and_y(0.0, position);
    }
}

/// Calls back before the next frame, after the views have changed the document.
pub(crate) fn before_next_frame(then: impl FnOnce() + 'static) {
    let Some(window) = window() else { return };
    let then = Closure::once_into_js(then);
    let _ = window.request_animation_frame(then.unchecked_ref());
}

/// Loads the app again.
pub(crate) fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

/// Calls back while the page is scrolled, until the view that asked for it is gone.
pub(crate) fn on_scroll(scrolled: impl Fn() + 'static) {
    if cfg!(target_family = "wasm") {
        let listener =
            leptos::prelude::window_event_listener(leptos::ev::scroll, move |_| scrolled());
        leptos::prelude::on_cleanup(move || listener.remove());
    }
}

/// How many rows of a list with equally high rows are above the window.
pub(crate) fn rows_above(list: &HtmlElement, rows: usize) -> usize {
    let bounds = list.get_bounding_client_rect();
    let (above, height) = (-bounds.top(), bounds.height());
    if above <= 0.0 || height <= 0.0 {
        return 0;
    }
    share_of(rows, above / height).min(rows)
}

#[allow(
    clippy::as_conversions,
    reason = "a list has fewer rows than an f64 counts exactly"
)]
fn share_of(rows: usize, share: f64) -> usize {
    (rows as f64 * share) as usize
}

/// Gives the person a file that was made on this device.
pub(crate) fn save(name: &str, kind: &str, text: &str) {
    let Some(document) = document() else { return };
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    let parts = js_sys::Array::of1(&text.into());
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options);
    let Some(address) = blob
        .ok()
        .and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob).ok())
    else {
        return;
    };
    let link = document.create_element("a").ok();
    if let Some(link) = link.and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok()) {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    let _ = web_sys::Url::revoke_object_url(&address);
}

/// Prints the page.
pub(crate) fn print() {
    if let Some(window) = window() {
        let _ = window.print();
    }
}

/// How far the person's clock is ahead of UTC, in minutes.
pub(crate) fn ahead_of_utc_minutes() -> i32 {
    if cfg!(target_family = "wasm") {
        // JavaScript counts the other way.
        let behind = js_sys::Date::new_0().get_timezone_offset();
        rounded(-behind)
    } else {
        0
    }
}

/// The time by the person's clock, or nothing on the server.
pub(crate) fn now_ms() -> Option<u64> {
    cfg!(target_family = "wasm").then(|| unsigned(js_sys::Date::now()))
}

#[allow(clippy::as_conversions, reason = "an offset is less than a day")]
const fn rounded(minutes: f64) -> i32 {
    minutes as i32
}

#[allow(
    clippy::as_conversions,
    reason = "a time is not negative, and less than 2^53"
)]
const fn unsigned(ms: f64) -> u64 {
    ms as u64
}
