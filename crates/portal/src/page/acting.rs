//! What views ask of the page.

use super::ceremonies::{lock_of_new_device, unlock_with_passkey};
use super::passbook::{forget, has_lock, keep_open, open, remove_everything};
use super::updates::take_update;
use crate::app::{Act, Acting, App, Key};
use crate::link::Ask;
use crate::model::{Failure, Home, Lock, Unlocked};
use crate::settings::Settings;
use futures_util::FutureExt as _;
use leptos::prelude::*;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// What the acts need.
pub(super) struct Acts {
    /// The app that they change.
    app: OnceCell<App>,
    settings: RwSignal<Settings>,
    /// The storage key of a device that was enrolled and has no lock yet.
    enrolled: RefCell<Option<Unlocked>>,
}

impl Acts {
    pub(super) fn new(settings: RwSignal<Settings>) -> Rc<Self> {
        Rc::new(Self {
            app: OnceCell::new(),
            settings,
            enrolled: RefCell::default(),
        })
    }

    /// From now on, `app` is changed.
    pub(super) fn begin(&self, app: App) {
        let begun = self.app.set(app);
        debug_assert!(begun.is_ok(), "a page has one app");
    }

    /// The way from the views to the page.
    pub(super) fn acting(self: &Rc<Self>) -> Acting {
        let acts = self.clone();
        Rc::new(move |act| {
            let acts = acts.clone();
            async move { acts.act(act).await }.boxed_local()
        })
    }

    async fn act(&self, act: Act) -> Result<(), Failure> {
        let app = *self
            .app
            .get()
            .ok_or_else(|| Failure::new("failed", "the app has not begun"))?;
        match act {
            Act::Enrol {
                customer,
                code,
                key,
            } => {
                let unlocked = self.enrolled(app, &customer, &code).await?;
                let lock = match key {
                    Key::Passkey => lock_of_new_device(app, &customer).await?,
                    Key::Password(password) => Lock::Password(password.to_string()),
                };
                let key = unlocked.clone();
                app.ask::<()>(Ask::LockWith { key, lock }).await?;
                *self.enrolled.borrow_mut() = None;
                self.opened(app, unlocked).await
            }
            Act::Unlock(key) => {
                let lock = match key {
                    Key::Passkey => unlock_with_passkey().await?,
                    Key::Password(password) => Lock::Password(password.to_string()),
                };
                let key: Unlocked = app.ask(Ask::Unlock(lock)).await?;
                self.opened(app, key).await
            }
            Act::Lock => {
                // Without a lock nothing would open it again.
                has_lock().await?;
                forget().await?;
                app.ask(Ask::Lock).await
            }
            Act::TakeUpdate => {
                take_update();
                Ok(())
            }
            Act::Forget => {
                forget().await?;
                app.ask::<()>(Ask::Lock).await?;
                remove_everything().await?;
                crate::browser::reload();
                Ok(())
            }
        }
    }

    /// Enrols, if no earlier attempt did, and opens the passbook in the core, which registers the passkey.
    async fn enrolled(&self, app: App, customer: &str, code: &str) -> Result<Unlocked, Failure> {
        let enrolled = self.enrolled.borrow().clone();
        let key = match enrolled {
            Some(key) => key,
            None => {
                let (customer, code) = (customer.to_owned(), code.to_owned());
                let enrolled: Unlocked = app.ask(Ask::Enrol { customer, code }).await?;
                *self.enrolled.borrow_mut() = Some(enrolled.clone());
                enrolled
            }
        };
        let language = self.settings.get_untracked().language.tag().to_owned();
        let opening = key.clone();
        app.ask::<Home>(Ask::Open {
            key: opening,
            language,
        })
        .await?;
        Ok(key)
    }

    async fn opened(&self, app: App, key: Unlocked) -> Result<(), Failure> {
        let settings = self.settings.get_untracked();
        open(app, key.clone(), settings.language.tag()).await?;
        keep_open(&key, settings.lock_after_ms()).await
    }
}
