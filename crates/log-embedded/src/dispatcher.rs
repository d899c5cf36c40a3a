//! The task that answers for the committer: the committer wakes it once a group, and it wakes the others from inside the
//! runtime, where that costs no system call.

use crate::queue::Answer;
use crate::shared::Shared;
use channel_log::{ChannelHead, LogError};
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use types::{ChannelId, Position};

/// A group that is durable and visible.
pub(crate) struct Done {
    pub(crate) replies: Vec<Reply>,
    /// The channels that someone may watch, with their newest.
    pub(crate) moved: Vec<(ChannelId, Position)>,
    /// What the requests took of the queue.
    pub(crate) permits: u64,
}

/// Who waits, and the answer.
pub(crate) enum Reply {
    Append(oneshot::Sender<Vec<Answer>>, Vec<Answer>),
    Change(
        oneshot::Sender<Result<ChannelHead, LogError>>,
        Result<ChannelHead, LogError>,
    ),
}

pub(crate) async fn dispatch(shared: Arc<Shared>, mut groups: UnboundedReceiver<Done>) {
    while let Some(Done {
        replies,
        moved,
        permits,
    }) = groups.recv().await
    {
        if !moved.is_empty() {
            shared.watches.raise(&moved);
        }
        for reply in replies {
            // Who no longer waits needs no answer.
            match reply {
                Reply::Append(waiter, answers) => drop(waiter.send(answers)),
                Reply::Change(waiter, result) => drop(waiter.send(result)),
            }
        }
        shared.queue.release(permits);
    }
}
