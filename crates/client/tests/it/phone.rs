//! A phone: the ports of a device, and a loop that polls its futures.

use crate::bank::{CUSTOMER, account};
use crate::network::{Network, PUBLIC_URL, SimulatedTime, World, yields};
use client::store::{Batch, CommitDurability, MemoryStore, Revision, Row, Store, StoreError};
use client::{
    Account, Change, Device, DeviceKey, Discrepancy, EntryState, InboxKey, KeyError, Keys,
    LISTED_MAX, Listed, Platform, Ports, Reception, Shown, SoftwareKeys, StorageKey, SyncError,
    Update,
};
use envelope::SoftwareKey;
use futures_util::future::join;
use futures_util::lock::{Mutex, OwnedMutexGuard};
use futures_util::task::noop_waker;
use protocol::Entry;
use protocol::http::PasskeyOptions;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use types::{AccountId, Clock, PublicKey, Signature, Time};
use webauthn::{Assertion, Attestation, RelyingParty, SoftwarePasskey};
use zeroize::Zeroizing;

/// Polls until the future is ready. Nothing is woken: every poll checks everything.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    run_for(usize::MAX, future).unwrap()
}

/// Polls at most that often, then drops the future.
pub(crate) fn run_for<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let waker = noop_waker();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    for _ in 0..polls.min(2_000_000) {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
    }
    assert!(polls < 2_000_000, "nothing happens any more");
    None
}

/// A store in memory that stores its commits, so that a power cut can be simulated, and that yields around each commit.
#[derive(Default)]
pub(crate) struct Disk {
    rows: MemoryStore,
    lease: RefCell<Arc<Mutex<()>>>,
    /// Whether commits fail.
    pub(crate) fails: Cell<bool>,
    pub(crate) commits: RefCell<Vec<(Batch, CommitDurability)>>,
    /// How often a record was looked up, or a range.
    pub(crate) reads: Cell<usize>,
}

impl Disk {
    /// Takes the lease from its owner without notice, as a browser's lock may be stolen.
    pub(crate) fn steal_lease(&self) {
        self.lease.replace(Arc::default());
    }

    /// The store after the first `kept` commits.
    pub(crate) fn after(&self, kept: usize) -> Rc<Self> {
        let disk = Rc::new(Self::default());
        for (batch, durability) in self.commits.borrow().iter().take(kept) {
            let revision = run(disk.revision()).unwrap();
            let step = (revision, revision.next([7; 8]));
            run(disk.commit(step, batch.clone(), *durability)).unwrap();
        }
        disk
    }

    /// How many commits at least a power cut leaves: all up to the last durable one.
    pub(crate) fn durable(&self) -> usize {
        let commits = self.commits.borrow();
        let last = commits
            .iter()
            .rposition(|(_, durability)| *durability == CommitDurability::Durable);
        last.map_or(0, |last| last + 1)
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        self.rows.rows()
    }
}

impl Store for Disk {
    type Lease = OwnedMutexGuard<()>;

    async fn try_lease(&self) -> Result<Self::Lease, StoreError> {
        let lease = self.lease.borrow().try_lock_owned();
        lease.ok_or(StoreError::InUse)
    }

    async fn lease(&self) -> Result<Self::Lease, StoreError> {
        let lease = self.lease.borrow().clone();
        Ok(lease.lock_owned().await)
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        self.rows.revision().await
    }

    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.reads.set(self.reads.get() + 1);
        self.rows.get(key).await
    }

    async fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        self.reads.set(self.reads.get() + 1);
        self.rows.scan(prefix, after, limit).await
    }

    async fn commit(
        &self,
        step: (Revision, Revision),
        batch: Batch,
        durability: CommitDurability,
    ) -> Result<(), StoreError> {
        yields(1).await;
        if self.fails.get() {
            return Err(StoreError::new("the disk is full"));
        }
        let made = self.rows.commit(step, batch.clone(), durability);
        made.await?;
        self.commits.borrow_mut().push((batch, durability));
        yields(1).await;
        Ok(())
    }
}

/// Keys that count what the approval key signs. It needs a person, who takes some time.
pub(crate) struct CountedKeys {
    keys: SoftwareKeys,
    world: Rc<World>,
}

