//! Shows a customer's devices what gateway made: changes of the customer's own brakes, limits that the bank raised, and payments
//! that other apps prepared.

use super::grant::own_id;
use crate::store::channel;
use crate::{Failure, Notification, StatementRefused};
use protocol::cbor::Map;
use protocol::{BrakeChange, Entry, EntryKind};
use types::{ChannelId, CustomerId, Money, Time};

impl Notification {
    /// Numbers the entry that shows a brake's change to the customer's devices. `cause` is unlike that of every other
    /// change. A repeated call does nothing. Refused if there is no such channel: its customer was erased.
    pub async fn brake_changed(
        &self,
        channel: ChannelId,
        cause: &str,
        change: &BrakeChange,
    ) -> Result<(), StatementRefused> {
        let known = self
            .database
            .read(async move |tx| Ok::<_, Failure>(channel::find(tx, channel).await?));
        known.await?.ok_or(StatementRefused::ChannelUnknown)?;
        let id = own_id(EntryKind::BrakeChanged.as_str(), cause)?;
        let entry = Entry::of_brake(id, self.now(), change);
        Ok(self.number_own(channel, &entry).await?)
    }

    /// Numbers the entry that shows the customer's devices that the bank raised the limit of their day, until when. `cause` is
    /// unlike that of every other such change. A repeated call does nothing. Refused if the customer has no channel.
    pub async fn limit_raised(
        &self,
        customer: &CustomerId,
        cause: &str,
        raised: (Money, Time),
    ) -> Result<(), StatementRefused> {
        let channel = self.own_channel(customer).await?;
        let id = own_id(EntryKind::LimitRaised.as_str(), cause)?;
        let entry = Entry::limit_raised(id, self.now(), raised);
        Ok(self.number_own(channel, &entry).await?)
    }

    async fn own_channel(&self, customer: &CustomerId) -> Result<ChannelId, StatementRefused> {
        let index = self.customer_index(customer);
        let channel = self
            .database
            .read(async move |tx| Ok::<_, Failure>(channel::of_customer(tx, &index).await?));
        channel.await?.ok_or(StatementRefused::ChannelUnknown)
    }

    /// Numbers the entry that shows the customer's devices a payment that another app prepared. `cause` is unlike that of
    /// every other such payment. A repeated call does nothing. Refused if the customer has no channel.
    pub async fn payment_initiated(
        &self,
        customer: &CustomerId,
        cause: &str,
        arguments: &Map,
    ) -> Result<(), StatementRefused> {
        let channel = self.own_channel(customer).await?;
        let id = own_id(EntryKind::PaymentInitiated.as_str(), cause)?;
        let entry = Entry::payment_initiated(id, self.now(), arguments.clone());
        Ok(self.number_own(channel, &entry).await?)
    }
}
