//! Notification with a bank around it, in a temporary directory.

use crate::phone::Phone;
use crate::ports::{Bank, Desk, Events, Faults, Messages};
use broker::Broker;
use channel_log::ChannelLog;
use core_bank::CoreBank as _;
use envelope::{
    DeviceStatement, Head, Purpose, RelayKeys, Sign1, Signer as _, SoftwareKey, TrustList,
    TrustedKey,
};
use log_embedded::{Config, EmbeddedLog};
use notification::ports::EventSource;
use notification::{Neighbours, Notification, Settings};
use protocol::http::{AccountRow, CustomerRow, HolderRow, PostTransaction};
use protocol::{ChannelKind, Event};
use pubsub::EmbeddedPubSub;
use sandbox_bank::{Relay, SandboxBank};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use types::{
    AccountKind, ChannelId, Clock, DeviceId, Generation, KeyEpoch, Money, Role, Sequence,
    SubjectId, Time,
};
use vault::{FileVault, Vault as _};

pub(crate) const START: u64 = 1_753_000_000_000;
pub(crate) const DAY_MS: u64 = 86_400_000;

/// Maximum wait for a condition: far longer than it needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) time: Arc<AtomicU64>,
    pub(crate) vault: Arc<FileVault>,
    pub(crate) bank: Arc<Bank>,
    bank_path: PathBuf,
    pub(crate) events: Arc<Events>,
    pub(crate) broker_log: Arc<EmbeddedLog>,
    pub(crate) messages: Arc<Messages>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) device_key: SoftwareKey,
    pub(crate) settings: Settings,
}

/// A running notification.
pub(crate) struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn stop(self) {
        let _gone = self.stop.send(());
        self.task.await.unwrap();
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(self) {
        let ended = tokio::time::timeout(PATIENCE, self.task).await;
        ended.expect("it runs on").unwrap();
    }

    /// Ends it at an arbitrary step, like a crash of the process.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _cancelled = self.task.await;
    }
}

pub(crate) fn relay_keys() -> RelayKeys {
    RelayKeys::derive(&[7; 32], KeyEpoch::FIRST)
}

fn log(directory: PathBuf, clock: Clock) -> Arc<EmbeddedLog> {
    let config = Config {
        segment_bytes: 4 << 20,
        ..Config::new(directory, clock)
    };
    Arc::new(EmbeddedLog::open(config).unwrap())
}

fn key() -> SoftwareKey {
    SoftwareKey::from_bytes(&rand::random()).unwrap()
}

impl World {
    /// A world with that many partitions. The comparison runs only on request.
    pub(crate) async fn new(partitions: u16) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let time = Arc::new(AtomicU64::new(START));
        let clock = clock(&time);
        let vault = FileVault::open_or_create(&directory.path().join("vault.json")).unwrap();
        let bank = SandboxBank::open(
            crate::location(&directory.path().join("bank.sqlite")),
            clock.clone(),
        )
        .unwrap();
        let queue_log = log(directory.path().join("pubsub"), clock.clone());
        let broker_log = log(directory.path().join("broker"), clock.clone());
        let queue = EmbeddedPubSub::open(queue_log, partitions).await.unwrap();
        Self {
            time,
            vault: Arc::new(vault),
            bank_path: directory.path().join("bank.sqlite"),
            bank: Bank::of(bank),
            events: Arc::new(Events {
                queue,
                losing: AtomicBool::new(false),
            }),
            messages: messages(broker_log.clone(), Faults::none()),
            broker_log,
            desk: Arc::default(),
            device_key: key(),
            directory,
            settings: Settings {
                comparison_interval_ms: 100 * DAY_MS,
                ..Settings::default()
            },
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("notification.sqlite")
    }

    pub(crate) fn broker(&self) -> &Broker {
        &self.messages.broker
    }