impl Keys for CountedKeys {
    async fn public(&self, key: DeviceKey) -> Result<PublicKey, KeyError> {
        self.keys.public(key).await
    }

    async fn sign(&self, key: DeviceKey, message: &[u8]) -> Result<Signature, KeyError> {
        if key == DeviceKey::Approval {
            yields(1).await;
            if self.world.declines.get() {
                return Err(KeyError::new("the person declined"));
            }
            self.world.approvals.set(self.world.approvals.get() + 1);
            yields(1).await;
        }
        self.keys.sign(key, message).await
    }

    async fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        self.keys.agree(peer).await
    }

    async fn assert(&self, challenge: &[u8]) -> Result<Assertion, KeyError> {
        self.keys.assert(challenge).await
    }

    async fn make_passkey(&self, options: &PasskeyOptions) -> Result<Attestation, KeyError> {
        self.keys.make_passkey(options).await
    }
}

pub(crate) enum Simulated {}

impl Platform for Simulated {
    type Store = Rc<Disk>;
    type Keys = CountedKeys;
    type Transport = Network;
    type Timer = SimulatedTime;
}

/// A phone that keeps its disk and its keys across starts of its app.
pub(crate) struct Phone {
    pub(crate) world: Rc<World>,
    pub(crate) disk: Rc<Disk>,
    pub(crate) seed: u64,
}

impl Phone {
    pub(crate) fn new(world: &Rc<World>, seed: u64) -> Self {
        Self {
            world: world.clone(),
            disk: Rc::default(),
            seed,
        }
    }

    pub(crate) fn keys(&self) -> CountedKeys {
        let keys = SoftwareKeys::generate(&mut StdRng::seed_from_u64(self.seed)).unwrap();
        let passkey = SoftwareKey::from_bytes(&[13; 32]).unwrap();
        let party = RelyingParty::at(PUBLIC_URL);
        CountedKeys {
            keys: keys.with_passkey(SoftwarePasskey::new(passkey, [13; 16], party)),
            world: self.world.clone(),
        }
    }

    pub(crate) fn ports(&self) -> Ports<Simulated, StdRng> {
        let network = (
            Network(self.world.clone()),
            SimulatedTime(self.world.clone()),
        );
        self.world.starts.set(self.world.starts.get() + 1);
        let rng = StdRng::seed_from_u64(1_000 + self.world.starts.get());
        Ports::new(
            self.disk.clone(),
            self.keys(),
            network,
            clock(&self.world),
            rng,
        )
    }

    pub(crate) fn inbox_key(&self) -> InboxKey {
        InboxKey::new(&[11; 32])
    }

    pub(crate) fn storage_key(&self) -> StorageKey {
        StorageKey::new(&[12; 32])
    }

    pub(crate) fn try_enrol(&self, code: &str) -> Result<Device<Simulated>, SyncError> {
        let keys = (self.inbox_key(), self.storage_key());
        let code = code.parse()?;
        run(Device::enrol(
            self.ports(),
            keys,
            &CUSTOMER.parse().unwrap(),
            &code,
        ))
    }

    pub(crate) fn enrol(&self) -> Device<Simulated> {
        let code = self.world.bank.borrow().printed_code();
        self.try_enrol(&code).unwrap()
    }

    pub(crate) fn open(&self) -> Device<Simulated> {
        run(Device::open(
            self.ports(),
            self.inbox_key(),
            self.storage_key(),
        ))
        .unwrap()
    }

    pub(crate) fn open_locked(&self) -> Device<Simulated> {
        run(Device::open_locked(self.ports(), self.inbox_key())).unwrap()
    }
}

/// The phone's clock: the bank's, with the world's offset.
fn clock(world: &World) -> Clock {
    let clock = world.bank.borrow().clock.clone();
    let ahead_ms = world.phone_ahead_ms.clone();
    Arc::new(move || {
        let ms = clock.load(Ordering::Relaxed);
        Time::from_ms(ms.saturating_add_signed(ahead_ms.load(Ordering::Relaxed)))
    })
}

/// A world with one enrolled device that has caught up.
pub(crate) fn settled() -> (Rc<World>, Phone, Device<Simulated>) {
    let world = World::new();
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    run(device.catch_up()).unwrap();
    assert!(device.is_complete());
    (world, phone, device)
}

