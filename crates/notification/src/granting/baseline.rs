//! Makes a channel ready: determines which events a snapshot contains, so that the later ones are numbered.

use crate::failure::FirstFailure;
use crate::store::channel;
use crate::store::seen::{self, Seen};
use crate::{Failure, Notification};
use std::iter;
use types::{ChannelId, CustomerId, Sequence, SubjectId};

/// Maximum channels in one query.
const PAGE: usize = 256;

impl Notification {
    /// Makes all channels ready whose first grant was interrupted, or that were restarted while the core bank did not
    /// answer.
    pub(crate) async fn make_all_ready(&self) -> Result<(), Failure> {
        let mut first = FirstFailure::default();
        let mut last = None;
        loop {
            let page = self
                .database
                .read(async move |tx| Ok::<_, Failure>(channel::not_ready(tx, last, PAGE).await?))
                .await?;
            let Some(newest) = page.last().copied() else {
                return first.result();
            };
            for channel in page {
                first.note(self.make_ready(channel).await, channel);
            }
            last = Some(newest);
        }
    }

    /// Reads what the core bank knows of the channel's customer, and stores its sequences as seen. The channel was
    /// committed before this read, so events that the bank commits later are delivered to the channel or wait for it.
    pub(crate) async fn make_ready(&self, channel: ChannelId) -> Result<(), Failure> {
        if self.channel_row(channel).await?.ready {
            return Ok(());
        }
        let customer = self.customer_of(channel).await?;
        let generation = self.channel_row(channel).await?.head.generation;
        let snapshot = self.core_bank.snapshot(&customer).await?;
        if !self.is_current(Some(snapshot.incarnation)).await? {
            return Err(Failure::BooksChanged);
        }
        let accounts = snapshot.accounts.iter().map(|account| {
            let subject = SubjectId::from(&account.account);
            (subject, account.sequence, account.hash)
        });
        let subject = SubjectId::from(&snapshot.customer);
        let subjects: Vec<_> = iter::once((subject, snapshot.sequence, snapshot.hash))
            .chain(accounts)
            .map(|(subject, sequence, hash)| {
                let seen = Seen {
                    sequence,
                    holding: true,
                    hash: (sequence > Sequence::ZERO).then_some(hash),
                };
                (self.subject_index(&subject), seen)
            })
            .collect();
        self.database
            .write(async move |tx| {
                let row = channel::find(tx, channel).await?;
                if row.is_none_or(|row| row.ready || row.head.generation != generation) {
                    return Ok(());
                }
                for &(subject, seen) in &subjects {
                    let before = seen::find(tx, channel, subject).await?;
                    if before.is_none_or(|before| before.sequence <= seen.sequence) {
                        seen::put(tx, channel, subject, seen).await?;
                    }
                }
                channel::set_ready(tx, channel).await?;
                Ok::<_, Failure>(())
            })
            .await?;
        self.give_waiting_of_channel(channel).await
    }

    /// The channel's customer.
    pub(crate) async fn customer_of(&self, channel: ChannelId) -> Result<CustomerId, Failure> {
        let sealed = self
            .database
            .read(async move |tx| {
                channel::customer(tx, channel)
                    .await?
                    .ok_or(Failure::Broken("a channel is missing"))
            })
            .await?;
        let opened = self
            .columns
            .open("notification.channel.customer", &sealed)?;
        std::str::from_utf8(&opened)
            .ok()
            .and_then(|customer| customer.parse().ok())
            .ok_or(Failure::Broken("a channel's customer is not an id"))
    }
}
