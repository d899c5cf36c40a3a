//! What all views share: the state of the app, its language, and the way to the core.

use crate::link::Ask;
use crate::model::{Account, Connection, Failure, Home};
use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::rc::Rc;
use zeroize::Zeroizing;

/// How far the app is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is known yet. It lasts one read of the store.
    Starting,
    /// This browser is not enrolled.
    Welcome {
        /// Whether it was, and the browser has removed what was stored.
        emptied: bool,
    },
    /// The passbook is locked.
    Locked {
        /// Whether a passkey unlocks it, and not a password.
        by_passkey: bool,
    },
    /// The passbook is open.
    Open,
    /// The app cannot go on: a stable word that says why.
    Gone(String),
}

/// What opens the passbook.
#[derive(Clone)]
pub enum Key {
    /// The person's passkey, by its PRF extension.
    Passkey,
    /// A password.
    Password(Zeroizing<String>),
}

/// What a view asks of the page, because the core alone cannot do it: it needs the person, or the browser.
pub enum Act {
    /// Enrols this browser and opens the passbook. While another device has to let it in, the failure is
    /// `enrolment_awaited`, and its detail is the number of six digits to type there.
    Enrol {
        /// The customer number.
        customer: String,
        /// The activation code with the root's fingerprint.
        code: Zeroizing<String>,
        /// What will open the passbook.
        key: Key,
    },
    /// Opens the passbook.
    Unlock(Key),
    /// Locks it.
    Lock,
    /// Removes everything that is stored in this browser.
    Forget,
    /// Takes the new version of the app that waits, which loads the page again.
    TakeUpdate,
}

/// Does what a view asks of the page. The page sets the phase that follows.
pub type Acting = Rc<dyn Fn(Act) -> LocalBoxFuture<'static, Result<(), Failure>>>;

/// Sends a question to the core, whose answer is JSON.
pub type Asking = Rc<dyn Fn(Ask) -> LocalBoxFuture<'static, Result<String, Failure>>>;

/// The state of the app. It is a context of all views, and cheap to copy.
#[derive(Clone, Copy)]
pub struct App {
    /// How far the app is.
    pub phase: RwSignal<Phase>,
    /// The newest home page.
    pub home: RwSignal<Option<Home>>,
    /// The accounts beyond those of the home page, once they were asked for.
    pub more_accounts: RwSignal<Vec<Account>>,
    /// The ids of entries that arrived while the app was open, the newest last.
    pub fresh: RwSignal<Vec<String>>,
    /// The connection to the bank, and a stable word if there is something to say.
    pub connection: RwSignal<(Connection, Option<String>)>,
    /// Counts changes of orders: views that show orders ask again.
    pub orders_changed: RwSignal<u32>,
    /// Whether a new version of the app waits to be taken.
    pub update_waits: RwSignal<bool>,
    /// Whether the bank wants this version to go on no longer.
    pub update_is_required: RwSignal<bool>,
    asking: StoredValue<Asking, LocalStorage>,
    acting: StoredValue<Acting, LocalStorage>,
}

impl App {
    /// The app before anything is known, with its ways to the core and to the page.
    #[must_use]
    pub fn new(asking: Asking, acting: Acting) -> Self {
        Self {
            phase: RwSignal::new(Phase::Starting),
            home: RwSignal::new(None),
            more_accounts: RwSignal::new(Vec::new()),
            fresh: RwSignal::new(Vec::new()),
            connection: RwSignal::new((Connection::Connecting, None)),
            orders_changed: RwSignal::new(0),
            update_waits: RwSignal::new(false),
            update_is_required: RwSignal::new(false),
            asking: StoredValue::new_local(asking),
            acting: StoredValue::new_local(acting),
        }
    }

    /// The app of the view that calls this.
    #[must_use]
    #[allow(clippy::expect_used, reason = "every view is inside the app")]
    pub fn here() -> Self {
        use_context().expect("the app is the context of every view")
    }

    /// Asks the core. `T` is the type that the question names.
    pub async fn ask<T: DeserializeOwned>(self, ask: Ask) -> Result<T, Failure> {
        let answer = self.asking.with_value(|asking| asking(ask)).await?;
        crate::link::read(&answer)
    }

    /// Asks the page.
    pub async fn act(self, act: Act) -> Result<(), Failure> {
        self.acting.with_value(|acting| acting(act)).await
    }
}