/// All accounts, read in pages as an app does.
pub(crate) fn accounts(device: &Device<Simulated>) -> Vec<Account> {
    let mut all: Vec<Account> = Vec::new();
    loop {
        let after = all.last().map(|last| last.account.clone());
        let more = device.accounts(after.as_ref()).unwrap();
        assert!(more.len() <= LISTED_MAX);
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

/// All listed entries of an account, or of no account, with their states.
pub(crate) fn listed(device: &Device<Simulated>, of: Option<&AccountId>) -> Vec<Listed> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let more = run(device.entries(of, after.as_ref())).unwrap();
        assert!(more.entries.len() <= LISTED_MAX);
        all.extend(more.entries);
        match more.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

/// The listed entries that are in the bank's books.
pub(crate) fn entries(device: &Device<Simulated>, of: Option<&AccountId>) -> Vec<Entry> {
    let listed = listed(device, of).into_iter();
    let current = listed.filter(|listed| listed.state == EntryState::Current);
    current.map(|listed| listed.entry).collect()
}

/// What a device shows: balances and entries of each account, and entries of no account.
pub(crate) fn shown(device: &Device<Simulated>) -> Vec<(String, Vec<Entry>)> {
    let mut all = vec![("".to_owned(), entries(device, None))];
    all.extend(accounts(device).into_iter().map(|row| {
        let entries = entries(device, Some(&row.account));
        (format!("{} {:?}", row.account, row.balances), entries)
    }));
    all
}

/// The booked entries' numbers of account 576.
pub(crate) fn numbers(device: &Device<Simulated>) -> Vec<u64> {
    let entries = entries(device, Some(&account("576")));
    entries
        .iter()
        .filter_map(|entry| entry.booking.as_ref())
        .map(|booking| booking.number)
        .collect()
}

/// The booked balance that a device shows of account 576.
pub(crate) fn balance(device: &Device<Simulated>) -> i64 {
    let accounts = accounts(device);
    let row = accounts
        .iter()
        .find(|row| row.account == account("576"))
        .unwrap();
    row.balances[&"booked".parse().unwrap()].minor_units()
}

/// The discrepancies of a device, by name.
pub(crate) fn found(device: &Device<Simulated>) -> Vec<Discrepancy> {
    device
        .discrepancies()
        .iter()
        .map(|found| found.what)
        .collect()
}

/// Stays live until `until` returns true. Returns the names of the changes, but for those of orders.
pub(crate) fn live(
    device: &mut Device<Simulated>,
    until: impl FnMut(&Shown, &Change) -> bool,
) -> (Vec<String>, Result<(), SyncError>) {
    run(stay_live(device, until))
}

/// The same as a future. If the bank refuses the device, the owner is stopped, and the refusal is the error.
pub(crate) async fn stay_live(
    device: &mut Device<Simulated>,
    mut until: impl FnMut(&Shown, &Change) -> bool,
) -> (Vec<String>, Result<(), SyncError>) {
    let (owner, handle, mut changes) = client::owner();
    let mut names = Vec::new();
    let using = async {
        while let Some(Update { change, shown }) = changes.next().await {
            if let Change::Ended(error) = change {
                return handle.stop().await.and(Err(error));
            }
            if !matches!(change, Change::Orders) {
                names.push(name(&change));
            }
            assert!(
                names.len() < 100_000,
                "it did not happen: {:?}",
                &names[..50]
            );
            if until(&shown, &change) {
                return handle.stop().await;
            }
        }
        Ok(())
    };
    let (owned, used) = join(owner.run(device, Reception::Live), using).await;
    (names, owned.and(used))
}

fn name(change: &Change) -> String {
    match change {
        Change::Live => "live".into(),
        Change::Entries(entries) => format!("entries {}", entries.len()),
        Change::Received => "received".into(),
        Change::Checkpoint(judgement) => format!("checkpoint {}", judgement.as_str()),
        Change::Mended => "mended".into(),
        Change::Orders => "orders".into(),
        Change::Discrepancy(found) => format!("discrepancy {}", found.what.as_str()),
        Change::Offline(_) => "offline".into(),
        Change::Limited(_) => "limited".into(),
        Change::Ended(_) => "ended".into(),
    }
}
