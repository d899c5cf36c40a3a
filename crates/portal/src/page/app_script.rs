//! What `static/app.js` does for the page: it has the compiled module, and the policy for the addresses of scripts.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

/// Calls one of its functions. `None` if this page was not started by it.
pub(super) fn call(name: &str) -> Option<JsValue> {
    let passbook = Reflect::get(&js_sys::global(), &"passbook".into()).ok()?;
    let function = Reflect::get(&passbook, &name.into()).ok()?;
    function.dyn_into::<Function>().ok()?.call0(&passbook).ok()
}
