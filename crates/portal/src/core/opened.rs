//! The opened device of the tab that leads.

use super::entries::{ACCOUNTS_MAX, Entries};
use super::failures::of_sync;
use super::shown;
use super::tabs::Tabs;
use crate::link::{FRESH_MAX, News, ToPage};
use crate::model::{Connection, Entry};
use client::{Change, Changes, Handle, Review, Shown, SyncError, Timer as _, Update};
use client_web::{BrowserTimer, clock};
use futures_util::future::{Either, select};
use futures_util::lock::Mutex;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;

/// The most reviews that can still be signed.
const REVIEWS_MAX: usize = 8;

/// The shortest time between two home pages that are said, in milliseconds.
const HOME_EVERY_MS: u64 = 500;

/// A home page that no page has yet, and the entries that are new in it, at most [`FRESH_MAX`].
struct Unsaid {
    shown: Shown,
    fresh: Vec<Entry>,
}

impl Unsaid {
    /// This one, in place of an earlier one.
    fn after(mut self, earlier: Option<Self>) -> Self {
        let mut fresh = earlier.map(|earlier| earlier.fresh).unwrap_or_default();
        fresh.append(&mut self.fresh);
        let more = fresh.len().saturating_sub(FRESH_MAX);
        fresh.drain(..more);
        Self { fresh, ..self }
    }
}

/// The opened device.
pub(super) struct Opened {
    pub(super) handle: Handle,
    pub(super) entries: Mutex<Entries>,
    tabs: Rc<Tabs>,
    timer: BrowserTimer,
    reviews: RefCell<VecDeque<Review>>,
    /// The language in which a page asked last.
    language: RefCell<String>,
    connection: Cell<Connection>,
}

impl Opened {
    pub(super) fn new(
        handle: Handle,
        (tabs, timer): (&Rc<Tabs>, BrowserTimer),
        language: &str,
    ) -> Rc<Self> {
        Rc::new(Self {
            handle,
            entries: Mutex::default(),
            tabs: tabs.clone(),
            timer,
            reviews: RefCell::default(),
            language: RefCell::new(language.to_owned()),
            connection: Cell::new(Connection::Connecting),
        })
    }

    /// The connection now.
    pub(super) fn connection(&self) -> Connection {
        self.connection.get()
    }

    /// The language of the bank's words from now on.
    pub(super) fn speak(&self, language: &str) {
        language.clone_into(&mut self.language.borrow_mut());
    }

    /// Keeps a review until it is signed.
    pub(super) fn keep(&self, review: Review) {
        let mut reviews = self.reviews.borrow_mut();
        reviews.push_back(review);
        if reviews.len() > REVIEWS_MAX {
            reviews.pop_front();
        }
    }

    /// The review with that id. It stays: a signature that was interrupted is asked for again.
    pub(super) fn review(&self, intent: &str) -> Option<Review> {
        let reviews = self.reviews.borrow();
        let mut reviews = reviews.iter();
        reviews
            .find(|review| review.intent().to_string() == intent)
            .cloned()
    }

    /// The home page.
    pub(super) fn home(&self, of: &Shown) -> Result<crate::model::Home, SyncError> {
        let locale = shown::locale(&self.language.borrow());
        Ok(shown::home(&of.home()?, &of.orders()?, locale))
    }

    /// Reads the entries of the accounts that the home page shows, before anybody asks for them.
    pub(super) async fn read_ahead(self: Rc<Self>) {
        let Ok(Ok(home)) = self.handle.shown().await.map(|shown| shown.home()) else {
            return;
        };
        for account in home.accounts.iter().take(ACCOUNTS_MAX) {
            let mut entries = self.entries.lock().await;
            // What fails here is asked for again when a page shows it.
            let _read = entries.load(&self.handle, Some(&account.account)).await;
        }
    }

    /// Locks the passbook, and forgets what was opened.
    pub(super) async fn lock(&self) {
        // The owner may have ended.
        let _locked = self.handle.lock().await;
        self.entries.lock().await.clear();
        self.reviews.borrow_mut().clear();
    }

    /// Reports changes to all pages, until the owner ends. A home page that follows another at once waits a little, and is then
    /// the newest: while many entries catch up, a page has time for the person.
    pub(super) async fn report(self: Rc<Self>, mut changes: Changes) {
        let mut unsaid: Option<Unsaid> = None;
        let mut said_at_ms = 0;
        loop {
            let update = match &unsaid {
                None => changes.next().await,
                Some(_) => {
                    let since_ms = clock()().ms().saturating_sub(said_at_ms);
                    let rest = pin!(self.timer.sleep(HOME_EVERY_MS.saturating_sub(since_ms)));
                    match select(pin!(changes.next()), rest).await {
                        Either::Left((update, _)) => update,
                        Either::Right(_) => {
                            unsaid.take().inspect(|unsaid| self.say(unsaid));
                            said_at_ms = clock()().ms();
                            continue;
                        }
                    }
                }
            };
            let Some(update) = update else { return };
            if let Some(newer) = self.changed(update).await {
                unsaid = Some(newer.after(unsaid));
            }
        }
    }

    /// Takes a change; the home page that is to be said.
    async fn changed(&self, Update { change, shown }: Update) -> Option<Unsaid> {
        let mut fresh: Vec<Entry> = Vec::new();
        match change {
            Change::Live => return self.connected(Connection::Live, None),
            Change::Offline(error) => return self.connected(Connection::Offline, Some(&error)),
            Change::Limited(error) => return self.connected(Connection::Limited, Some(&error)),
            Change::Ended(error) => return self.connected(Connection::Ended, Some(&error)),
            Change::Received => return None,
            Change::Entries(entries) => {
                fresh = entries.iter().map(shown::entry).collect();
                self.entries.lock().await.add(&fresh);
                if fresh.iter().any(|entry| entry.kind.starts_with("order.")) {
                    self.tabs.say_all(ToPage::News(News::Orders));
                }
            }
            // The order of entries, or what they are worth, may be another one.
            Change::Mended => self.entries.lock().await.clear(),
            Change::Orders => self.tabs.say_all(ToPage::News(News::Orders)),
            Change::Checkpoint(_) | Change::Discrepancy(_) => {}
        }
        Some(Unsaid { shown, fresh })
    }

    fn say(&self, unsaid: &Unsaid) {
        // A locked passbook has nothing to report.
        if let Ok(home) = self.home(&unsaid.shown) {
            let (home, fresh) = (Box::new(home), unsaid.fresh.clone());
            self.tabs.say_all(ToPage::News(News::Home { home, fresh }));
        }
    }

    /// Says how the connection is now. The home page stays.
    fn connected(&self, connection: Connection, error: Option<&SyncError>) -> Option<Unsaid> {
        self.connection.set(connection);
        let why = error.map(|error| of_sync(error).word);
        self.tabs
            .say_all(ToPage::News(News::Connection { connection, why }));
        None
    }
}
