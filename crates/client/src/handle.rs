//! The app's handle to a device whose owner runs elsewhere.

use crate::command::{ForPerson, Queue, Reply, ToSign, Urgent, Work};
use crate::errand::Errand;
use crate::error::SyncError;
use crate::filed::{Cursor, Listing};
use crate::keys::StorageKey;
use crate::login::Login;
use crate::login_provider::ProviderVisit;
use crate::outbox::{Review, ShownOrder};
use crate::shown::Shown;
use envelope::Judgement;
use order::{Locale, OrderFields};
use protocol::Entry;
use protocol::http::{LogInByPassword, OrderLimits, PasskeyRow, SetBrake};
use types::{AccountId, IntentId, SessionId};

/// A handle to a device's owner. Cheap to clone, `Send` on every platform. Any call may be dropped; its command may be
/// executed nevertheless. After the owner has stopped, every call returns [`SyncError::Stopped`].
#[derive(Debug, Clone)]
pub struct Handle {
    pub(crate) urgent: Queue<Urgent>,
    pub(crate) work: Queue<Work>,
}

impl Handle {
    /// The current passbook. Never waits for the network.
    pub async fn shown(&self) -> Result<Shown, SyncError> {
        self.urgent.ask(Urgent::Shown).await
    }

    /// The entries of `account`, or the entries that belong to no account, oldest first: at most
    /// [`LISTED_MAX`](crate::LISTED_MAX), after `after` if given. Withdrawn entries are marked. Never waits for the
    /// network.
    pub async fn entries(
        &self,
        account: Option<&AccountId>,
        after: Option<&Cursor>,
    ) -> Result<Listing, SyncError> {
        let (account, after) = (account.cloned(), after.cloned());
        let ask = |reply| Urgent::Entries(account, after, reply);
        self.urgent.ask(ask).await
    }

    /// Reviews an order: makes the text to approve, and says what is wrong as far as the device knows. Stores nothing, and
    /// never waits for the network. Fails with [`SyncError::Order`] if the fields are not those of an order.
    pub async fn compose(&self, fields: OrderFields, locale: Locale) -> Result<Review, SyncError> {
        let fields = Box::new(fields);
        let ask = |reply| Urgent::Compose(fields, locale, reply);
        self.urgent.ask(ask).await
    }

    /// Signs a reviewed order with the approval key, or in a browser with a passkey, which asks the person, and stores it
    /// with its voucher spent. Never waits for the network: a live owner sends the order when there is one. If the call is
    /// dropped or fails, the order may be stored; submitted again, it is not signed again. Fails with
    /// [`SyncError::Objected`] if it cannot be signed.
    pub async fn submit(&self, review: Review) -> Result<ShownOrder, SyncError> {
        let order = ToSign::Order(Box::new(review));
        self.urgent.ask(|reply| Urgent::Sign(order, reply)).await
    }

    /// Approves an order a second time: signs the bank's challenge with the approval key, which may ask the person, and stores
    /// the answer. Show the order's text and the challenge's reasons before. Never waits for the network: a live owner sends
    /// the answer when there is one. An answer that is stored is not signed again. Fails with
    /// [`SyncError::NotChallenged`] if the bank does not ask for it, as far as the device knows.
    pub async fn approve(&self, intent: IntentId) -> Result<ShownOrder, SyncError> {
        let approval = ToSign::Approval(intent);
        self.urgent.ask(|reply| Urgent::Sign(approval, reply)).await
    }

    /// Sends the orders that wait, asks about those whose outcome is unknown, and fetches vouchers, now. A live owner
    /// does that itself. Returns the last failure of the network; the orders then wait.
    pub async fn send_orders(&self) -> Result<(), SyncError> {
        self.work.ask(Work::SendOrders).await
    }

    /// Sets or ends a brake of the customer: a limit lower than the bank's, or a freeze. What is tightened takes effect at once,
    /// on all devices; what is loosened, when the bank's cooling-off time is over. A request for what is in force withdraws
    /// what would loosen it. Returns the limits and brakes as they are then. A repeated request changes nothing, so it may be
    /// sent again after a lost answer.
    pub async fn set_brake(&self, request: SetBrake) -> Result<OrderLimits, SyncError> {
        let request = Some(Box::new(request));
        self.work.ask(|reply| Work::Brake(request, reply)).await
    }

    /// Asks the bank for the limits and brakes as they are now. [`Shown::limits`] has them from then on.
    pub async fn ask_for_limits(&self) -> Result<OrderLimits, SyncError> {
        self.work.ask(|reply| Work::Brake(None, reply)).await
    }

