//! The messages of this tab's page, and of the other tabs of the app.

use crate::link::{ToCore, ToPage, read};
use client_web::{BrowserError, BrowserRandom};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use types::base64url;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, DedicatedWorkerGlobalScope, MessageEvent};

/// The name of the channel between the tabs.
const CHANNEL: &str = "passbook";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asker {
    /// The page of this worker.
    Own,
    /// The page of another tab, whose worker has that id.
    Other(String),
}

/// What the workers of the tabs send each other.
#[derive(Serialize, Deserialize)]
pub(super) enum Between {
    /// To the leader: from the page of the tab with that id.
    Asked(String, ToCore),
    /// From the leader: to the page of the tab with that id, or to all pages.
    Said(Option<String>, ToPage),
    /// From a new leader: it answers from now on.
    Leads,
    /// The passbook is locked in all tabs.
    Lock,
}

/// This tab among the others.
#[derive(Debug)]
pub(super) struct Tabs {
    scope: DedicatedWorkerGlobalScope,
    channel: BroadcastChannel,
    id: String,
}

impl Tabs {
    /// This worker's tab.
    pub(super) fn new() -> Result<Self, BrowserError> {
        Ok(Self {
            scope: js_sys::global().unchecked_into(),
            channel: BroadcastChannel::new(CHANNEL)?,
            id: base64url::encode(&*BrowserRandom.key()),
        })
    }

    /// Calls `own` with what the page sends, and `between` with what other tabs send.
    pub(super) fn listen(
        &self,
        own: impl Fn(ToCore) + 'static,
        between: impl Fn(Between) + 'static,
    ) {
        self.scope.set_onmessage(Some(&on_message(own)));
        self.channel.set_onmessage(Some(&on_message(between)));
    }

    /// Sends to the page that asks.
    pub(super) fn say(&self, asker: &Asker, message: ToPage) {
        match asker {
            Asker::Own => post(&message, |text| self.scope.post_message(text)),
            Asker::Other(tab) => self.send(&Between::Said(Some(tab.clone()), message)),
        }
    }

    /// Sends to the pages of all tabs.
    pub(super) fn say_all(&self, message: ToPage) {
        post(&message, |text| self.scope.post_message(text));
        self.send(&Between::Said(None, message));
    }

    /// Passes on to the leader what this tab's page sends.
    pub(super) fn pass_on(&self, message: ToCore) {
        self.send(&Between::Asked(self.id.clone(), message));
    }

    /// Passes on what the leader says to this tab's page.
    pub(super) fn hear(&self, message: &ToPage) {
        post(message, |text| self.scope.post_message(text));
    }

    /// Whether the tab with that id is this one.
    pub(super) fn is_own(&self, id: &str) -> bool {
        self.id == id
    }

    /// Sends to the workers of all other tabs.
    pub(super) fn send(&self, message: &Between) {
        post(message, |text| self.channel.post_message(text));
    }
}

fn post(message: &impl Serialize, send: impl FnOnce(&JsValue) -> Result<(), JsValue>) {
    let text = serde_json::to_string(message);
    debug_assert!(text.is_ok(), "messages are plain values");
    if let Ok(text) = text {
        // It fails only if the other end is gone.
        let _sent = send(&JsValue::from_str(&text));
    }
}

fn on_message<T: DeserializeOwned>(handle: impl Fn(T) + 'static) -> js_sys::Function {
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        // Another version of the app may run in another tab for a moment: what it says is not understood.
        if let Ok(message) = read(&text) {
            handle(message);
        }
    });
    listener.into_js_value().unchecked_into()
}
