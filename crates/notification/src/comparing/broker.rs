//! Compares channels with the broker: all of them at the start, afterwards in turn.

use crate::comparing::round::Round;
use crate::failure::FirstFailure;
use crate::ports::Newest;
use crate::publishing::read_back::Agreed;
use crate::store::channel::{self, ChannelRow};
use crate::{Failure, Notification};
use std::sync::PoisonError;
use types::{ChannelId, Number, Position};

/// Maximum channels in one comparison query.
const PAGE: usize = 1_000;

impl Notification {
    /// Compares each channel's newest message with the broker's. A broker that was restored from an older copy gets the
    /// stored bytes again. If the broker has more messages, they are read back. The first round covers all channels.
    /// Later rounds cover the next channels in turn, because publishing compares each channel that it touches.
    pub(crate) async fn compare_broker(&self) -> Result<(), Failure> {
        // A process may have died after it numbered a message and before it published it.
        self.outbox.look_again();
        let (after, at_most) = {
            let round = self.round.lock().unwrap_or_else(PoisonError::into_inner);
            if round.all_compared {
                (round.after, self.settings.compared_channels.max(1))
            } else {
                (None, usize::MAX)
            }
        };
        let compared = self.compare_channels(after, at_most).await;
        let mut round = self.round.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, result) = match compared {
            Ok(after) => {
                let all_compared = true;
                (
                    Round {
                        after,
                        all_compared,
                    },
                    Ok(()),
                )
            }
            Err(failure) => (Round::default(), Err(failure)),
        };
        *round = next;
        result
    }

    /// Compares at most `limit` channels. Returns the channel after which the round continues.
    async fn compare_channels(
        &self,
        after: Option<ChannelId>,
        at_most: usize,
    ) -> Result<Option<ChannelId>, Failure> {
        let mut first = FirstFailure::default();
        let (mut after, mut left) = (after, at_most);
        while left > 0 {
            let limit = PAGE.min(left);
            let page = self
                .database
                .read(async move |tx| Ok::<_, Failure>(channel::page(tx, after, limit).await?))
                .await?;
            after = page.last().map(|row| row.head.channel);
            if after.is_none() {
                break;
            }
            left = left.saturating_sub(page.len());
            let ids: Vec<ChannelId> = page.iter().map(|row| row.head.channel).collect();
            let answers = self.broker.newest(&ids).await?;
            for (row, answer) in page.iter().zip(answers) {
                let channel = row.head.channel;
                if let Some(newest) = suspicious(row, answer) {
                    first.note(self.agree_and_send(channel, newest).await, channel);
                }
            }
        }
        first.result().map(|()| after)
    }

    /// Determines the last common message, and lets the publisher send what the broker lacks.
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

/// The broker's answer if it has less than it acknowledged, more than notification knows, or another message. The row
/// may be slightly older than the answer.
fn suspicious(row: &ChannelRow, answer: Option<Newest>) -> Option<Newest> {
    let head = &row.head;
    let Some(newest) = answer else {
        // Nobody opened the channel at the broker, or the broker lost it.
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
