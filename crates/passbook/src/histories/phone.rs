//! A phone: a device with its store and its keys, whose app starts and ends.

use super::network::{Network, SimulatedTime};
use super::world::{Break, World};
use client::store::MemoryStore;
use client::{
    ActivationCode, Device, InboxKey, Platform, Ports, SoftwareKeys, StorageKey, SyncError,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::rc::Rc;
use types::{AccountId, CustomerId, DeviceId, EventId, Time};

pub(super) enum Simulated {}

impl Platform for Simulated {
    type Store = Rc<MemoryStore>;
    type Keys = SoftwareKeys;
    type Transport = Network;
    type Timer = SimulatedTime;
}

/// The state of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has a code, and does not know that it is enrolled.
    Enrolling,
    Enrolled,
    /// Its revocation was requested; the answer may be missing.
    Removed,
    /// ciam was restored from a copy that does not know the phone.
    Forgotten,
}

pub(super) struct Phone {
    pub(super) customer: CustomerId,
    pub(super) standing: Standing,
    /// `Some` once it is enrolled.
    pub(super) id: Option<DeviceId>,
    /// The booked entries that it has shown, each with its account.
    pub(super) told: BTreeMap<EventId, AccountId>,
    code: Option<ActivationCode>,
    store: Rc<MemoryStore>,
    scalars: [[u8; 32]; 3],
    seed: u64,
    world: Rc<World>,
}

/// The result of an app's operation.
pub(super) enum Came<T> {
    Done(T),
    /// The app was killed.
    Killed,
}

impl Phone {
    pub(super) fn new(world: &Rc<World>, customer: CustomerId, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let keys = SoftwareKeys::generate(&mut random).unwrap().expose();
        Self {
            customer,
            standing: Standing::Enrolling,
            id: None,
            told: BTreeMap::new(),
            code: None,
            store: Rc::default(),
            scalars: keys.map(|key| *key),
            seed: random.random(),
            world: world.clone(),
        }
    }

    fn ports(&self) -> Ports<Simulated, StdRng> {
        let starts = self.world.starts.get() + 1;
        self.world.starts.set(starts);
        let [session, approval, agreement] = &self.scalars;
        let keys = SoftwareKeys::from_scalars([session, approval, agreement]).unwrap();
        let network = Network(self.world.clone());
        let timer = SimulatedTime(self.world.clone());
        let random = StdRng::seed_from_u64(self.seed ^ starts);
        let (store, clock) = (self.store.clone(), self.world.clock());
        Ports::new(store, keys, (network, timer), clock, random)
    }

    /// Starts or continues enrolment, with its code, or with a new one if it has none.
    pub(super) fn enrol(&mut self) -> Came<Result<(), SyncError>> {
        if self.code.is_none() {
            let servers = self.world.servers();
            let issued = servers.block_on(servers.services.ciam.issue_code(&self.customer));
            let Ok(issued) = issued else {
                return Came::Done(Ok(()));
            };
            let typed = format!("{}-{}", issued.code.expose(), issued.root);
            self.code = Some(typed.parse().unwrap());
        }
        let code = self.code.clone().unwrap();
        let keys = (inbox_key(), storage_key());
        let enrolled = run(&self.world, async {
            Device::enrol(self.ports(), keys, &self.customer, &code).await
        });
        let enrolled = match enrolled {
            Came::Killed => return Came::Killed,
            Came::Done(Err(SyncError::AlreadyEnrolled)) => self.open(),
            Came::Done(enrolled) => enrolled,
        };
        Came::Done(enrolled.map(|device| {
            self.id = Some(device.id());
            self.standing = Standing::Enrolled;
        }))
    }

    /// Discards the code, which the bank no longer knows.
    pub(super) fn forget_code(&mut self) {
        self.code = None;
    }

    /// Starts the app.
    pub(super) fn open(&self) -> Result<Device<Simulated>, SyncError> {
        block_on(Device::open(self.ports(), inbox_key(), storage_key()))
    }

    /// Starts the app and catches up, first locked and then unlocked if requested. Returns the app with the result.
    pub(super) fn catch_up(&self, locked: bool) -> Came<(Device<Simulated>, Caught)> {
        let asked = self.world.now();
        self.world.pass(1);
        run(&self.world, async {
            let opened = Device::open_locked(self.ports(), inbox_key()).await;
            let mut device = opened.expect("an enrolled device opens");
            let mut result = Ok(());
            if locked {
                result = device.catch_up().await.map(drop);
            }
            let unlocked = device.unlock(storage_key()).await;
            unlocked.expect("an enrolled device unlocks");
            if !locked {
                result = device.catch_up().await.map(drop);
            }
            (device, Caught { asked, result })
        })
    }
}

/// The result of catching up.
pub(super) struct Caught {
    /// The start time.
    pub(super) asked: Time,
    pub(super) result: Result<(), SyncError>,
}

fn inbox_key() -> InboxKey {
    InboxKey::new(&[1; 32])
}

fn storage_key() -> StorageKey {
    StorageKey::new(&[2; 32])
}

/// Runs an app's operation to its end, or until the app is killed.
fn run<T>(world: &World, work: impl Future<Output = T>) -> Came<T> {
    let dies = || matches!(world.breaks.get(), Some((_, Break::AppDies)));
    let dying = dies();
    let killed = async {
        // The connection kills the app at the chosen moment.
        while dies() {
            tokio::task::yield_now().await;
        }
    };
    let ended = block_on(async {
        tokio::select! {
            biased;
            done = work => Came::Done(done),
            () = killed, if dying => Came::Killed,
        }
    });
    world.breaks.set(None);
    ended
}

/// Devices' futures need no reactor. Those that wait for the servers are woken by the servers' runtime.
pub(super) fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work)
}
