//! The service, and its shared state.

use crate::error::Failure;
use crate::ports::Places;
use crate::standing::Standing;
use crate::store::rule_set::{self, RuleSetRow};
use crate::store::{self, Index};
use database::{Database, Location, SealedColumns, Transaction};
use risk_rules::{Features, LifeCycle, RuleSet, Score, Stage};
use std::fmt;
use std::sync::{Arc, Mutex};
use types::{Clock, CustomerId, Time, TimeZone};
use vault::{MacKey, Vault};

const CUSTOMER: &str = "risk.customer";
const ACCOUNT: &str = "risk.account";

/// The name under which the first version was written and activated.
const INSTALLATION: &str = "installation";

/// How risks are judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the bank's day begins.
    pub time_zone: TimeZone,
}

/// A function that may override a score.
pub type CalledOut = Arc<dyn Fn(&Features, Score) -> Option<Score> + Send + Sync>;

/// What risk works with.
pub struct Neighbours {
    /// The vault, which has the key of the sealed columns.
    pub vault: Arc<dyn Vault>,
    /// The database of locations. `None` if the bank has none.
    pub places: Option<Arc<dyn Places>>,
    /// The bank's own checks, by name. Each may override the score that the rules gave, in turn.
    pub callouts: Vec<(String, CalledOut)>,
    /// The clock.
    pub clock: Clock,
}

/// The service. Cheap to clone; all clones share one state.
#[derive(Clone)]
pub struct Risk(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) database: Database,
    pub(crate) columns: Arc<SealedColumns>,
    pub(crate) places: Option<Arc<dyn Places>>,
    pub(crate) callouts: Arc<[(String, CalledOut)]>,
    pub(crate) clock: Clock,
    /// The rules and lists that decide, as last read.
    pub(crate) standing: Mutex<Arc<Standing>>,
}

impl fmt::Debug for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Risk").finish_non_exhaustive()
    }
}

impl Risk {
    /// Opens the database and creates it on first use, with the default rules as its first version.
    pub async fn open(
        location: impl Into<Location>,
        settings: Settings,
        neighbours: Neighbours,
    ) -> Result<Self, Failure> {
        let database = Database::open(location, store::MIGRATIONS)?;
        let key = neighbours.vault.mac(MacKey::SealedColumns, b"risk").await?;
        let now = (neighbours.clock)();
        let first = first_version(now)?;
        let ensure = async move |tx: &mut Transaction<'_>| {
            if rule_set::active(tx).await?.is_none() {
                rule_set::put(tx, &first).await?;
            }
            Ok::<_, Failure>(())
        };
        database.write(ensure).await?;
        let standing = Standing::read(&database, None, now).await?;
        Ok(Self(Arc::new(Inner {
            settings,
            database,
            columns: Arc::new(SealedColumns::new(&key)),
            places: neighbours.places,
            callouts: neighbours.callouts.into(),
            clock: neighbours.clock,
            standing: Mutex::new(Arc::new(standing)),
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

    /// The index of a customer in the tables.
    pub(crate) fn customer_index(&self, customer: &CustomerId) -> Index {
        let customer = customer.as_str().as_bytes();
        self.0.columns.blind_index(CUSTOMER, customer)
    }

    /// The index of an account in the tables.
    pub(crate) fn account_index(&self, scheme: &str, identification: &str) -> Index {
        let account = format!("{scheme}:{identification}");
        self.0.columns.blind_index(ACCOUNT, account.as_bytes())
    }
}

fn first_version(now: Time) -> Result<RuleSetRow, Failure> {
    let rules = serde_json::to_string(&RuleSet::default());
    Ok(RuleSetRow {
        version: 1,
        rules: rules.map_err(Failure::StoredDecision)?,
        life: LifeCycle {
            stage: Stage::Active,
            author: INSTALLATION.to_owned(),
            tested_by: None,
            activated_by: Some(INSTALLATION.to_owned()),
        },
        shadow: false,
        written: now,
        activated: Some(now),
    })
}