    pub(crate) fn advance(&self, ms: u64) {
        self.time.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn set_back(&self, ms: u64) {
        self.time.fetch_sub(ms, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Time {
        Time::from_ms(self.time.load(Ordering::SeqCst))
    }

    /// Opens notification. Afterwards its keys are on a trust list.
    pub(crate) async fn open(&self) -> Notification {
        self.open_at(&self.path()).await
    }

    pub(crate) async fn open_at(&self, path: &Path) -> Notification {
        let neighbours = Neighbours {
            vault: self.vault.clone(),
            core_bank: self.bank.clone(),
            broker: self.messages.clone(),
            devices: self.desk.clone(),
            relay_keys: vec![relay_keys()],
            clock: clock(&self.time),
        };
        let opened =
            Notification::open(crate::location(path), self.settings.clone(), neighbours).await;
        let notification = opened.unwrap();
        if notification.trust().is_err() {
            notification
                .install_trust(self.list(&notification, 1).await.as_bytes())
                .await
                .unwrap();
        }
        notification
    }

    /// A trust list of that version with the keys of `notification`, as the root's ceremony makes it.
    pub(crate) async fn list(&self, notification: &Notification, version: u64) -> TrustList {
        let mut keys = notification.signing_keys();
        keys.push(TrustedKey {
            purpose: Purpose::Device,
            key: *self.device_key.public_key(),
            from: Time::from_ms(0),
            until: Time::from_ms(START + 1_000 * DAY_MS),
        });
        let expires = Time::from_ms(START + 1_000 * DAY_MS);
        let payload = TrustList::payload(version, self.now(), expires, &keys);
        let roots = self.vault.roots().await.unwrap();
        let kid = roots[0].kid();
        let signature = self
            .vault
            .sign_as_root(&Sign1::to_be_signed(kid, &payload))
            .await
            .unwrap();
        let bytes = Sign1::assemble_embedded(kid, &payload, &signature);
        TrustList::stored(&bytes, &roots).unwrap()
    }

    /// Starts notification on the pub/sub.
    pub(crate) fn run(&self, notification: &Notification) -> Running {
        self.run_on(notification, self.events.clone())
    }

    /// Starts it, and waits for the first comparison.
    pub(crate) async fn run_settled(
        &self,
        notification: &Notification,
        events: Arc<dyn EventSource>,
    ) -> Running {
        let before = notification.counters().comparisons;
        let running = self.run_on(notification, events);
        let compared = async || notification.counters().comparisons > before;
        until("the first comparison", compared).await;
        running
    }

    pub(crate) fn run_on(
        &self,
        notification: &Notification,
        events: Arc<dyn EventSource>,
    ) -> Running {
        let (stop, stopping) = oneshot::channel();
        let service = notification.clone();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _gone = stopping.await;
            };
            service.run(events, stopped).await;
        });
        Running { stop, task }
    }

    /// Relays all events that the bank has committed.
    pub(crate) async fn relay(&self) {
        let relay = Relay::new(
            self.bank.bank.clone(),
            relay_keys(),
            "/sandbox".to_owned(),
            self.events.clone(),
        );
        while relay.relay_batch().await.unwrap() > 0 {}
    }

    /// Relays all events into nothing: pub/sub loses them.
    pub(crate) async fn lose(&self) {
        self.events.losing.store(true, Ordering::SeqCst);
        self.relay().await;
        self.events.losing.store(false, Ordering::SeqCst);
    }

    pub(crate) async fn customer(&self, id: &str) {
        let row = CustomerRow {
            customer: id.parse().unwrap(),
            name: None,
        };
        self.bank.bank.load_customers(vec![row]).await.unwrap();
    }

    /// An account with these holders: sequence 1 opens it, then one event adds each holder.
    pub(crate) async fn account(&self, id: &str, holders: &[&str]) {
        let row = AccountRow {
            account: id.parse().unwrap(),
            kind: AccountKind::Current,
            name: format!("Account {id}"),
            currency: "CZK".parse().unwrap(),
            opened: None,
            limit: None,
        };
        self.bank.bank.load_accounts(vec![row]).await.unwrap();
        for holder in holders {
            self.hold(id, holder).await;
        }
    }

    pub(crate) async fn hold(&self, account: &str, customer: &str) {
        let row = HolderRow {
            account: account.parse().unwrap(),
            customer: customer.parse().unwrap(),
            role: Role::Owner,
        };
        self.bank.bank.load_holders(vec![row]).await.unwrap();
    }

    pub(crate) async fn post(&self, account: &str, transaction: &str) {
        let order = PostTransaction {
            transaction: transaction.parse().unwrap(),
            account: account.parse().unwrap(),
            amount: Money::new(987_654_321, "CZK".parse().unwrap()),
            operation: "cash_deposit".to_owned(),
            date: Some("1993-01-01".parse().unwrap()),
            purpose: Some("purpose-of-the-customer".to_owned()),
            counterparty_bank: None,
            counterparty_account: None,
        };
        self.bank.bank.post(order).await.unwrap();
    }

    pub(crate) async fn post_many(&self, account: &str, count: usize) {
        for index in 0..count {
            let id = format!("{account}-{}-{index}", rand::random::<u64>());
            self.post(account, &id).await;
        }
    }

