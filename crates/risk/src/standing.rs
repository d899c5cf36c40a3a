//! The rules and lists that decide now, compiled and in memory.

use crate::error::Failure;
use crate::lists::List;
use crate::prefix::Prefixes;
use crate::store::list::{self, ListRow};
use crate::store::rule_set::{self, RuleSetRow};
use database::Database;
use risk_rules::{AddressList, Compiled, Country, Stage};
use std::collections::BTreeSet;
use std::sync::Arc;
use types::Time;

/// What decides.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) active: Arc<Compiled>,
    pub(crate) shadows: Vec<Arc<Compiled>>,
    pub(crate) addresses: Prefixes<AddressList>,
    pub(crate) address_risks: Prefixes<u8>,
    pub(crate) negative_countries: BTreeSet<Country>,
    pub(crate) read: Time,
}

impl Standing {
    /// Reads what decides at `now`. Versions that `before` has are not compiled again.
    pub(crate) async fn read(
        database: &Database,
        before: Option<&Self>,
        now: Time,
    ) -> Result<Self, Failure> {
        let read = database.read(async move |tx| {
            let rules = rule_set::all(tx).await?;
            let lists = list::all_but(tx, List::ExceptionUser.as_str()).await?;
            Ok::<_, Failure>((rules, lists))
        });
        let (rules, lists) = read.await?;
        let compiled = |row: &RuleSetRow| {
            let known = before.into_iter().flat_map(|standing| {
                let active = std::iter::once(&standing.active);
                active.chain(&standing.shadows)
            });
            let mut known = known.filter(|known| known.version() == row.version);
            known.next().cloned().map_or_else(|| compile(row), Ok)
        };
        let active = rules.iter().find(|row| row.life.stage == Stage::Active);
        let active = active.ok_or(Failure::StoredRules { version: 0 })?;
        let shadows = rules
            .iter()
            .filter(|row| row.shadow && row.life.stage != Stage::Active);
        let mut standing = Self {
            active: compiled(active)?,
            shadows: shadows.map(compiled).collect::<Result<_, _>>()?,
            addresses: Prefixes::default(),
            address_risks: Prefixes::default(),
            negative_countries: BTreeSet::new(),
            read: now,
        };
        for row in lists {
            if row.until.is_none_or(|until| until > now) {
                standing.add(&row)?;
            }
        }
        Ok(standing)
    }

    fn add(&mut self, row: &ListRow) -> Result<(), Failure> {
        let prefix = || row.entry.parse().map_err(|_| Failure::StoredList);
        match row.list.parse::<List>() {
            Ok(List::TrustedAddress) => {
                self.addresses.insert(prefix()?, AddressList::Trusted);
            }
            Ok(List::UntrustedAddress) => {
                self.addresses.insert(prefix()?, AddressList::Untrusted);
            }
            Ok(List::AddressRisk) => {
                self.address_risks
                    .insert(prefix()?, row.risk.ok_or(Failure::StoredList)?);
            }
            Ok(List::NegativeCountry) => {
                let country = row.entry.parse().map_err(|_| Failure::StoredList)?;
                self.negative_countries.insert(country);
            }
            Ok(List::ExceptionUser) | Err(_) => return Err(Failure::StoredList),
        }
        Ok(())
    }
}

/// A stored version, compiled.
pub(crate) fn compile(row: &RuleSetRow) -> Result<Arc<Compiled>, Failure> {
    let unreadable = || Failure::StoredRules {
        version: row.version,
    };
    let rules = serde_json::from_str(&row.rules).map_err(|_| unreadable())?;
    let compiled = Compiled::new(rules, row.version).map_err(|_| unreadable())?;
    Ok(Arc::new(compiled))
}
