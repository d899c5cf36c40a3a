//! A device's state in memory, which mirrors the store. Memory changes only after the store has committed.

use crate::accounts::Accounts;
use crate::arrangements::Arrangements;
use crate::book::Book;
use crate::discrepancy::{Discrepancy, Found, Kept, Name, Named, Remedy};
use crate::error::SyncError;
use crate::home::HomePage;
use crate::instant::Instant;
use crate::keyring::Keyring;
use crate::keys::StorageKey;
use crate::known::{Known, Taking};
use crate::list::List;
use crate::moment::Moment;
use crate::names;
use crate::outbox::{Outbox, Vouchers};
use crate::records::{Identity, Received, Trust};
use crate::seal::SealedError;
use crate::sealed::Records;
use crate::shown::{COMPLETE_MS, Page, Shown};
use crate::store::Store;
use protocol::Entry;
use protocol::cbor::{self, FromValue as _, Value};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use types::{AccountId, ChannelId, Generation, Number, Position, Time};

/// Maximum rows in one read.
pub(crate) const SCAN_ROWS: usize = 256;

/// The shown state without the page.
#[derive(Debug, Clone)]
pub(crate) struct Books {
    /// The book of entries that belong to no account.
    pub(crate) general: Book,
    pub(crate) accounts: Accounts,
    pub(crate) arrangements: Arrangements,
    pub(crate) outbox: Outbox,
    pub(crate) vouchers: Arc<Vouchers>,
    pub(crate) home: HomePage,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) known: Known,
    /// The snapshot in progress.
    pub(crate) taking: Option<Box<Taking>>,
    /// Whether books were dropped whose entries are still to be deleted.
    pub(crate) gone: bool,
    /// The position and time of the last projected message: the shown state while later messages wait.
    pub(crate) reach: (Position, Time),
}

impl Books {
    pub(crate) fn new(keyring: Keyring) -> Self {
        Self {
            general: Book::new(0, None),
            accounts: Accounts::default(),
            arrangements: Arrangements::default(),
            outbox: Outbox::default(),
            vouchers: Arc::default(),
            home: HomePage::default(),
            keyring: Arc::new(keyring),
            known: Known::default(),
            taking: None,
            gone: false,
            reach: (
                Position::new(Generation::FIRST, Number::ZERO),
                Time::from_ms(0),
            ),
        }
    }

    /// What is shown of them. `left_out`: whether the bank made a key without a grant for this device.
    pub(crate) fn page(&self, left_out: bool) -> Page {
        Page {
            general: self.general.slot,
            accounts: self.accounts.clone(),
            arrangements: self.arrangements.clone(),
            outbox: self.outbox.clone(),
            vouchers: self.vouchers.clone(),
            home: self.home.clone(),
            left_out,
        }
    }

    pub(crate) fn needs_snapshot(&self) -> bool {
        // If a snapshot was dropped during its adoption, the identity of the shown books is unknown.
        let half_taken = self.known.stated > 0 && self.known.incarnation.is_none();
        half_taken || self.known.lacks_arrangements() || self.accounts.tally().need_snapshot > 0
    }

    pub(crate) fn lacks_history(&self) -> bool {
        self.accounts.tally().lack_history > 0
    }

    /// Whether some of the shown state has to be read or judged.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.taking.is_some()
            || self.known.sweep.is_some()
            || self.needs_snapshot()
            || self.lacks_history()
    }
}

/// The state that local authentication released.
pub(crate) struct Unlocked {
    pub(crate) key: StorageKey,
    pub(crate) books: Books,
}

/// The state for reads while the owner works: as of the last commit.
pub(crate) struct Published {
    pub(crate) shown: Shown,
    key: Option<StorageKey>,
}

impl Published {
    /// The list of an account's entries, or of entries that belong to no account.
    pub(crate) fn list(&self, account: Option<&AccountId>) -> Result<List, SyncError> {
        let page = self.shown.page.as_ref();
        let (Some(page), Some(key)) = (page, &self.key) else {
            return Err(SyncError::Locked);
        };
        let slot = match account {
            None => Some(page.general),
            Some(account) => page.accounts.get(account).map(|book| book.slot),
        };
        Ok(List::new(key.clone(), slot))
    }
}

/// The state for receiving, as read from the store.
struct Inbox {
    identity: Arc<Identity>,
    channel: ChannelId,
    token: String,
    trust: Trust,
    received: Received,
    found: Vec<Found>,
    waiting: bool,
}

