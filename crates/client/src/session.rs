//! One connection to the live stream, and the work beside it.
//!
//! [`Session::next`] waits and may be dropped: it takes nothing before it returns. [`Session::handle`] processes an
//! event and must run to its end; otherwise the session must be dropped with it.

use crate::bank::Bank;
use crate::change::Change;
use crate::change_sender::ChangeSender;
use crate::checkpoint::Question;
use crate::discrepancy::Discrepancy;
use crate::error::SyncError;
use crate::instant::Instant;
use crate::platform::Platform;
use crate::pull::{PATIENCE_MS, Pulled};
use crate::shown::COMPLETE_MS;
use crate::state::State;
use crate::store::Store;
use crate::transport::{FrameError, Timer as _, Transport};
use envelope::Judgement;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::ReadyChunks;
use futures_util::{FutureExt as _, StreamExt as _};
use protocol::http::CheckpointAnswer;
use protocol::live::{Asked, Frame};
use std::pin::pin;

/// Interval between two checkpoints: the next one is requested a minute before the last one ceases to prove
/// completeness.
const CHECKPOINT_EVERY_MS: u64 = COMPLETE_MS - 60_000;

/// Maximum frames taken at once. Their messages are committed together.
const FRAMES_MAX: usize = 256;

type Answer = (Question, Result<CheckpointAnswer, SyncError>);
type Frames<P> = ReadyChunks<<<P as Platform>::Transport as Transport>::Frames>;

/// An event of a session.
pub(crate) enum Event {
    /// The synchronous side has to be read.
    TendDue,
    /// A checkpoint has to be requested.
    CheckpointDue,
    /// The broker's time for delivering what it lacks is over.
    PatienceOver,
    /// Frames arrived. `None` if the stream has ended.
    Frames(Option<Vec<Result<Frame, FrameError>>>),
    /// The bank answered about the channel's newest message.
    Answer(Answer),
    /// Time has passed.
    Woken,
}

/// Why a session ended by itself.
pub(crate) enum End {
    /// The position has changed: the stream has to be opened again at once.
    Moved,
    /// The server ended its streams: another server goes on, or this one after a restart.
    HandedOver,
    /// The server closed the stream.
    Closed,
}

/// One connection, its pending work and the times for it.
pub(crate) struct Session<'b, P: Platform> {
    pub(crate) bank: &'b Bank<P>,
    frames: Frames<P>,
    question: Option<LocalBoxFuture<'b, Answer>>,
    /// When to request a checkpoint.
    pub(crate) checkpoint_at: Instant,
    /// The earliest time to read the synchronous side again.
    tend_at: Instant,
    tend_failures: u32,
    /// The start of the connection.
    began: Instant,
    /// Whether the broker has confirmed that it sent everything.
    pub(crate) current: bool,
    /// Since when the broker has reported that it lags behind the device.
    pub(crate) ahead_since: Option<Instant>,
    /// Whether the broker reports a restart of the channel that no checkpoint has confirmed yet.
    pub(crate) restart_claimed: bool,
    /// Whether a checkpoint was requested because a key is missing.
    pub(crate) left_out_asked: bool,
    /// Whether the stream has delivered something valid since this was last read.
    pub(crate) progressed: bool,
}

impl<'b, P: Platform> Session<'b, P> {
    /// Connects after the committed position.
    pub(crate) async fn connect(
        bank: &'b Bank<P>,
        state: &mut State<P::Store>,
    ) -> Result<Self, SyncError> {
        state.refresh().await?;
        let checkpoint_at = checkpoint_due(state);
        let asked =
            Asked::new(vec![(state.channel, state.position())]).map_err(|_| SyncError::Answer)?;
        let frames = bank.live(&state.token, &asked).await?;
        Ok(Self {
            bank,
            frames: frames.ready_chunks(FRAMES_MAX),
            question: None,
            checkpoint_at,
            tend_at: Instant::UNKNOWN,
            tend_failures: 0,
            began: bank.instant(),
            current: false,
            ahead_since: None,
            restart_claimed: false,
            left_out_asked: false,
            progressed: false,
        })
    }

