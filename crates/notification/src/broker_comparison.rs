//! Comparing every channel with the broker, at the start and every minute.

use crate::comparison::FirstFailure;
use crate::ports::Newest;
use crate::read_back::Agreed;
use crate::store::channel::{self, ChannelRow};
use crate::{Failure, Notification};
use types::{ChannelId, Number, Position};

/// Channels that are compared together.
const PAGE: usize = 1_000;

impl Notification {
    /// Compares all channels' newest messages with the broker's: a broker that was restored gets the kept bytes again;
    /// from one that has more, that is read back.
    pub(crate) async fn compare_broker(&self) -> Result<(), Failure> {
        let mut first = FirstFailure::default();
        let mut last = None;
        loop {
            let page = self
                .database
                .read(async move |tx| Ok::<_, Failure>(channel::page(tx, last, PAGE).await?))
                .await?;
            let Some(newest) = page.last().map(|row| row.head.channel) else {
                return first.result();
            };
            let ids: Vec<ChannelId> = page.iter().map(|row| row.head.channel).collect();
            let answers = self.broker.newest(&ids).await?;
            for (row, answer) in page.iter().zip(answers) {
                let channel = row.head.channel;
                if let Some(newest) = suspicious(row, answer) {
                    first.note(self.agree_and_send(channel, newest).await, channel);
                } else if row.sent.is_none_or(|sent| sent < row.head.number) {
                    // Who numbered it may have died before it was published.
                    self.outbox.mark(channel, row.head.generation);
                }
            }
            last = Some(newest);
        }
    }

    /// Finds out what both have, and lets the publisher send what the broker lacks.
    pub(crate) async fn agree_and_send(
        &self,
        channel: ChannelId,
        newest: Newest,
    ) -> Result<(), Failure> {
        if let Agreed::On(position) = self.agree(channel, newest).await? {
            self.database
                .write(async move |tx| {
                    Ok::<_, Failure>(
                        channel::set_sent(tx, channel, position.generation, position.number)
                            .await?,
                    )
                })
                .await?;
            self.outbox.rewind(channel, position.generation);
        }
        Ok(())
    }
}

/// What the broker says, where it has less than it acknowledged, more than we know, or something else. The row may be a
/// little older than the answer.
fn suspicious(row: &ChannelRow, answer: Option<Newest>) -> Option<Newest> {
    let head = &row.head;
    let Some(newest) = answer else {
        // Nobody opened it there, or the broker lost it.
        let lost = row.sent.is_some_and(|sent| sent > Number::ZERO);
        return lost.then(|| Newest {
            position: Position::new(head.generation, Number::ZERO),
            hash: envelope::first_hash(head.channel, head.generation),
        });
    };
    let Position { generation, number } = newest.position;
    let fine = generation == head.generation
        && number <= head.number
        && row.sent.is_some_and(|sent| number >= sent)
        && (number < head.number || number == Number::ZERO || newest.hash == head.hash);
    (!fine && row.sent.is_some()).then_some(newest)
}
