//! A judge of risks, a clock, and a database of locations that answers what the test says.

use database::Location;
use risk::ports::{Located, Places};
use risk::{Asked, CalledOut, Device, Neighbours, Risk, Settings};
use risk_rules::{Decision, Kind};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use testkit::postgres::{PostgresServer, unused_schema};
use types::{Clock, CustomerId, DeviceForm, DeviceId, DeviceVerdict, PortError, Time, TimeZone};

pub(crate) const MINUTE: u64 = 60_000;

pub(crate) struct World {
    pub(crate) risk: Risk,
    pub(crate) now: Arc<AtomicU64>,
    pub(crate) places: Arc<TestPlaces>,
    parts: (Location, Arc<vault::FileVault>),
    next: AtomicU64,
    _directory: tempfile::TempDir,
}

/// Where addresses are. An address that is not here is not in the database; `fails` makes it fail.
#[derive(Default)]
pub(crate) struct TestPlaces {
    pub(crate) places: Mutex<HashMap<IpAddr, Located>>,
    pub(crate) fails: std::sync::atomic::AtomicBool,
}

#[async_trait::async_trait]
impl Places for TestPlaces {
    async fn locate(&self, address: IpAddr) -> Result<Option<Located>, PortError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(PortError::new("places", "it is away"));
        }
        Ok(self.places.lock().unwrap().get(&address).cloned())
    }
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let location = directory.path().join("risk.sqlite").into();
        Self::at(location, directory).await
    }

    pub(crate) async fn on_postgresql() -> Self {
        let url = PostgresServer::shared().url().parse().unwrap();
        let location = Location::schema(&url, &unused_schema());
        Self::at(location, tempfile::tempdir().unwrap()).await
    }

    async fn at(location: Location, directory: tempfile::TempDir) -> Self {
        let vault = vault::FileVault::open_or_create(&directory.path().join("vault")).unwrap();
        let now = Arc::new(AtomicU64::new(1_790_000_000_000));
        let places = Arc::new(TestPlaces::default());
        let parts = (location, Arc::new(vault));
        let risk = open(&parts, &now, Some(places.clone()), Vec::new()).await;
        Self {
            risk,
            now,
            places,
            parts,
            next: AtomicU64::new(0),
            _directory: directory,
        }
    }

    /// Another node over the same tables.
    pub(crate) async fn another_node(
        &self,
        has_places: bool,
        callouts: Vec<(String, CalledOut)>,
    ) -> Risk {
        let places = has_places.then(|| self.places.clone());
        open(&self.parts, &self.now, places, callouts).await
    }

    pub(crate) fn now(&self) -> Time {
        Time::from_ms(self.now.load(Ordering::SeqCst))
    }

    pub(crate) fn wait(&self, ms: u64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    /// A transfer of the customer with the customer's device, under a new id.
    pub(crate) fn transfer(&self, customer: &str) -> Asked {
        let next = self.next.fetch_add(1, Ordering::SeqCst);
        Asked {
            id: format!("order-{next}"),
            kind: Kind::Transfer,
            customer: customer.parse::<CustomerId>().unwrap(),
            device: device(customer.as_bytes()[0]),
            amount: 10_000,
            debit_account: Some(format!("{customer}1")),
            payee: Some(("account".to_owned(), "704".to_owned())),
            new_payee: Some(false),
            received: self.now(),
            address: None,
        }
    }

    pub(crate) async fn judge(&self, asked: &Asked) -> Decision {
        self.risk.judge(asked.clone()).await.unwrap()
    }

    /// What the stored decision about the order was made from.
    pub(crate) async fn features(&self, asked: &Asked) -> risk_rules::Features {
        self.risk
            .explain(&asked.id)
            .await
            .unwrap()
            .unwrap()
            .features
    }
}

pub(crate) fn device(byte: u8) -> Device {
    Device {
        id: DeviceId::at(Time::from_ms(1_780_000_000_000), [byte; 10]),
        form: DeviceForm::App,
        verdict: DeviceVerdict::NONE,
        enrolled: Time::from_ms(1_780_000_000_000),
        is_customers: true,
    }
}

async fn open(
    (location, vault): &(Location, Arc<vault::FileVault>),
    now: &Arc<AtomicU64>,
    places: Option<Arc<TestPlaces>>,
    callouts: Vec<(String, CalledOut)>,
) -> Risk {
    let read = now.clone();
    let clock: Clock = Arc::new(move || Time::from_ms(read.load(Ordering::SeqCst)));
    let settings = Settings {
        time_zone: TimeZone::UTC,
    };
    let places = places.map(|places| -> Arc<dyn Places> { places });
    let neighbours = Neighbours {
        vault: vault.clone(),
        places,
        callouts,
        clock,
    };
    Risk::open(location.clone(), settings, neighbours)
        .await
        .unwrap()
}
