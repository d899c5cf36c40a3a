//! What views ask of the page.

use super::ceremonies::{unlock_with_passkey, unlocking_passkey_of_new_device};
use super::opening::{forget, keep_open, open, remove_everything};
use crate::app::{Act, Acting, App, Key};
use crate::link::Ask;
use crate::model::{Failure, NewLock, Unlocked};
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
    /// The lock of an enrolment that waits for another device, so that no second passkey is made for it.
    new_lock: RefCell<Option<NewLock>>,
}

impl Acts {
    pub(super) fn new(settings: RwSignal<Settings>) -> Rc<Self> {
        Rc::new(Self {
            app: OnceCell::new(),
            settings,
            new_lock: RefCell::default(),
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
                let lock = self.lock_of_new_device(&customer, key).await?;
                let code = code.to_string();
                let enrolled = app.ask(Ask::Enrol {
                    customer,
                    code,
                    lock,
                });
                let key: Unlocked = enrolled.await?;
                *self.new_lock.borrow_mut() = None;
                self.opened(app, key).await
            }
            Act::Unlock(key) => {
                let lock = match key {
                    Key::Passkey => unlock_with_passkey().await?,
                    Key::Password(password) => NewLock::Password(password.to_string()),
                };
                let key: Unlocked = app.ask(Ask::Unlock(lock)).await?;
                self.opened(app, key).await
            }
            Act::Lock => {
                forget().await?;
                app.ask(Ask::Lock).await
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

    async fn lock_of_new_device(&self, customer: &str, key: Key) -> Result<NewLock, Failure> {
        if let Key::Password(password) = key {
            return Ok(NewLock::Password(password.to_string()));
        }
        let made = self.new_lock.borrow().clone();
        if let Some(made) = made {
            return Ok(made);
        }
        let made = unlocking_passkey_of_new_device(customer).await?;
        *self.new_lock.borrow_mut() = Some(made.clone());
        Ok(made)
    }

    async fn opened(&self, app: App, key: Unlocked) -> Result<(), Failure> {
        let settings = self.settings.get_untracked();
        open(app, key.clone(), settings.language.tag()).await?;
        keep_open(&key, settings.lock_after_ms()).await
    }
}