    /// The next event, within `limit_ms` milliseconds at most. If dropped before it returns, it has taken nothing: a
    /// frame counts as taken when it is returned, and a pending request continues.
    pub(crate) async fn next(&mut self, state: &State<P::Store>, within_ms: u64) -> Event {
        let now = self.bank.instant();
        if state.needs_tending() && now.ms_until(self.tend_at) == 0 {
            return Event::TendDue;
        }
        if self.question.is_none() && now.ms_until(self.checkpoint_at) == 0 {
            return Event::CheckpointDue;
        }
        if self.lacks(state, now) || self.stays_behind(now) {
            return Event::PatienceOver;
        }
        let wake_ms = self.wake_ms(state, now).min(within_ms);
        let answer = async {
            match &mut self.question {
                Some(question) => question.await,
                None => std::future::pending().await,
            }
        };
        let (answer, woken) = (pin!(answer), pin!(self.bank.sleep(wake_ms)));
        match select(self.frames.next(), select(answer, woken)).await {
            Either::Left((frames, _)) => Event::Frames(frames),
            Either::Right((Either::Left((answer, _)), _)) => Event::Answer(answer),
            Either::Right((Either::Right(_), _)) => Event::Woken,
        }
    }

    /// Processes an event. Every change is committed before it is reported.
    pub(crate) async fn handle(
        &mut self,
        event: Event,
        state: &mut State<P::Store>,
        changes: &mut ChangeSender,
    ) -> Result<Option<End>, SyncError> {
        let from = state.position();
        let moved = |state: &State<P::Store>| (state.position() != from).then_some(End::Moved);
        match event {
            Event::Woken => Ok(None),
            Event::TendDue => {
                self.tend(state, changes).await?;
                Ok(moved(state))
            }
            Event::CheckpointDue => {
                self.ask(state);
                Ok(None)
            }
            Event::PatienceOver => {
                self.pull(state, changes).await?;
                Ok(moved(state))
            }
            Event::Frames(None) => Ok(Some(End::Closed)),
            Event::Frames(Some(frames)) => self.frames(state, frames, changes).await,
            Event::Answer((asking, answer)) => {
                self.question = None;
                self.answer(state, (asking, answer), changes).await?;
                Ok(None)
            }
        }
    }

    fn ask(&mut self, state: &mut State<P::Store>) {
        let bank = self.bank;
        let (asking, request) = state.question(bank);
        let (token, channel) = (state.token.clone(), state.channel);
        let ask = async move { (asking, bank.checkpoint(&token, channel, &request).await) };
        self.question = Some(ask.boxed_local());
    }

    /// How long no timed work is due.
    fn wake_ms(&self, state: &State<P::Store>, now: Instant) -> u64 {
        let patience_ms = |since: Instant| now.ms_until(since.plus_ms(PATIENCE_MS));
        let awaited = state.received.awaited.as_ref();
        let awaited = awaited.map(|awaited| match self.current {
            true => patience_ms(awaited.asked_at),
            false => patience_ms(awaited.asked_at).max(patience_ms(self.began)),
        });
        let ahead = self.ahead_since.map(patience_ms);
        let tend = state.needs_tending().then(|| now.ms_until(self.tend_at));
        let asking = self.question.is_some();
        let checkpoint = (!asking).then(|| now.ms_until(self.checkpoint_at));
        let due = [awaited, ahead, tend, checkpoint]
            .into_iter()
            .flatten()
            .min();
        due.map_or(COMPLETE_MS, |due| due.max(1))
    }

    /// Whether the broker has lacked a message that a checkpoint names for 30 s. For a device that has just connected,
    /// messages requested long ago may still be under way.
    fn lacks(&self, state: &State<P::Store>, now: Instant) -> bool {
        let passed = |since: Instant| now.ms_since(since) >= PATIENCE_MS;
        let awaited = state.received.awaited.as_ref();
        awaited.is_some_and(|awaited| passed(awaited.asked_at))
            && (self.current || passed(self.began))
    }

    /// Whether the broker has lagged behind the device for 30 s.
    fn stays_behind(&self, now: Instant) -> bool {
        self.ahead_since
            .is_some_and(|since| now.ms_since(since) >= PATIENCE_MS)
    }

