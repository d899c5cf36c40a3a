//! What a browser's interface threw.

use js_sys::{Promise, Reflect};
use thiserror::Error;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

/// An exception of the browser: its name, such as `QuotaExceededError`, and its message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}: {message}")]
pub struct BrowserError {
    /// The name.
    pub name: String,
    /// The message, for who looks into it.
    pub message: String,
}

impl BrowserError {
    pub(crate) fn new(name: &str, message: &str) -> Self {
        Self {
            name: name.to_owned(),
            message: message.to_owned(),
        }
    }
}

impl From<JsValue> for BrowserError {
    fn from(thrown: JsValue) -> Self {
        let member = |name: &str| {
            let value = Reflect::get(&thrown, &JsValue::from_str(name)).ok();
            value.and_then(|value| value.as_string())
        };
        match (member("name"), member("message")) {
            (Some(name), Some(message)) => Self { name, message },
            _ => Self::new("Error", &thrown.as_string().unwrap_or_default()),
        }
    }
}

/// Waits for a promise.
pub(crate) async fn settled(promise: impl Into<JsValue>) -> Result<JsValue, BrowserError> {
    let promise: Promise = promise.into().unchecked_into();
    Ok(JsFuture::from(promise).await?)
}

/// The member of an object.
pub(crate) fn member(object: &JsValue, name: &str) -> Result<JsValue, BrowserError> {
    Ok(Reflect::get(object, &JsValue::from_str(name))?)
}

/// Sets the member of an object.
pub(crate) fn set(
    object: &JsValue,
    name: &str,
    value: impl Into<JsValue>,
) -> Result<(), BrowserError> {
    Reflect::set(object, &JsValue::from_str(name), &value.into())?;
    Ok(())
}

/// An object with these members.
pub(crate) fn object<const N: usize>(
    members: [(&str, JsValue); N],
) -> Result<JsValue, BrowserError> {
    let made = JsValue::from(js_sys::Object::new());
    for (name, value) in members {
        set(&made, name, value)?;
    }
    Ok(made)
}
