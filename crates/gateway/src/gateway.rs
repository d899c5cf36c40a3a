//! The service that takes orders, and its shared state.

use crate::error::Failure;
use crate::orders::InHand;
use crate::payee_checks::counter::PayeeChecks;
use crate::ports::{Apps, Devices, Risk, Statements};
use crate::settings::Settings;
use crate::store::{self, CustomerIndex};
use crate::verified_statements::VerifiedStatements;
use core_bank::CoreBank;
use database::{Database, Location, SealedColumns, Transaction, audit_chain};
use envelope::{DeviceStatement, TrustList};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use types::{Clock, CustomerId, DeviceId, Time};
use vault::{MacKey, Vault};

const CUSTOMER: &str = "gateway.customer";

/// The services that gateway works with.
pub struct Neighbours {
    /// The vault, which has the key of the sealed columns.
    pub vault: Arc<dyn Vault>,
    /// notification.
    pub statements: Arc<dyn Statements>,
    /// ciam.
    pub devices: Arc<dyn Devices>,
    /// ciam, which tells other apps. `None` if none of them wants to hear what changes.
    pub apps: Option<Arc<dyn Apps>>,
    /// The core bank.
    pub core_bank: Arc<dyn CoreBank>,
    /// The judge of orders' risks.
    pub risk: Arc<dyn Risk>,
    /// The clock.
    pub clock: Clock,
}

/// The service. Cheap to clone; all clones share one state.
#[derive(Clone)]
pub struct Gateway(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) database: Database,
    pub(crate) columns: SealedColumns,
    pub(crate) statements: Arc<dyn Statements>,
    pub(crate) devices: Arc<dyn Devices>,
    pub(crate) apps: Option<Arc<dyn Apps>>,
    pub(crate) core_bank: Arc<dyn CoreBank>,
    pub(crate) risk: Arc<dyn Risk>,
    pub(crate) clock: Clock,
    pub(crate) in_hand: Arc<InHand>,
    pub(crate) payee_checks: PayeeChecks,
    /// Whether the core bank has done all stops since the start.
    pub(crate) stops_done: watch::Sender<bool>,
    /// The newest trust list that was verified.
    trust: Mutex<Option<Arc<TrustList>>>,
    verified: VerifiedStatements,
}

/// A device as ciam states it.
#[derive(Debug, Clone)]
pub(crate) struct StatedDevice {
    pub(crate) statement: DeviceStatement,
    pub(crate) active: bool,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").finish_non_exhaustive()
    }
}

impl Gateway {
    /// Opens the database and creates it on first use.
    pub async fn open(
        location: impl Into<Location>,
        settings: Settings,
        neighbours: Neighbours,
    ) -> Result<Self, Failure> {
        let database = Database::open(location, store::MIGRATIONS)?;
        let key = neighbours
            .vault
            .mac(MacKey::SealedColumns, b"gateway")
            .await?;
        Ok(Self(Arc::new(Inner {
            settings,
            database,
            columns: SealedColumns::new(&key),
            statements: neighbours.statements,
            devices: neighbours.devices,
            apps: neighbours.apps,
            core_bank: neighbours.core_bank,
            risk: neighbours.risk,
            clock: neighbours.clock,
            in_hand: Arc::default(),
            payee_checks: PayeeChecks::default(),
            stops_done: watch::Sender::new(false),
            trust: Mutex::default(),
            verified: VerifiedStatements::default(),
        })))
    }

    /// Closes the database when all earlier requests are done. Its file is then complete, without a write-ahead log.
    pub async fn close(&self) {
        self.0.database.close().await;
    }

    /// The load of the database.
    #[must_use]
    pub fn database_load(&self) -> database::Load {
        self.0.database.load()
    }

    /// Waits until the database has stopped, which happens only if its disk fails. The process should then end.
    pub async fn stopped(&self) {
        self.0.database.stopped().await;
    }

    pub(crate) fn now(&self) -> Time {
        (self.0.clock)()
    }

    /// Records an act that changes nothing else.
    pub(crate) async fn record_alone(&self, act: audit::Act) -> Result<(), Failure> {
        let write = async move |tx: &mut Transaction<'_>| {
            Ok::<_, Failure>(audit_chain::record(tx, &act).await?)
        };
        self.0.database.write(write).await
    }

    /// The index of a customer in the tables.
    pub(crate) fn customer_index(&self, customer: &CustomerId) -> CustomerIndex {
        let customer = customer.as_str().as_bytes();
        self.0.columns.blind_index(CUSTOMER, customer)
    }

    /// The device in a token, by ciam's statement. `None` if ciam does not know it, as after a restore of an older copy.
    pub(crate) async fn stated(&self, device: DeviceId) -> Result<Option<StatedDevice>, Failure> {
        let Some(known) = self.0.devices.device(device).await? else {
            return Ok(None);
        };
        let trust = self.trust().await?;
        let statement = self.0.verified.verify(device, known.statement, trust)?;
        Ok(Some(StatedDevice {
            statement,
            active: known.active,
        }))
    }

    /// The current trust list. Its signature is verified when it changes.
    async fn trust(&self) -> Result<Arc<TrustList>, Failure> {
        let newest = self.0.statements.trust().await?;
        let held = {
            let held = self.0.trust.lock().unwrap_or_else(PoisonError::into_inner);
            held.clone()
        };
        if let Some(list) = held.filter(|list| list.as_bytes() == newest.list) {
            return Ok(list);
        }
        let list = Arc::new(TrustList::stored(&newest.list, &newest.roots)?);
        let mut held = self.0.trust.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(list.clone());
        Ok(list)
    }
}
