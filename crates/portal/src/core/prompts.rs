//! Ceremonies of passkeys, for which the page is asked that the person uses.

use super::tabs::{Asker, Tabs};
use crate::link::{Ceremony, Prompt, Prompted, ToPage};
use client::{KeyError, Timer as _};
use client_web::{BrowserError, BrowserTimer, Ceremonies};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use protocol::http::PasskeyOptions;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::pin;
use std::rc::Rc;
use webauthn::{Assertion, Attestation};

/// How long a page may take, in milliseconds: longer than the ceremony itself, so that only a page that is gone takes it.
const PAGE_MS: u64 = 150_000;

/// The ceremonies under way.
pub(super) struct Prompts {
    tabs: Rc<Tabs>,
    timer: BrowserTimer,
    /// Whose question is being answered: its page is the one that the person looks at.
    asker: RefCell<Asker>,
    newest: Cell<u32>,
    waiting: RefCell<HashMap<u32, oneshot::Sender<Prompted>>>,
}

/// The ceremonies of one device.
#[derive(Clone)]
pub(super) struct OfPages(pub(super) Rc<Prompts>);

impl Prompts {
    pub(super) fn new(tabs: &Rc<Tabs>, timer: BrowserTimer) -> Rc<Self> {
        Rc::new(Self {
            tabs: tabs.clone(),
            timer,
            asker: RefCell::new(Asker::Own),
            newest: Cell::new(0),
            waiting: RefCell::default(),
        })
    }

    /// Ceremonies from now on are for this page.
    pub(super) fn ask_at(&self, asker: &Asker) {
        self.asker.borrow_mut().clone_from(asker);
    }

    /// Takes the outcome of a ceremony.
    pub(super) fn prompted(&self, id: u32, prompted: Prompted) {
        if let Some(waiting) = self.waiting.borrow_mut().remove(&id) {
            // Whoever waited may have been locked meanwhile.
            let _ = waiting.send(prompted);
        }
    }

    async fn prompt(&self, ceremony: Ceremony) -> Result<Prompted, KeyError> {
        let id = self.newest.get() + 1;
        self.newest.set(id);
        let (done, answer) = oneshot::channel();
        self.waiting.borrow_mut().insert(id, done);
        let asker = self.asker.borrow().clone();
        self.tabs
            .say(&asker, ToPage::Prompt(Prompt { id, ceremony }));
        let answered = match select(answer, pin!(self.timer.sleep(PAGE_MS))).await {
            Either::Left((answered, _)) => answered.ok(),
            Either::Right(_) => None,
        };
        self.waiting.borrow_mut().remove(&id);
        match answered {
            Some(Prompted::Refused(name)) => Err(refused(&name)),
            Some(prompted) => Ok(prompted),
            None => Err(refused("TimeoutError")),
        }
    }
}

fn refused(name: &str) -> KeyError {
    KeyError::new(BrowserError {
        name: name.to_owned(),
        message: "the passkey was not used".to_owned(),
    })
}

impl Ceremonies for OfPages {
    async fn assert(&self, challenge: &[u8]) -> Result<Assertion, KeyError> {
        match self.0.prompt(Ceremony::Assert(challenge.to_vec())).await? {
            Prompted::Asserted(assertion) => Ok(assertion.into()),
            _ => Err(refused("DataError")),
        }
    }

    async fn make(&self, options: &PasskeyOptions) -> Result<Attestation, KeyError> {
        let options = serde_json::to_string(options).map_err(KeyError::new)?;
        match self.0.prompt(Ceremony::Make(options)).await? {
            Prompted::Made {
                client_data_json,
                attestation_object,
            } => Ok(Attestation {
                client_data_json: client_data_json.0,
                attestation_object: attestation_object.0,
            }),
            _ => Err(refused("DataError")),
        }
    }
}
