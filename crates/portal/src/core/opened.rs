//! The opened device of the tab that leads.

use super::entries::{ACCOUNTS_MAX, Entries};
use super::failures::of_sync;
use super::shown;
use super::tabs::Tabs;
use crate::link::{FRESH_MAX, News, ToPage};
use crate::model::{Connection, Entry};
use client::{Change, Changes, Handle, Review, Shown, SyncError, Update};
use futures_util::lock::Mutex;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// The most reviews that can still be signed.
const REVIEWS_MAX: usize = 8;

/// The opened device.
pub(super) struct Opened {
    pub(super) handle: Handle,
    pub(super) entries: Mutex<Entries>,
    tabs: Rc<Tabs>,
    reviews: RefCell<VecDeque<Review>>,
    /// The language in which a page asked last.
    language: RefCell<String>,
    connection: Cell<Connection>,
}

impl Opened {
    pub(super) fn new(handle: Handle, tabs: &Rc<Tabs>, language: &str) -> Rc<Self> {
        Rc::new(Self {
            handle,
            entries: Mutex::default(),
            tabs: tabs.clone(),
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

    /// Reports changes to all pages, until the owner ends.
    pub(super) async fn report(self: Rc<Self>, mut changes: Changes) {
        while let Some(update) = changes.next().await {
            self.changed(update).await;
        }
    }

    async fn changed(&self, Update { change, shown }: Update) {
        let mut fresh: Vec<Entry> = Vec::new();
        match change {
            Change::Live => return self.connected(Connection::Live, None),
            Change::Offline(error) => return self.connected(Connection::Offline, Some(&error)),
            Change::Limited(error) => return self.connected(Connection::Limited, Some(&error)),
            Change::Ended(error) => return self.connected(Connection::Ended, Some(&error)),
            Change::Received => return,
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
        // A locked passbook has nothing to report.
        if let Ok(home) = self.home(&shown) {
            let more = fresh.len().saturating_sub(FRESH_MAX);
            fresh.drain(..more);
            let home = Box::new(home);
            self.tabs.say_all(ToPage::News(News::Home { home, fresh }));
        }
    }

    fn connected(&self, connection: Connection, error: Option<&SyncError>) {
        self.connection.set(connection);
        let why = error.map(|error| of_sync(error).word);
        self.tabs
            .say_all(ToPage::News(News::Connection { connection, why }));
    }
}