impl Inbox {
    async fn read<S: Store>(records: &Records<S>) -> Result<Self, SyncError> {
        let identity = match records.read_inbox(names::DEVICE).await? {
            Some(bytes) => Arc::new(Identity::decode(&bytes)?),
            None => return Err(SyncError::NotEnrolled),
        };
        let channel = identity.channel.ok_or(SyncError::NotEnrolled)?;
        let required = async |name: &[u8]| {
            let record = records.read_inbox(name).await?;
            record.ok_or(SyncError::Sealed(SealedError::Shape))
        };
        let token = required(names::TOKEN).await?;
        let token = String::from_utf8(token.to_vec()).map_err(|_| SealedError::Shape)?;
        let trust = Trust::decode(&required(names::TRUST).await?)?;
        let received = Received::decode(&required(names::RECEIVED).await?)?;
        let found = match records.read_inbox(names::FOUND).await? {
            Some(bytes) => read_found(&bytes)?,
            None => Vec::new(),
        };
        let waiting = !records
            .store
            .scan(names::MESSAGES, None, 1)
            .await?
            .is_empty();
        Ok(Self {
            identity,
            channel,
            token,
            trust,
            received,
            found,
            waiting,
        })
    }
}

pub(crate) struct State<S: Store> {
    pub(crate) records: Records<S>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) channel: ChannelId,
    pub(crate) token: String,
    pub(crate) trust: Trust,
    pub(crate) received: Received,
    pub(crate) found: Vec<Found>,
    pub(crate) unlocked: Option<Unlocked>,
    /// Whether received messages wait for projection.
    pub(crate) waiting: bool,
    /// The heads since a checkpoint was requested, while its answer is under way.
    pub(crate) trail: Option<Vec<envelope::Head>>,
    /// The generation in which the channel was restarted, according to a checkpoint.
    pub(crate) restarted: Option<Generation>,
    /// Whether the broker lacks the messages after the position, so that the device has to continue from a snapshot.
    pub(crate) adrift: bool,
    /// When a replayed message was last reported.
    pub(crate) replay_reported_at: Option<Instant>,
    /// The newest access token of the session.
    pub(crate) access: Option<String>,
    /// Whether renewal can no longer extend the token.
    pub(crate) last_token: bool,
    /// Whether a commit was started without memory seeing its end: the store may be ahead of memory.
    pub(crate) stale: bool,
    /// The state for reads while work is under way.
    pub(crate) published: Rc<RefCell<Option<Published>>>,
}

impl<S: Store> State<S> {
    /// Reads the state for receiving.
    pub(crate) async fn open(records: Records<S>) -> Result<Self, SyncError> {
        let inbox = Inbox::read(&records).await?;
        Ok(Self::new(records, inbox))
    }

    fn new(records: Records<S>, inbox: Inbox) -> Self {
        Self {
            records,
            identity: inbox.identity,
            channel: inbox.channel,
            token: inbox.token,
            trust: inbox.trust,
            received: inbox.received,
            found: inbox.found,
            unlocked: None,
            waiting: inbox.waiting,
            trail: None,
            restarted: None,
            adrift: false,
            replay_reported_at: None,
            access: None,
            last_token: false,
            stale: false,
            published: Rc::default(),
        }
    }

    /// The state of a device that the bank has just enrolled, before anything is stored.
    pub(crate) fn enrolled(
        records: Records<S>,
        (identity, channel): (Identity, ChannelId),
        token: String,
        trust: Trust,
        received: Received,
    ) -> Self {
        let inbox = Inbox {
            identity: Arc::new(identity),
            channel,
            token,
            trust,
            received,
            found: Vec::new(),
            waiting: false,
        };
        Self::new(records, inbox)
    }

    /// The same as [`refresh`](Self::refresh), but a checkpoint under way stays valid if nothing has to be read.
    pub(crate) async fn refresh_if_stale(&mut self) -> Result<(), SyncError> {
        match self.stale {
            true => self.refresh().await,
            false => Ok(()),
        }
    }

    /// Reads memory from the store again, after an operation was cancelled or failed during a commit.
    pub(crate) async fn refresh(&mut self) -> Result<(), SyncError> {
        self.trail = None;
        if !self.stale {
            return Ok(());
        }
        self.records.make_sure().await?;
        let inbox = Inbox::read(&self.records).await?;
        self.identity = inbox.identity;
        self.channel = inbox.channel;
        self.token = inbox.token;
        self.trust = inbox.trust;
        self.received = inbox.received;
        self.found = inbox.found;
        self.waiting = inbox.waiting;
        if let Some(unlocked) = &self.unlocked {
            self.unlock(unlocked.key.clone()).await?;
        }
        self.stale = false;
        self.publish();
        Ok(())
    }

    pub(crate) fn position(&self) -> Position {
        self.received.head.position()
    }

