//! Staying live: one stream from the committed position, and beside it what the synchronous side has to say.

use crate::bank::Bank;
use crate::device::Device;
use crate::discrepancy::Found;
use crate::error::SyncError;
use crate::instant::Instant;
use crate::platform::Platform;
use crate::session::{End, Session};
use crate::shown::Shown;
use crate::state::{COMPLETE_MS, State};
use crate::store::Store;
use crate::transport::TransportError;
use envelope::Judgement;
use protocol::Entry;
use std::ops::ControlFlow;

/// How long after one checkpoint the next is asked for: a minute before the one before ceases to make complete.
pub(crate) const CHECKPOINT_EVERY_MS: u64 = COMPLETE_MS - 60_000;

/// What changed while live.
#[derive(Debug)]
pub enum Change {
    /// All that the broker has is here, and what comes next comes at once.
    Live,
    /// New entries were committed, in order.
    Entries(Vec<Entry>),
    /// Messages were received, and wait for the passbook to be unlocked.
    Received,
    /// The bank stated how far the channel goes.
    Checkpoint(Judgement),
    /// Something was read from the synchronous side: a snapshot, or history.
    Mended,
    /// Something does not agree with what the bank signed.
    Discrepancy(Found),
    /// The connection ended, or could not be made. It is tried again, after a wait that grows.
    Offline(SyncError),
    /// The bank answers, but takes no more requests of this device for a while. It is tried again when the bank says so.
    Limited(SyncError),
}

impl Change {
    /// Why it does not go on now.
    pub(crate) fn interrupted(error: SyncError) -> Self {
        if error.is_limited() {
            Self::Limited(error)
        } else {
            Self::Offline(error)
        }
    }
}

impl<P: Platform> Device<P> {
    /// Stays live until `on_change` breaks, or the bank refuses this device: then that is the error. Every change is
    /// committed before it is told. Connections that end are made again from the committed position.
    pub async fn live(
        &mut self,
        mut on_change: impl FnMut(&Shown<'_, P::Store>, Change) -> ControlFlow<()>,
    ) -> Result<(), SyncError> {
        self.state.refresh().await?;
        let Self { state, bank } = self;
        let mut failures = 0;
        loop {
            let due = checkpoint_due(state);
            let mut session = Session::new(bank, &mut on_change, &mut failures, due);
            let error = match session.run(state).await {
                Ok(ControlFlow::Break(())) => return Ok(()),
                Ok(ControlFlow::Continue(End::Moved)) => {
                    state.trail = None;
                    continue;
                }
                Ok(ControlFlow::Continue(End::Closed)) => {
                    TransportError::new("the stream was closed").into()
                }
                Err(error) => error,
            };
            state.trail = None;
            failures += 1;
            let wait_ms = bank.wait_ms(&error, failures);
            let flow = match error {
                SyncError::Discrepancy(_) => settle(state, bank, &mut on_change, error).await?,
                error if error.ended().is_some() || !is_passing(&error) => return Err(error),
                error => tell(state, bank, &mut on_change, Change::interrupted(error)),
            };
            if flow.is_break() {
                return Ok(());
            }
            bank.sleep(wait_ms).await;
        }
    }
}

/// Whether trying again may do: the network, a node that is overloaded or gone, an answer that was cut off.
pub(crate) fn is_passing(error: &SyncError) -> bool {
    error.is_unavailable() || matches!(error, SyncError::Refused(_) | SyncError::Answer)
}

pub(crate) fn tell<P: Platform>(
    state: &State<P::Store>,
    bank: &Bank<P>,
    on_change: &mut impl FnMut(&Shown<'_, P::Store>, Change) -> ControlFlow<()>,
    change: Change,
) -> ControlFlow<()> {
    let now = bank.instant();
    on_change(&Shown { state, now }, change)
}

/// Records and tells a discrepancy that ended a session, and reads from the synchronous side what the broker cannot be
/// relied on for, so that one that lies again at once keeps nothing back.
async fn settle<P: Platform>(
    state: &mut State<P::Store>,
    bank: &Bank<P>,
    on_change: &mut impl FnMut(&Shown<'_, P::Store>, Change) -> ControlFlow<()>,
    error: SyncError,
) -> Result<ControlFlow<()>, SyncError> {
    let mut change = Change::Discrepancy(state.trouble(bank, error).await?);
    for step in 0.. {
        if tell(state, bank, on_change, change).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let done = match step {
            0 => state.tend(bank).await.map(|()| Some(Change::Mended)),
            1 => state
                .checkpoint(bank)
                .await
                .map(|judged| judged.map(Change::Checkpoint)),
            _ => Ok(None),
        };
        change = match done {
            Ok(Some(change)) => change,
            Ok(None) => break,
            Err(error @ SyncError::Discrepancy(_)) => {
                Change::Discrepancy(state.trouble(bank, error).await?)
            }
            Err(error) if error.ended().is_some() || !is_passing(&error) => return Err(error),
            Err(error) => Change::interrupted(error),
        };
    }
    Ok(ControlFlow::Continue(()))
}

/// When the next checkpoint is to be asked for: a while after the last one was, or at once.
fn checkpoint_due<S: Store>(state: &State<S>) -> Instant {
    let awaited = state.received.awaited.as_ref();
    let awaited = awaited.map(|awaited| awaited.asked_at);
    let last = awaited.or(state.received.satisfied_at);
    last.map_or(Instant::UNKNOWN, |last| last.plus_ms(CHECKPOINT_EVERY_MS))
}
