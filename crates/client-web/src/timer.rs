//! Time in a browser.

use crate::browser_error::{member, settled};
use crate::random::BrowserRandom;
use client::{Instant, Timer, backoff_ms};
use js_sys::{Function, Promise};
use rand_core::Rng as _;
use std::sync::Arc;
use types::{Clock, Time};
use wasm_bindgen::{JsCast as _, JsValue};

/// The longest wait of one timer, in milliseconds: a larger one ends at once (HTML, timers: a signed 32-bit number).
const TIMER_MS_MAX: u64 = 1 << 30;

/// The timers of the browser, and waits that double up to a maximum.
#[derive(Debug, Clone, Copy)]
pub struct BrowserTimer {
    wait_ms_max: u64,
    /// Identifies this run of the clock.
    run: u64,
}

impl BrowserTimer {
    /// Waits between attempts of at most `max_ms`.
    #[must_use]
    pub fn up_to_ms(max_ms: u64) -> Self {
        Self {
            wait_ms_max: max_ms,
            run: BrowserRandom.next_u64().max(1),
        }
    }
}

/// A timer that is cleared when nobody waits for it any more.
struct Timeout(JsValue);

impl Drop for Timeout {
    fn drop(&mut self) {
        let _cleared = call("clearTimeout", &[&self.0]);
    }
}

/// Waits that many milliseconds.
pub(crate) async fn sleep(ms: u64) {
    let mut left = ms;
    loop {
        let now = left.min(TIMER_MS_MAX);
        let mut timer = JsValue::UNDEFINED;
        let elapsed = Promise::new(&mut |resolve, _| {
            let ms = JsValue::from_f64(as_f64(now));
            timer = call("setTimeout", &[&resolve, &ms]);
        });
        let _timeout = Timeout(timer);
        let _elapsed = settled(elapsed).await;
        left -= now;
        if left == 0 {
            return;
        }
    }
}

fn call(name: &str, arguments: &[&JsValue]) -> JsValue {
    let global = js_sys::global();
    let function: Function = member(&global, name).unwrap_or_default().unchecked_into();
    let arguments: js_sys::Array = arguments.iter().copied().cloned().collect();
    function.apply(&global, &arguments).unwrap_or_default()
}

#[allow(
    clippy::as_conversions,
    reason = "below 2^53, where every integer is exact"
)]
const fn as_f64(ms: u64) -> f64 {
    ms as f64
}

#[allow(
    clippy::as_conversions,
    reason = "the conversion saturates, and a fraction of a millisecond is cut"
)]
const fn as_ms(ms: f64) -> u64 {
    ms as u64
}

/// The device's clock: the time of day.
#[must_use]
pub fn clock() -> Clock {
    Arc::new(|| Time::from_ms(as_ms(js_sys::Date::now())))
}

impl Timer for BrowserTimer {
    async fn sleep(&self, ms: u64) {
        sleep(ms).await;
    }

    /// The time since the worker started (High Resolution Time, `performance.now()`). Browsers differ in whether it goes on
    /// while the device sleeps. After such a sleep the stream is broken, and opened again.
    fn instant(&self) -> Instant {
        let performance = member(&js_sys::global(), "performance").unwrap_or_default();
        let performance: web_sys::Performance = performance.unchecked_into();
        Instant::new(self.run, as_ms(performance.now()))
    }

    fn backoff_ms(&self, failures: u32) -> u64 {
        backoff_ms(failures, self.wait_ms_max, BrowserRandom.next_u64())
    }
}
