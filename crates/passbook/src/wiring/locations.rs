//! The bank's database of locations: a file of prefixes, in memory.

use anyhow::Context as _;
use async_trait::async_trait;
use risk::ports::{Located, Places};
use risk::{Prefix, Prefixes};
use serde::Deserialize;
use std::net::IpAddr;
use std::path::Path;
use types::PortError;

/// A line of the file.
#[derive(Debug, Deserialize)]
struct Line {
    prefix: String,
    country: String,
    latitude: f64,
    longitude: f64,
}

/// Where addresses are. A place is checked when it is used: one false line must not keep the bank from starting.
pub(super) struct Locations(Prefixes<Located>);

impl Locations {
    /// Reads a CSV file with the columns `prefix`, `country`, `latitude` and `longitude`.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("the file of locations, {}", path.display());
        let mut reader = csv::Reader::from_path(path).with_context(named)?;
        let mut places = Prefixes::default();
        for line in reader.deserialize() {
            let line: Line = line.with_context(named)?;
            let prefix: Prefix = line
                .prefix
                .parse()
                .with_context(|| format!("{}: `{}`", named(), line.prefix))?;
            let located = Located {
                country: line.country,
                latitude: line.latitude,
                longitude: line.longitude,
            };
            places.insert(prefix, located);
        }
        Ok(Self(places))
    }
}

#[async_trait]
impl Places for Locations {
    async fn locate(&self, address: IpAddr) -> Result<Option<Located>, PortError> {
        Ok(self.0.longest(address).cloned())
    }
}
