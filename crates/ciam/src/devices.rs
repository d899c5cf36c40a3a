//! What ciam tells of devices.

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store;
use crate::store::device::{self, DeviceRow};
use database::Transaction;
use types::{ChannelId, CustomerId, DeviceId, Time};

/// A device of a customer, as ciam knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The device.
    pub device: DeviceId,
    /// The customer's channel.
    pub channel: ChannelId,
    /// When it was enrolled.
    pub enrolled: Time,
    /// The number of ciam's statement of it.
    pub statement: u64,
    /// The number of its revocation, if it was revoked.
    pub revocation: Option<u64>,
}

/// A device statement, for whoever makes grants.
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

impl Ciam {
    /// The first `limit` devices of a customer whose statement has a number after `number`, the revoked too, oldest first.
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

    /// The first `limit` device statements after `number`, in their order: how notification finds what it lost.
    ///
    /// Who asks has followed ciam up to `number`, so that no number up to it is given again.
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

    /// Somebody followed ciam up to `number`. Where these tables end before it, they are an older copy of those that were
    /// followed; the numbers in between meant something and are not given again, whatever the clock says.
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
            "ciam's database is older than what was followed of it: devices that were revoked since have to be revoked again"
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
