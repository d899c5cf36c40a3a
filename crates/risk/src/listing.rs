//! What the bank puts on its lists, and takes off.

use crate::error::{Failure, Refused};
use crate::lists::{List, Listed};
use crate::prefix::Prefix;
use crate::risk::Risk;
use crate::store::list::{self, ListRow};
use audit::Act;
use database::{Transaction, audit_chain};
use risk_rules::{Country, Score};
use std::fmt;
use types::{CustomerId, base64url};

impl Risk {
    /// Lists something, or changes its entry. It counts at once on this node, within a second on others.
    pub async fn list(&self, entry: Listed) -> Result<Result<(), Refused>, Failure> {
        let stored = match self.entry(entry.list, &entry.entry) {
            Ok(stored) => stored,
            Err(refused) => return Ok(Err(refused)),
        };
        let needs_risk = entry.list == List::AddressRisk;
        let is_risk = entry.risk.is_some_and(|risk| Score::new(risk).is_ok());
        if needs_risk != entry.risk.is_some() || (needs_risk && !is_risk) {
            let problem = "an address's risk is 0 to 100, and other lists have none";
            return Ok(Err(Refused::Entry(problem.to_owned())));
        }
        let act = Act::new(self.now(), &entry.person, "risk.listed")
            .with("list", entry.list)
            .with("entry", &stored);
        let row = ListRow {
            list: entry.list.as_str().to_owned(),
            entry: stored,
            risk: entry.risk,
            until: entry.until,
            person: entry.person,
            since: self.now(),
        };
        let write = async move |tx: &mut Transaction<'_>| {
            list::put(tx, &row).await?;
            Ok::<_, Failure>(audit_chain::record(tx, &act).await?)
        };
        self.0.database.write(write).await?;
        self.read_standing().await?;
        Ok(Ok(()))
    }

    /// Removes an entry. Returns whether it was there.
    pub async fn unlist(
        &self,
        (list, entry): (List, &str),
        person: &str,
    ) -> Result<Result<bool, Refused>, Failure> {
        let stored = match self.entry(list, entry) {
            Ok(stored) => stored,
            Err(refused) => return Ok(Err(refused)),
        };
        let act = Act::new(self.now(), person, "risk.unlisted")
            .with("list", list)
            .with("entry", &stored);
        let write = async move |tx: &mut Transaction<'_>| {
            let was_there = list::remove(tx, (list.as_str(), &stored)).await?;
            if was_there {
                audit_chain::record(tx, &act).await?;
            }
            Ok::<_, Failure>(was_there)
        };
        let was_there = self.0.database.write(write).await?;
        self.read_standing().await?;
        Ok(Ok(was_there))
    }

    /// The entries of all lists but that of exceptions, which has no customers' numbers.
    pub async fn listed(&self) -> Result<Vec<Listed>, Failure> {
        let read = self.0.database.read(async move |tx| {
            Ok::<_, Failure>(list::all_but(tx, List::ExceptionUser.as_str()).await?)
        });
        let entry = |row: ListRow| {
            Ok(Listed {
                list: row.list.parse().map_err(|_| Failure::StoredList)?,
                entry: row.entry,
                risk: row.risk,
                until: row.until,
                person: row.person,
                since: row.since,
            })
        };
        read.await?.into_iter().map(entry).collect()
    }

    /// An entry as it is stored.
    fn entry(&self, list: List, entry: &str) -> Result<String, Refused> {
        let refused = |error: &dyn fmt::Display| Refused::Entry(error.to_string());
        match list {
            List::ExceptionUser => {
                let customer: Result<CustomerId, _> = entry.parse();
                let customer = customer.map_err(|error| refused(&error))?;
                Ok(base64url::encode(&self.customer_index(&customer)))
            }
            List::TrustedAddress | List::UntrustedAddress | List::AddressRisk => {
                let prefix: Prefix = entry.parse().map_err(|error| refused(&error))?;
                Ok(prefix.to_string())
            }
            List::NegativeCountry => {
                let country: Country = entry.parse().map_err(|error| refused(&error))?;
                Ok(country.to_string())
            }
        }
    }
}
