//! A device: its passbook, kept current and proven.

use crate::bank::Bank;
use crate::change_sender::changes;
use crate::discrepancy::Found;
use crate::errand::{By, Errand};
use crate::error::SyncError;
use crate::filed::{Cursor, Listing};
use crate::home::{Account, Home};
use crate::instant::Instant;
use crate::keys::{InboxKey, StorageKey};
use crate::login::Login;
use crate::login_provider::ProviderVisit;
use crate::outbox::{Review, Sending, ShownOrder};
use crate::platform::{Platform, Ports};
use crate::random::Random;
use crate::sealed::Records;
use crate::shown::Shown;
use crate::state::State;
use crate::store::Store;
use envelope::Judgement;
use order::{Locale, OrderFields};
use protocol::Entry;
use protocol::http::{LogInByPassword, PasskeyRow};
use rand_core::CryptoRng;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use types::{
    AccountId, ChannelId, CustomerId, DeviceId, DeviceVerdict, IntentId, Position, SessionId, Time,
};

/// An enrolled device.
///
/// Every operation may be cancelled by dropping its future. Committed changes stay, and the next operation continues
/// from there.
pub struct Device<P: Platform> {
    pub(crate) state: State<P::Store>,
    pub(crate) bank: Bank<P>,
}

/// What to do if another owner has the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lease {
    AtOnce,
    WhenFree,
}

/// Separates the ports for storage from the connection to the bank.
pub(crate) async fn assemble<P: Platform, R: CryptoRng + 'static>(
    ports: Ports<P, R>,
    inbox_key: InboxKey,
    lease: Lease,
) -> Result<(Records<P::Store>, Bank<P>), SyncError> {
    let random = Random::new(ports.rng);
    let store = Rc::new(ports.store);
    let lease = match lease {
        Lease::AtOnce => store.try_lease().await?,
        Lease::WhenFree => store.lease().await?,
    };
    let records = Records::own(store, lease, inbox_key, random.clone()).await?;
    let bank = Bank {
        keys: ports.keys,
        transport: ports.transport,
        timer: ports.timer,
        clock: ports.clock,
        random,
        nonce: RefCell::new(None),
        limited_until: Cell::new(Instant::UNKNOWN),
        time: Cell::new((Time::from_ms(0), Instant::UNKNOWN)),
        taught: Cell::new(None),
    };
    Ok((records, bank))
}