    /// The shown position, and the time up to which it is complete: lower than the received position while messages
    /// wait.
    pub(crate) fn reach(&self) -> (Position, Time) {
        match &self.unlocked {
            Some(unlocked) if self.waiting => unlocked.books.reach,
            _ => (self.position(), self.received.as_of),
        }
    }

    pub(crate) fn unlocked(&self) -> Result<&Unlocked, SyncError> {
        self.unlocked.as_ref().ok_or(SyncError::Locked)
    }

    /// Whether, according to the messages read so far, the bank's current key was not granted to this device.
    pub(crate) fn is_left_out(&self) -> bool {
        self.unlocked
            .as_ref()
            .is_some_and(|unlocked| unlocked.books.keyring.get(self.received.epoch).is_none())
    }

    /// When the checkpoint that proves completeness was requested, if there is one.
    fn whole_since(&self) -> Option<Instant> {
        let whole = self
            .unlocked
            .as_ref()
            .is_some_and(|unlocked| !unlocked.books.is_unsettled());
        let believed = self.restarted.is_none() && !self.adrift && !self.is_contradicted();
        let arrived = !self.waiting && self.received.awaited.is_none();
        self.received
            .satisfied_at
            .filter(|_| whole && believed && arrived)
    }

    /// Whether nothing is missing, according to a checkpoint requested within the last 15 minutes.
    pub(crate) fn is_complete(&self, now: Instant) -> bool {
        self.whole_since()
            .is_some_and(|since| now.ms_since(since) <= COMPLETE_MS)
    }

    /// The current passbook.
    pub(crate) fn shown(&self, now: Moment) -> Shown {
        let (position, as_of) = self.reach();
        Shown {
            identity: self.identity.clone(),
            channel: self.channel,
            page: self
                .unlocked
                .as_ref()
                .map(|unlocked| unlocked.books.page(self.is_left_out())),
            position,
            as_of,
            whole_since: self.whole_since(),
            found: self.found.clone(),
            now,
        }
    }

    /// The source of reads, with the key that opens entries.
    pub(crate) fn view(&self) -> Published {
        Published {
            shown: self.shown(Moment::UNKNOWN),
            key: self.unlocked.as_ref().map(|unlocked| unlocked.key.clone()),
        }
    }

    /// Publishes the committed state for reads.
    pub(crate) fn publish(&self) {
        let view = self.view();
        self.published.replace(Some(view));
    }

    /// Discards everything that the storage key opened.
    pub(crate) fn lock(&mut self) {
        self.unlocked = None;
        self.access = None;
        self.publish();
    }

    /// Whether a discrepancy has to be resolved by a snapshot first.
    fn is_contradicted(&self) -> bool {
        let mut open = self.found.iter().filter(|found| !found.resolved);
        open.any(|found| matches!(found.what.remedy(), Remedy::Snapshot | Remedy::Restart))
    }

    /// The record of a discrepancy found at the current position and time.
    pub(crate) fn found_here(&self, (what, reason): Named, now: Time) -> Found {
        Found {
            what,
            reason: reason.to_owned(),
            at: self.position(),
            time: now,
            reported: false,
            resolved: false,
            kept: Kept::default(),
        }
    }

    /// Whether an entry is one of the customer's own events.
    pub(crate) fn is_customers(&self, entry: &Entry) -> bool {
        let customer = self.identity.customer.as_str();
        entry.subject.as_ref().is_some_and(|(subject, _)| {
            subject.as_str().strip_prefix("customer:") == Some(customer)
        })
    }

    /// The error for a discrepancy found at the current position and time.
    pub(crate) fn wrong(&self, named: Named, now: Time) -> SyncError {
        SyncError::Discrepancy(Box::new(self.found_here(named, now)))
    }

    /// The error for a failed check.
    pub(crate) fn fault(&self, error: &impl Name, now: Time) -> SyncError {
        self.wrong(error.name(), now)
    }

    /// Refuses to use a trust list for anything new if it expired before `proven` or an earlier proven time.
    pub(crate) fn check_trust(&self, proven: Time, now: Time) -> Result<(), SyncError> {
        if self.trust.list.is_expired(self.received.proven.max(proven)) {
            let named = (Discrepancy::TrustListExpired, "trust_list_expired");
            return Err(self.wrong(named, now));
        }
        Ok(())
    }
}

fn read_found(bytes: &[u8]) -> Result<Vec<Found>, SealedError> {
    let rows = Vec::<Value>::from_value(cbor::decode(bytes)?)?;
    Ok(rows
        .into_iter()
        .map(Found::from_value)
        .collect::<Result<_, _>>()?)
}
