//! The task that answers callers for the committer. The committer wakes this task once per group. This task wakes the
//! callers from inside the runtime, where a wake needs no system call.

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
    /// The watched channels that changed, with their newest positions.
    pub(crate) moved: Vec<(ChannelId, Position)>,
    /// The queue permits that the requests used.
    pub(crate) permits: u64,
}

/// A caller's reply channel, with the answer.
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
            // A caller that no longer waits needs no answer.
            match reply {
                Reply::Append(waiter, answers) => drop(waiter.send(answers)),
                Reply::Change(waiter, result) => drop(waiter.send(result)),
            }
        }
        shared.queue.release(permits);
    }
}