    /// All events of an account.
    pub(crate) async fn events_of(&self, account: &str) -> Vec<Event> {
        let subject = SubjectId::from(&account.parse::<types::AccountId>().unwrap());
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events
                .last()
                .map_or(Sequence::ZERO, |event| event.subject().unwrap().1);
            let more = self
                .bank
                .bank
                .events_after(&subject, after, 1_000)
                .await
                .unwrap();
            if more.is_empty() {
                return events;
            }
            events.extend(more);
        }
    }

    /// A new device of a customer, with ciam's statement. Its channel is open at the broker.
    pub(crate) async fn phone(&self, notification: &Notification, customer: &str) -> Phone {
        let channel = channel_of(customer);
        self.broker()
            .open(channel, ChannelKind::Customer)
            .await
            .unwrap();
        let (session, approval, agreement) = (key(), key(), key());
        let number = self.desk.next_number();
        let device = DeviceId::at(self.now(), rand::random());
        let statement = DeviceStatement {
            number,
            customer: customer.parse().unwrap(),
            channel,
            device,
            form: types::DeviceForm::App,
            session: *session.public_key(),
            approval: *approval.public_key(),
            agreement: *agreement.public_key(),
            verdict: "none".to_owned(),
            time: self.now(),
        };
        let statement = statement.sign(&self.device_key).unwrap();
        self.desk.state(number, statement.clone());
        let roots = self.vault.roots().await.unwrap();
        Phone {
            customer: customer.parse().unwrap(),
            channel,
            device,
            statement,
            agreement,
            trust: TrustList::stored(&notification.trust().unwrap(), &roots).unwrap(),
            keys: std::collections::BTreeMap::new(),
            epoch: None,
            head: Head::start(channel, Generation::FIRST),
            signature: None,
            entries: Vec::new(),
            left_out: false,
        }
    }

    /// A new device with its grant.
    pub(crate) async fn enrolled(&self, notification: &Notification, customer: &str) -> Phone {
        let mut phone = self.phone(notification, customer).await;
        phone.enrol(notification).await;
        phone
    }

    /// Revokes a device as ciam does: commits the revocation first, then requests the rekey.
    pub(crate) async fn revoke(&self, notification: &Notification, phone: &Phone) {
        let revocation = phone.revocation(self.desk.next_number());
        self.desk.revoke(revocation);
        notification.rekey(revocation).await.unwrap();
    }

    /// Waits until the device has read that sequence of an account.
    pub(crate) async fn until_read(&self, phone: &mut Phone, account: &str, sequence: u64) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            phone.sync(self.broker()).await;
            let sequences = phone.sequences(account);
            if sequences.last().is_some_and(|last| *last >= sequence) {
                return;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "{} of {account} did not come; {sequences:?}",
                sequence
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Opens the broker's log from an earlier copy.
    pub(crate) async fn restore_broker(&mut self, copy: &Path) {
        self.broker_log.close().await;
        let directory = self
            .directory
            .path()
            .join(format!("broker-{}", rand::random::<u64>()));
        copy_directory(copy, &directory);
        self.broker_log = log(directory, clock(&self.time));
        self.messages = messages(self.broker_log.clone(), Faults::none());
    }

    /// A backup of the broker's log.
    pub(crate) async fn back_up_broker(&mut self) -> PathBuf {
        self.broker_log.close().await;
        let copy = self
            .directory
            .path()
            .join(format!("backup-{}", rand::random::<u64>()));
        let from = self.broker_directory();
        copy_directory(&from, &copy);
        self.broker_log = log(from, clock(&self.time));
        self.messages = messages(self.broker_log.clone(), Faults::none());
        copy
    }

    fn broker_directory(&self) -> PathBuf {
        self.directory.path().join("broker")
    }

    /// A backup of notification's database.
    pub(crate) fn back_up_notification(&self) -> PathBuf {
        self.back_up(&self.path())
    }

    /// A backup of the core bank's books.
    pub(crate) fn back_up_bank(&self) -> PathBuf {
        self.back_up(&self.bank_path)
    }

    fn back_up(&self, database: &Path) -> PathBuf {
        let copy = self
            .directory
            .path()
            .join(format!("copy-{}.sqlite", rand::random::<u64>()));
        crate::engine::copy(database, &copy);
        copy
    }

    /// Restores the books from an older copy. Notification has to be opened again.
    pub(crate) fn restore_bank(&mut self, copy: &Path) {
        let books = SandboxBank::open(crate::location(copy), clock(&self.time)).unwrap();
        copy.clone_into(&mut self.bank_path);
        self.bank = Bank::of(books);
    }
}

pub(crate) fn channel_of(customer: &str) -> ChannelId {
    let hash = types::Hash::of(format!("channel of {customer}").as_bytes());
    let (id, _) = hash.as_bytes().split_first_chunk().unwrap();
    ChannelId::new(*id)
}

pub(crate) fn messages(log: Arc<dyn ChannelLog>, faults: Faults) -> Arc<Messages> {
    Arc::new(Messages {
        broker: Broker::new(log),
        faults,
    })
}

fn clock(time: &Arc<AtomicU64>) -> Clock {
    let time = time.clone();
    Arc::new(move || Time::from_ms(time.load(Ordering::SeqCst)))
}

fn copy_directory(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_directory(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{what} did not become true"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The numbers from `first` to `last`, both included.
pub(crate) fn range(first: u64, last: u64) -> Vec<u64> {
    (first..=last).collect()
}
