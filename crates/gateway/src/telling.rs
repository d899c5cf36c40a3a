//! Tells notification of changes of brakes, so that all the customer's devices see them.

use super::change::Change;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::ports::StatementsError;
use crate::store::brake_change::{self, ChangeRow};
use database::Transaction;
use order::Brake;
use protocol::cbor::{self, Fields, FromValue as _, Map, Value};
use protocol::{BrakeChange, BrakeStep, ParseError, cbor_array};
use std::time::Duration;
use types::{ChannelId, DeviceId, IntentId, Money, Time};

const CHANGE: &str = "gateway.brake_change";

/// Time between two looks for changes that were not told.
const LOOK: Duration = Duration::from_millis(500);

/// The same after notification did not answer.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Maximum changes in one read.
const PAGE: u32 = 64;

impl Gateway {
    /// The change of a brake at `now` by `device`, to be told to the devices of that channel.
    pub(super) fn to_be_told(
        &self,
        (channel, device): (ChannelId, DeviceId),
        (brake, change): (&Brake, Change),
        now: Time,
    ) -> Result<ChangeRow, Failure> {
        let currency = self.0.settings.voucher_limit.currency();
        let money = |minor_units| Money::new(minor_units, currency);
        let (step, from) = match change {
            Change::Loosens(loosening) => (BrakeStep::Loosens, Some(loosening.at)),
            Change::Kept => (BrakeStep::Kept, None),
            Change::Set(_) | Change::Nothing => (BrakeStep::Set, None),
        };
        let told = BrakeChange {
            brake: brake.to_string(),
            step,
            limit: change.limit().filter(|_| brake.is_limit()).map(money),
            from,
            device,
        };
        let mut random = [0; 10];
        getrandom::fill(&mut random)?;
        let stored = cbor::encode(&cbor_array![channel, Value::Map(told.arguments())]);
        Ok(ChangeRow {
            // An id that a later one follows.
            cause: IntentId::at(now, random).to_string(),
            sealed: self.0.columns.seal(CHANGE, &stored)?,
        })
    }

    /// Tells notification of a change that was committed. If it does not answer, [`run`](Self::run) tells it later.
    pub(super) async fn tell_soon(&self, row: &ChangeRow) {
        if let Err(failure) = self.tell(row).await {
            let failure = types::error_chain(&failure);
            tracing::warn!("a customer's devices do not see a brake's change yet: {failure}");
        }
    }

    /// Tells notification what it was not told, until it is dropped.
    pub(crate) async fn keep_telling(&self) {
        loop {
            let wait = match self.tell_all().await {
                Ok(()) => LOOK,
                Err(failure) => {
                    let failure = types::error_chain(&failure);
                    tracing::warn!("changes of brakes are not told yet: {failure}");
                    LOOK_AGAIN
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Tells notification of all changes that it was not told of.
    pub(crate) async fn tell_all(&self) -> Result<(), Failure> {
        let mut told = Ok(());
        let mut after = String::new();
        loop {
            let last = after.clone();
            let page = self.0.database.read(async move |tx| {
                Ok::<_, Failure>(brake_change::after(tx, &last, PAGE).await?)
            });
            let page = page.await?;
            let Some(last) = page.last() else {
                return told;
            };
            after.clone_from(&last.cause);
            for row in &page {
                // One customer whose change is not told keeps no other waiting.
                told = told.and(self.tell(row).await);
            }
        }
    }

    /// Tells notification of a change, and forgets that it has to be told.
    async fn tell(&self, row: &ChangeRow) -> Result<(), Failure> {
        let stored = self.0.columns.open(CHANGE, &row.sealed)?;
        let (channel, change) = read(&stored)?;
        let asked = self
            .0
            .statements
            .brake_changed(channel, &row.cause, &change);
        match asked.await {
            // An erased customer has no devices.
            Ok(()) | Err(StatementsError::ChannelUnknown) => {}
            Err(error) => return Err(error.into()),
        }
        let cause = row.cause.clone();
        let delete = async move |tx: &mut Transaction<'_>| {
            Ok::<_, Failure>(brake_change::delete(tx, &cause).await?)
        };
        self.0.database.write(delete).await
    }
}

fn read(stored: &[u8]) -> Result<(ChannelId, BrakeChange), Failure> {
    let read = || {
        let mut fields = Fields::new(Vec::from_value(cbor::decode(stored)?)?);
        Ok((fields.take()?, fields.take()?))
    };
    let (channel, arguments): (_, Map) = read().map_err(|_: ParseError| Failure::StoredBrake)?;
    let change = BrakeChange::of_arguments(&arguments).ok_or(Failure::StoredBrake)?;
    Ok((channel, change))
}