    /// Pulls before the broker is reported for a missing message, because frames of the stream may have arrived long
    /// ago and wait here to be read.
    async fn pull(
        &mut self,
        state: &mut State<P::Store>,
        changes: &mut ChangeSender,
    ) -> Result<(), SyncError> {
        let lacks = self.lacks(state, self.bank.instant());
        let mut entries = Vec::new();
        let pulled = state.pull(self.bank, &mut entries).await?;
        if !entries.is_empty() {
            changes.report(state, self.bank, Change::Entries(entries));
        }
        if matches!(pulled, Pulled::Ahead) {
            return Err(state.wrong((Discrepancy::Ahead, "ahead"), self.bank.now()));
        }
        if lacks && state.received.awaited.is_some() {
            return Err(state.wrong((Discrepancy::Withheld, "withheld"), self.bank.now()));
        }
        self.ahead_since = None;
        Ok(())
    }

    /// Reads the synchronous side. If that is unavailable, it is tried again later, and the stream continues.
    async fn tend(
        &mut self,
        state: &mut State<P::Store>,
        changes: &mut ChangeSender,
    ) -> Result<(), SyncError> {
        let from = state.position();
        let mut wanted_ms = 0;
        let change = match state.tend(self.bank).await {
            Ok(()) => Some(Change::Mended),
            Err(error @ SyncError::Discrepancy(_)) => {
                Some(Change::Discrepancy(state.trouble(self.bank, error).await?))
            }
            Err(error) if !error.is_passing() => return Err(error),
            Err(error) => {
                wanted_ms = error.retry_after_ms().unwrap_or_default();
                error.is_limited().then(|| Change::interrupted(error))
            }
        };
        if state.position() != from {
            self.checkpoint_at = Instant::UNKNOWN;
        }
        if state.needs_tending() {
            self.tend_failures += 1;
            let wait = self.bank.timer.backoff_ms(self.tend_failures);
            let wait = wait.max(wanted_ms);
            self.tend_at = self.bank.instant().plus_ms(wait);
        } else {
            self.tend_failures = 0;
        }
        if let Some(change) = change {
            changes.report(state, self.bank, change);
        }
        Ok(())
    }

    /// Processes the bank's answer about the channel's newest message.
    async fn answer(
        &mut self,
        state: &mut State<P::Store>,
        (asking, answer): Answer,
        changes: &mut ChangeSender,
    ) -> Result<(), SyncError> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if !error.is_passing() => return Err(error),
            Err(error) => {
                state.doubt(&error).await?;
                state.trail = None;
                self.tend_failures += 1;
                let wait = self.bank.wait_ms(&error, self.tend_failures);
                self.checkpoint_at = self.bank.instant().plus_ms(wait);
                if error.is_limited() {
                    changes.report(state, self.bank, Change::interrupted(error));
                }
                return Ok(());
            }
        };
        let judged = state.answered(self.bank, asking, &answer).await?;
        self.checkpoint_at = self.bank.instant().plus_ms(CHECKPOINT_EVERY_MS);
        if state.unlocked.is_some() && state.waiting {
            let entries = state.project(&self.bank.keys, self.bank.now()).await?;
            if !entries.is_empty() {
                changes.report(state, self.bank, Change::Entries(entries));
            }
        }
        let claimed = judged.is_some() && std::mem::take(&mut self.restart_claimed);
        if claimed && judged != Some(Judgement::Restarted) {
            let named = (
                Discrepancy::GenerationWithoutCheckpoint,
                "no_checkpoint_says_so",
            );
            return Err(state.wrong(named, self.bank.now()));
        }
        match judged {
            Some(judgement) => changes.report(state, self.bank, Change::Checkpoint(judgement)),
            None => self.checkpoint_at = Instant::UNKNOWN,
        }
        Ok(())
    }
}

/// When to request the next checkpoint: an interval after the last request, or at once.
fn checkpoint_due<S: Store>(state: &State<S>) -> Instant {
    let awaited = state.received.awaited.as_ref();
    let awaited = awaited.map(|awaited| awaited.asked_at);
    let last = awaited.or(state.received.satisfied_at);
    last.map_or(Instant::UNKNOWN, |last| last.plus_ms(CHECKPOINT_EVERY_MS))
}
