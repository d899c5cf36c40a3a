//! What was stopped, and what a person decides about it.

use crate::error::{Failure, ReviewError};
use crate::exception::{ExceptionRecord, Seen};
use crate::stop::{Stop, disallows};
use crate::store::disallowed::{self, DisallowedRow};
use crate::store::exception::{self, ExceptionRow};
use crate::store::marked;
use crate::{Presented, SecurityStack};
use audit::Act;
use database::{Transaction, audit_chain};
use protocol::package::Layer;
use std::net::IpAddr;
use types::Time;

const SEEN: &str = "security_stack.exception.seen";

/// How long a device is marked: 365 days.
const MARKED_MS: u64 = 365 * 86_400_000;

/// An address that may not connect until a named person has reviewed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disallowed {
    /// The address.
    pub address: IpAddr,
    /// Since when.
    pub since: Time,
    /// The number of the exception record.
    pub exception: u64,
}

impl SecurityStack {
    /// Records a package that was stopped, with what follows from it, and alerts the administrators.
    pub(crate) async fn record(
        &self,
        presented: &Presented<'_>,
        stop: &Stop,
    ) -> Result<(), Failure> {
        let address = presented.caller.address;
        let seen = Seen::of(presented, stop);
        self.store(address, (stop.layer, &stop.reason), seen).await
    }

    /// Records a connection whose handshake failed.
    pub(crate) async fn record_handshake(&self, address: IpAddr, problem: &str) {
        let reason = format!("the TLS handshake failed: {problem}");
        let layer = Some(Layer::Transport);
        if let Err(failure) = self.store(address, (layer, &reason), Seen::nothing()).await {
            let failure = types::error_chain(&failure);
            tracing::error!("a failed handshake was not recorded: {failure}");
        }
    }

    async fn store(
        &self,
        address: IpAddr,
        (layer, reason): (Option<Layer>, &str),
        seen: Seen,
    ) -> Result<(), Failure> {
        let now = self.now();
        let sealed = serde_json::to_vec(&seen).map_err(|_| Failure::Stored)?;
        let row = ExceptionRow {
            number: 0,
            time: now,
            layer: layer.map_or(0, |layer| layer.number().into()),
            reason: reason.to_owned(),
            address: address.to_string(),
            seen: self.0.columns.seal(SEEN, &sealed)?,
        };
        let device = seen.device;
        let store = async move |tx: &mut Transaction<'_>| {
            let number = exception::next(tx).await?;
            exception::insert(
                tx,
                &ExceptionRow {
                    number,
                    ..row.clone()
                },
            )
            .await?;
            let act = Act::new(now, "security-stack", "package.stopped")
                .with("exception", number)
                .with("layer", row.layer)
                .with("reason", &row.reason)
                .with("address", &row.address);
            audit_chain::record(tx, &act).await?;
            if disallows(layer) {
                let disallowed = DisallowedRow {
                    address: row.address.clone(),
                    since: now,
                    exception: number,
                };
                disallowed::put(tx, &disallowed).await?;
                if let Some(device) = device {
                    marked::mark(tx, (device, number), now.plus_ms(MARKED_MS)).await?;
                }
            }
            Ok::<_, Failure>(number)
        };
        let number = self.0.database.write(store).await?;
        if disallows(layer) {
            self.disallowed().insert(address);
        }
        let record = ExceptionRecord {
            number,
            time: now,
            layer,
            reason: reason.to_owned(),
            address,
            seen,
        };
        tracing::warn!(exception = number, layer = layer.map(Layer::number), %address, reason, "a package was stopped");
        self.0.alerting.alert(&record, now).await;
        Ok(())
    }

    /// The newest exception records, the newest first.
    pub async fn exceptions(&self, limit: u32) -> Result<Vec<ExceptionRecord>, Failure> {
        let read = async move |tx: &mut Transaction<'_>| {
            Ok::<_, Failure>(exception::newest(tx, limit).await?)
        };
        let rows = self.0.database.read(read).await?;
        rows.into_iter()
            .map(|row| self.open_exception(row))
            .collect()
    }

    fn open_exception(&self, row: ExceptionRow) -> Result<ExceptionRecord, Failure> {
        let seen = self.0.columns.open(SEEN, &row.seen)?;
        let mut layers = Layer::ALL.into_iter();
        Ok(ExceptionRecord {
            number: row.number,
            time: row.time,
            layer: layers.find(|layer| u64::from(layer.number()) == row.layer),
            reason: row.reason,
            address: row.address.parse().map_err(|_| Failure::Stored)?,
            seen: serde_json::from_slice(&seen).map_err(|_| Failure::Stored)?,
        })
    }

    /// The addresses that may not connect, the newest first.
    pub async fn disallowed_addresses(&self) -> Result<Vec<Disallowed>, Failure> {
        let read = async |tx: &mut Transaction<'_>| Ok::<_, Failure>(disallowed::all(tx).await?);
        let rows = self.0.database.read(read).await?;
        let disallowed = |row: DisallowedRow| {
            Ok(Disallowed {
                address: row.address.parse().map_err(|_| Failure::Stored)?,
                since: row.since,
                exception: row.exception,
            })
        };
        rows.into_iter().map(disallowed).collect()
    }

    /// Releases an address, and the devices that were marked with it, after `by` has reviewed it.
    pub async fn release(
        &self,
        address: IpAddr,
        (by, reason): (&str, &str),
    ) -> Result<(), ReviewError> {
        if by.trim().is_empty() || reason.trim().is_empty() {
            return Err(ReviewError::NotReviewed);
        }
        let (text, now) = (address.to_string(), self.now());
        let (by, reason) = (by.trim().to_owned(), reason.trim().to_owned());
        let release = async move |tx: &mut Transaction<'_>| -> Result<(), ReviewError> {
            if !disallowed::release(tx, &text, (&by, &reason), now).await? {
                return Err(ReviewError::NotDisallowed);
            }
            marked::release(tx, &text).await?;
            let act = Act::new(now, &by, "address.released")
                .with("address", &text)
                .with("reason", &reason);
            Ok(audit_chain::record(tx, &act).await?)
        };
        self.0.database.write(release).await?;
        self.disallowed().remove(&address);
        Ok(())
    }
}
