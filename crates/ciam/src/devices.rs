//! Lists of devices and device statements.

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store;
use crate::store::device::{self, DeviceRow};
use database::Transaction;
use types::{ChannelId, CustomerId, DeviceId, Time};

/// A device of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The device.
    pub device: DeviceId,
    /// The customer's channel.
    pub channel: ChannelId,
    /// The time of its enrolment.
    pub enrolled: Time,
    /// The number of its device statement.
    pub statement: u64,
    /// The number of its revocation, if it was revoked.
    pub revocation: Option<u64>,
}

/// A device statement, for making grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedStatement {
    /// Its number.
    pub number: u64,
    /// The statement: a Sign1.
    pub statement: Vec<u8>,
}

impl From<DeviceRow> for Device {
    fn from(row: DeviceRow) -> Self {
        Self {
            device: row.device,
            channel: row.channel,
            enrolled: row.enrolled,
            statement: row.statement_number,
            revocation: row.revocation,
        }
    }
}

/// A device's statement, and whether the device is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedDevice {
    /// The statement: a Sign1.
    pub statement: Vec<u8>,
    /// Whether the device was not revoked.
    pub active: bool,
}

impl Ciam {
    /// The statement of the device with that id. `None` if ciam does not know it.
    pub async fn device(&self, id: DeviceId) -> Result<Option<StatedDevice>, Failure> {
        let row = self
            .inner
            .database
            .read(async move |tx: &mut Transaction<'_>| device::find(tx, id).await)
            .await?;
        row.map(|row| {
            Ok(StatedDevice {
                statement: self.open_statement(&row.statement)?,
                active: row.revocation.is_none(),
            })
        })
        .transpose()
    }

    /// The first `limit` devices of a customer whose statement has a greater number than `number`, including revoked
    /// ones, oldest first.
    pub async fn devices(
        &self,
        customer: &CustomerId,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Device>, Failure> {
        let index = self.customer_index(customer);
        let rows = self
            .inner
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                device::of_customer(tx, index, number, limit).await
            })
            .await?;
        Ok(rows.into_iter().map(Device::from).collect())
    }

    /// The first `limit` device statements after `number`, in order. notification finds missed statements with it.
    ///
    /// The caller has followed ciam up to `number`, so no number up to it is used again.
    pub async fn statements_after(
        &self,
        number: u64,
        limit: u32,
    ) -> Result<Vec<NumberedStatement>, Failure> {
        self.skip_followed_numbers(number).await?;
        let rows = self
            .inner
            .database
            .read(async move |tx: &mut Transaction<'_>| device::after(tx, number, limit).await)
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(NumberedStatement {
                    number: row.statement_number,
                    statement: self.open_statement(&row.statement)?,
                })
            })
            .collect()
    }

    /// The caller followed ciam up to `number`. If these tables end before it, they are an older copy of the tables
    /// that were followed. The numbers in between were used and are not used again, whatever the clock says.
    pub(crate) async fn skip_followed_numbers(&self, number: u64) -> Result<(), Failure> {
        let newest = self
            .inner
            .database
            .read(async move |tx: &mut Transaction<'_>| store::newest_number(tx).await)
            .await?;
        if number <= newest || number > store::NUMBERS_END {
            return Ok(());
        }
        tracing::error!(
            followed = number,
            newest,
            "ciam's database is older than the list that others followed: revoke again the devices that were revoked since"
        );
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    Ok(store::skip_numbers(tx, number).await?)
                },
            )
            .await
    }
}