impl<P: Platform> Device<P> {
    /// Opens an enrolled device, locked: it can receive, but shows nothing. Fails with
    /// [`StoreError::InUse`](crate::store::StoreError::InUse) if another owner has its store.
    pub async fn open_locked<R: CryptoRng + 'static>(
        ports: Ports<P, R>,
        inbox_key: InboxKey,
    ) -> Result<Self, SyncError> {
        Self::open_with(ports, inbox_key, Lease::AtOnce).await
    }

    /// The same, but waits until no other owner has the store: for a process that only receives beside the app.
    pub async fn open_locked_when_free<R: CryptoRng + 'static>(
        ports: Ports<P, R>,
        inbox_key: InboxKey,
    ) -> Result<Self, SyncError> {
        Self::open_with(ports, inbox_key, Lease::WhenFree).await
    }

    async fn open_with<R: CryptoRng + 'static>(
        ports: Ports<P, R>,
        inbox_key: InboxKey,
        lease: Lease,
    ) -> Result<Self, SyncError> {
        let (records, bank) = assemble(ports, inbox_key, lease).await?;
        let state = State::open(records).await?;
        Ok(Self { state, bank })
    }

    /// Opens an enrolled device with the storage key that local authentication released. No network is needed. Messages
    /// received while locked are projected; [`Home::read`] shows the home page before that.
    pub async fn open<R: CryptoRng + 'static>(
        ports: Ports<P, R>,
        inbox_key: InboxKey,
        storage_key: StorageKey,
    ) -> Result<Self, SyncError> {
        let mut device = Self::open_locked(ports, inbox_key).await?;
        device.unlock(storage_key).await?;
        Ok(device)
    }

    /// Unlocks, and projects messages received while locked.
    pub async fn unlock(&mut self, storage_key: StorageKey) -> Result<(), SyncError> {
        self.state.unlock_with(&self.bank, storage_key).await
    }

    /// Discards everything that the storage key opened.
    pub fn lock(&mut self) {
        self.state.lock();
    }

    /// Pulls the broker's messages, requests a fresh checkpoint, and waits up to 30 s for the messages that it names.
    /// If something is missing or wrong, reads a snapshot and its history from the synchronous side, which replaces the
    /// broker while that is down. Returns the new entries; [`is_complete`](Self::is_complete) shows the result.
    pub async fn catch_up(&mut self) -> Result<Vec<Entry>, SyncError> {
        self.state.receive_once(&self.bank).await
    }

    /// Requests a fresh checkpoint and compares the device's state with it. `None` if a snapshot came between.
    pub async fn checkpoint(&mut self) -> Result<Option<Judgement>, SyncError> {
        self.state.judge_now(&self.bank).await
    }

    /// Reviews an order: see [`Handle::compose`](crate::Handle::compose).
    pub fn compose(&self, fields: OrderFields, locale: Locale) -> Result<Review, SyncError> {
        let shown = self.shown();
        let now = shown.banks_time();
        let intent = IntentId::at(now, self.bank.random.draw());
        shown.review(intent, fields, locale, now)
    }

    /// Signs a reviewed order and stores it: see [`Handle::submit`](crate::Handle::submit).
    pub async fn submit(&mut self, review: &Review) -> Result<ShownOrder, SyncError> {
        self.state.submit(&self.bank, review).await
    }

    /// Approves an order a second time: see [`Handle::approve`](crate::Handle::approve).
    pub async fn approve(&mut self, intent: IntentId) -> Result<ShownOrder, SyncError> {
        self.state.approve(&self.bank, intent).await
    }

    /// Sends the orders that wait, asks about those whose outcome is unknown, and fetches vouchers: see
    /// [`Handle::send_orders`](crate::Handle::send_orders).
    pub async fn send_orders(&mut self) -> Result<(), SyncError> {
        let (mut nobody, _) = changes();
        let mut sending = Sending::new(&self.bank);
        sending.run_now(&mut self.state, &mut nobody).await
    }

    /// Marks the orders as expired that were never sent and are too late now. Sends nothing.
    pub async fn expire_orders(&mut self) -> Result<(), SyncError> {
        self.state.refresh_if_stale().await?;
        let now = self.shown().banks_time();
        self.state.expire_orders(now).await
    }

    /// Has the bank do what the customer asks for: see [`Handle::run`](crate::Handle::run).
    pub async fn run<T: 'static>(&mut self, errand: Errand<T>) -> Result<T, SyncError> {
        let (asking, read) = errand.parts();
        let mut pass = self.state.pass(asking.by).await?;
        let body = self.bank.ask(&mut pass, asking).await;
        self.state.keep(pass);
        read(&body?)
    }

    /// Has a passkey made and registers it: see [`Handle::register_passkey`](crate::Handle::register_passkey).
    pub async fn register_passkey(&mut self, name: &str) -> Result<PasskeyRow, SyncError> {
        let mut pass = self.state.pass(By::Person).await?;
        let registered = self.bank.register_passkey(&mut pass, name).await;
        self.state.keep(pass);
        registered
    }

    /// Logs the person in with their passkey: see [`Handle::log_in`](crate::Handle::log_in).
    pub async fn log_in(&mut self) -> Result<SessionId, SyncError> {
        self.state.log_in(&self.bank, Login::Passkey).await
    }

    /// Logs the person in with their password and a code: see
    /// [`Handle::log_in_by_password`](crate::Handle::log_in_by_password).
    pub async fn log_in_by_password(
        &mut self,
        request: LogInByPassword,
    ) -> Result<SessionId, SyncError> {
        self.state
            .log_in(&self.bank, Login::Password(request))
            .await
    }

    /// Logs the person in at the bank's login provider, and begins a session on this device. `visit` shows the person the
    /// address and returns the query with which the browser came back to `redirect_uri`. The channel token is renewed, even if
    /// it has expired.
    pub async fn log_in_at_provider<E: From<SyncError>>(
        &mut self,
        redirect_uri: &str,
        visit: impl AsyncFnOnce(&ProviderVisit) -> Result<String, E>,
    ) -> Result<SessionId, E> {
        let pass = self.state.pass(By::Person).await?;
        let visited = ProviderVisit::begin(&self.bank, &pass, redirect_uri).await?;
        let query = visit(&visited).await?;
        let login = Login::Provider(visited.answer(&query)?);
        Ok(self.state.log_in(&self.bank, login).await?)
    }

    /// The current passbook.
    #[must_use]
    pub fn shown(&self) -> Shown {
        self.state.shown(self.bank.moment())
    }

    /// Balances and newest entries.
    pub fn home(&self) -> Result<Home, SyncError> {
        self.shown().home()
    }

    /// The accounts that the customer holds: see [`Shown::accounts`].
    pub fn accounts(&self, after: Option<&AccountId>) -> Result<Vec<Account>, SyncError> {
        self.shown().accounts(after)
    }

    /// The accounts of former books: see [`Shown::former_accounts`].
    pub fn former_accounts(&self, after: Option<&AccountId>) -> Result<Vec<Account>, SyncError> {
        self.shown().former_accounts(after)
    }

    /// The entries of `account`, or those that belong to no account, oldest first: see
    /// [`Handle::entries`](crate::Handle::entries).
    pub async fn entries(
        &self,
        account: Option<&AccountId>,
        after: Option<&Cursor>,
    ) -> Result<Listing, SyncError> {
        let list = self.state.view().list(account)?;
        list.read(&*self.state.records.store, after).await
    }

    /// The position in the channel up to which entries are shown. It is lower than the received position while messages
    /// wait for a key.
    #[must_use]
    pub fn position(&self) -> Position {
        self.state.reach().0
    }

    /// The newest proven time: the device has everything that the bank numbered up to then.
    #[must_use]
    pub fn as_of(&self) -> Time {
        self.state.reach().1
    }

    /// Whether a checkpoint requested within the last 15 minutes shows that nothing is missing, history included.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.state.is_complete(self.bank.instant())
    }

    /// The newest discrepancies, oldest first, at most 16.
    #[must_use]
    pub fn discrepancies(&self) -> &[Found] {
        &self.state.found
    }

    /// The device's customer.
    #[must_use]
    pub fn customer(&self) -> &CustomerId {
        &self.state.identity.customer
    }

    /// The device's id.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        self.state.identity.device
    }

    /// The bank's verdict on the device's attestation, as of its enrolment.
    #[must_use]
    pub fn verdict(&self) -> DeviceVerdict {
        let verdict = self.state.identity.verdict.as_deref();
        let Ok(verdict) = verdict.map_or(Ok(DeviceVerdict::NONE), str::parse);
        verdict
    }

    /// The customer's channel.
    #[must_use]
    pub fn channel(&self) -> ChannelId {
        self.state.channel
    }
}

