//! Web Locks: one holder among all tabs and workers of an origin.

use crate::browser_error::{BrowserError, member, object, settled};
use crate::timer::sleep;
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::{Function, Promise};
use std::pin::pin;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::AbortController;

/// A lock that is held until this is dropped, or until its tab or worker ends.
#[derive(Debug)]
pub struct WebLock {
    release: Function,
}

impl Drop for WebLock {
    fn drop(&mut self) {
        let _released = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// Takes back a request that nobody waits for any more.
struct Request(AbortController);

impl Drop for Request {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl WebLock {
    /// The lock `name`, unless somebody has it.
    pub async fn if_available(name: &str) -> Result<Option<Self>, BrowserError> {
        // A lock that was dropped just now is free once the browser has handled its promise.
        sleep(0).await;
        Self::request(name, object([("ifAvailable", true.into())])?).await
    }

    /// The lock `name`, once nobody has it. The future may be dropped while it waits.
    pub async fn when_free(name: &str) -> Result<Self, BrowserError> {
        let request = Request(AbortController::new()?);
        let options = object([("signal", request.0.signal().into())])?;
        let lock = Self::request(name, options).await?;
        // A signal has no effect on a granted lock.
        lock.ok_or_else(|| BrowserError::new("AbortError", "the lock was not granted"))
    }

    async fn request(name: &str, options: JsValue) -> Result<Option<Self>, BrowserError> {
        let (granted, waiting) = oneshot::channel();
        let grant = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            if lock.is_null() {
                // Nobody waits any more if this fails, here and below.
                let _ = granted.send(None);
                return JsValue::UNDEFINED;
            }
            let mut release = None;
            let held = Promise::new(&mut |resolve, _| release = Some(resolve));
            let lock = release.map(|release| Self { release });
            match granted.send(lock) {
                Ok(()) => held.into(),
                Err(_) => JsValue::UNDEFINED,
            }
        });
        let locks = member(&member(&js_sys::global(), "navigator")?, "locks")?;
        let request = member(&locks, "request")?;
        let request: &Function = request.unchecked_ref();
        let ended = request.call3(&locks, &name.into(), &options, &grant)?;
        let ended = pin!(settled(ended));
        match select(waiting, ended).await {
            Either::Left((Ok(lock), _)) => Ok(lock),
            Either::Left((Err(_), ended)) => Err(refused(ended.await)),
            Either::Right((ended, waiting)) => match waiting.await {
                Ok(lock) => Ok(lock),
                Err(_) => Err(refused(ended)),
            },
        }
    }
}

fn refused(ended: Result<JsValue, BrowserError>) -> BrowserError {
    let unknown = || BrowserError::new("AbortError", "the lock was not granted");
    ended.err().unwrap_or_else(unknown)
}