    /// Discards everything that the storage key opened. After this returns, every read returns [`SyncError::Locked`].
    /// Work under way restarts in the locked state.
    pub async fn lock(&self) -> Result<(), SyncError> {
        self.urgent.ask(Urgent::Lock).await
    }

    /// Unlocks, and projects messages received while locked. Work under way restarts in the unlocked state.
    pub async fn unlock(&self, storage_key: StorageKey) -> Result<(), SyncError> {
        let ask = |reply| Urgent::Unlock(storage_key, reply);
        self.urgent.ask(ask).await
    }

    /// Pulls the broker's messages, requests a fresh checkpoint, waits up to 30 s for the messages that it names, and
    /// reads what is missing from the synchronous side. Returns the new entries.
    pub async fn receive(&self) -> Result<Vec<Entry>, SyncError> {
        self.work.ask(Work::Receive).await
    }

    /// Requests a fresh checkpoint now and compares the device's state with it. `None` if a snapshot came between.
    pub async fn checkpoint(&self) -> Result<Option<Judgement>, SyncError> {
        self.work.ask(Work::Checkpoint).await
    }

    /// Renews the channel token now. A live owner does that itself after half of the token's lifetime.
    pub async fn renew(&self) -> Result<(), SyncError> {
        self.work.ask(Work::Renew).await
    }

    /// Has the bank do what the customer asks for, while the device stays live. Nothing interrupts it but locking, which ends
    /// what needs the person with [`SyncError::Locked`]; the bank may have done it.
    pub async fn run<T: 'static>(&self, errand: Errand<T>) -> Result<T, SyncError> {
        let (asking, read) = errand.parts();
        let body = self.for_person(|reply| ForPerson::Ask(asking, reply));
        read(&body.await?)
    }

    /// Has a passkey made and registers it under `name`. The first one of a customer who has no way to log in
    /// yet needs no login; for every other one [`log_in`](Self::log_in) first. A lost answer is no loss: the passkey is listed, or it is not.
    pub async fn register_passkey(&self, name: &str) -> Result<PasskeyRow, SyncError> {
        let name = name.to_owned();
        self.for_person(|reply| ForPerson::RegisterPasskey(name, reply))
            .await
    }

    /// Logs the person in with their passkey, and begins a session on this device. The channel token is renewed, even if it
    /// has expired. Locking ends the login with [`SyncError::Locked`].
    pub async fn log_in(&self) -> Result<SessionId, SyncError> {
        self.begin_session(Login::Passkey).await
    }

    /// Logs the person in with their password and the authenticator's present code, or one that the bank sent, otherwise as
    /// [`log_in`](Self::log_in). Such a login approves no order that needs one.
    pub async fn log_in_by_password(
        &self,
        request: LogInByPassword,
    ) -> Result<SessionId, SyncError> {
        self.begin_session(Login::Password(request)).await
    }

    /// Begins a login at the bank's login provider. The person goes to the visit's address with a browser, which comes back to
    /// `redirect_uri` with a query. [`log_in_at_provider`](Self::log_in_at_provider) takes it.
    pub async fn visit_provider(&self, redirect_uri: &str) -> Result<ProviderVisit, SyncError> {
        let uri = redirect_uri.to_owned();
        self.for_person(|reply| ForPerson::VisitProvider(uri, reply))
            .await
    }

    /// Logs the person in with the `query` that came back from a visit at the login provider, otherwise as
    /// [`log_in`](Self::log_in). Fails with [`SyncError::AnotherLogin`] if it is not the answer to this visit, and with
    /// [`SyncError::ProviderRefused`] if the provider refused.
    pub async fn log_in_at_provider(
        &self,
        visit: &ProviderVisit,
        query: &str,
    ) -> Result<SessionId, SyncError> {
        self.begin_session(Login::Provider(visit.answer(query)?))
            .await
    }

    async fn begin_session(&self, login: Login) -> Result<SessionId, SyncError> {
        self.for_person(|reply| ForPerson::LogIn(login, reply))
            .await
    }

    async fn for_person<T>(
        &self,
        work: impl FnOnce(Reply<T>) -> ForPerson,
    ) -> Result<T, SyncError> {
        self.work.ask(|reply| Work::ForPerson(work(reply))).await
    }

    /// Stops the owner and drops work under way. Committed changes stay.
    pub async fn stop(&self) -> Result<(), SyncError> {
        self.urgent.ask(Urgent::Stop).await
    }
}