impl<S: Store> State<S> {
    /// Unlocks, and projects messages received while locked.
    pub(crate) async fn unlock_with<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        storage_key: StorageKey,
    ) -> Result<(), SyncError> {
        self.refresh().await?;
        self.unlock(storage_key).await?;
        self.publish();
        self.reproject().await?;
        self.project(&bank.keys, bank.now()).await?;
        self.publish();
        Ok(())
    }

    /// Catches up once.
    pub(crate) async fn receive_once<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<Vec<Entry>, SyncError> {
        self.refresh().await?;
        self.renew_if_due(bank).await?;
        let caught_up = self.catch_up(bank).await;
        self.publish();
        caught_up
    }

    /// Renews the channel token now.
    pub(crate) async fn renew_now<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        self.refresh().await?;
        self.renew(bank).await
    }

    /// Requests a checkpoint. A discrepancy is recorded and reported.
    pub(crate) async fn judge_now<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<Option<Judgement>, SyncError> {
        self.refresh().await?;
        let judged = match self.checkpoint(bank).await {
            Ok(judgement) => Ok(judgement),
            Err(error) => {
                let found = self.trouble(bank, error).await?;
                Err(SyncError::Discrepancy(Box::new(found)))
            }
        };
        self.publish();
        judged
    }
}
