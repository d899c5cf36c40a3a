//! One connection to the live stream, and what has to be done beside it.

use crate::bank::Bank;
use crate::checkpoint::Question;
use crate::discrepancy::Discrepancy;
use crate::error::SyncError;
use crate::instant::Instant;
use crate::live::{CHECKPOINT_EVERY_MS, Change, is_passing, tell};
use crate::platform::Platform;
use crate::pull::{PATIENCE_MS, Pulled};
use crate::shown::Shown;
use crate::state::{COMPLETE_MS, State};
use crate::transport::{Timer as _, Transport, TransportError};
use bytes::Bytes;
use envelope::Judgement;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::ReadyChunks;
use futures_util::{FutureExt as _, StreamExt as _};
use protocol::http::CheckpointAnswer;
use protocol::live::{Asked, StreamParser};
use std::ops::ControlFlow;
use std::pin::pin;

/// How many pieces of the stream are taken at once: what one commit holds at most, some hundreds of kilobytes.
const PIECES_MAX: usize = 16;

type Answer = (Question, Result<CheckpointAnswer, SyncError>);
type Pieces<P> = ReadyChunks<<<P as Platform>::Transport as Transport>::Body>;

/// What happens next.
enum Event {
    Pieces(Option<Vec<Result<Bytes, TransportError>>>),
    Answer(Answer),
    Woken,
}

/// How a session ended that nobody stopped.
pub(crate) enum End {
    /// The position has moved: the stream is to be asked for again at once.
    Moved,
    /// The server closed the stream.
    Closed,
}

/// One connection: what it has to do, and when.
pub(crate) struct Session<'b, P: Platform, F> {
    pub(crate) bank: &'b Bank<P>,
    on_change: &'b mut F,
    pub(crate) failures: &'b mut u32,
    /// When to ask for a checkpoint.
    pub(crate) checkpoint_at: Instant,
    /// Not before when to read from the synchronous side again.
    tend_at: Instant,
    tend_failures: u32,
    /// When it was begun.
    began: Instant,
    /// Whether the broker has said that it sent all it has.
    pub(crate) current: bool,
    /// Since when the broker has said that it is behind.
    pub(crate) ahead_since: Option<Instant>,
    /// Whether the broker says that the channel was restarted, and no checkpoint has said so yet.
    pub(crate) restart_claimed: bool,
    /// Whether a checkpoint was asked for because a key is missing.
    pub(crate) left_out_asked: bool,
}

impl<'b, P: Platform, F: FnMut(&Shown<'_, P::Store>, Change) -> ControlFlow<()>> Session<'b, P, F> {
    pub(crate) fn new(
        bank: &'b Bank<P>,
        on_change: &'b mut F,
        failures: &'b mut u32,
        checkpoint_at: Instant,
    ) -> Self {
        Self {
            bank,
            on_change,
            failures,
            checkpoint_at,
            tend_at: Instant::UNKNOWN,
            tend_failures: 0,
            began: bank.instant(),
            current: false,
            ahead_since: None,
            restart_claimed: false,
            left_out_asked: false,
        }
    }

    /// Follows the stream until something ends it.
    pub(crate) async fn run(
        &mut self,
        state: &mut State<P::Store>,
    ) -> Result<ControlFlow<(), End>, SyncError> {
        let bank = self.bank;
        let asked =
            Asked::new(vec![(state.channel, state.position())]).map_err(|_| SyncError::Answer)?;
        let mut pieces: Pieces<P> = bank
            .live(&state.token, &asked)
            .await?
            .ready_chunks(PIECES_MAX);
        let mut parser = StreamParser::new(asked);
        let mut question: Option<LocalBoxFuture<'_, Answer>> = None;
        loop {
            let now = bank.instant();
            if state.needs_tending() && now.ms_until(self.tend_at) == 0 {
                let from = state.position();
                if self.tend(state).await?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                if state.position() != from {
                    return Ok(ControlFlow::Continue(End::Moved));
                }
            }
            if question.is_none() && now.ms_until(self.checkpoint_at) == 0 {
                let (asking, request) = state.question(bank);
                let (token, channel) = (state.token.clone(), state.channel);
                let ask = async move { (asking, bank.checkpoint(&token, channel, &request).await) };
                question = Some(ask.boxed_local());
            }
            match self.check_patience(state, now).await? {
                ControlFlow::Continue(false) => {}
                ControlFlow::Continue(true) => return Ok(ControlFlow::Continue(End::Moved)),
                ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
            }
            let wake_ms = self.wake_ms(state, now, question.is_some());
            let event = next_event(bank, &mut pieces, &mut question, wake_ms).await;
            let flow = match event {
                Event::Woken => ControlFlow::Continue(()),
                Event::Pieces(None) => return Ok(ControlFlow::Continue(End::Closed)),
                Event::Pieces(Some(pieces)) => self.pieces(state, &mut parser, pieces).await?,
                Event::Answer((asking, answer)) => {
                    question = None;
                    self.answer(state, asking, answer).await?
                }
            };
            if flow.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    pub(crate) fn tell(&mut self, state: &State<P::Store>, change: Change) -> ControlFlow<()> {
        tell(state, self.bank, self.on_change, change)
    }

    /// How long nothing needs to be done by itself.
    fn wake_ms(&self, state: &State<P::Store>, now: Instant, asking: bool) -> u64 {
        let patience_ms = |since: Instant| now.ms_until(since.plus_ms(PATIENCE_MS));
        let awaited = state.received.awaited.as_ref();
        let awaited = awaited.map(|awaited| match self.current {
            true => patience_ms(awaited.asked_at),
            false => patience_ms(awaited.asked_at).max(patience_ms(self.began)),
        });
        let ahead = self.ahead_since.map(patience_ms);
        let tend = state.needs_tending().then(|| now.ms_until(self.tend_at));
        let checkpoint = (!asking).then(|| now.ms_until(self.checkpoint_at));
        let due = [awaited, ahead, tend, checkpoint]
            .into_iter()
            .flatten()
            .min();
        due.map_or(COMPLETE_MS, |due| due.max(1))
    }

    /// Names a broker that lacks what a checkpoint has named, or that stays behind the device, for 30 s and one pull: what
    /// the stream brought may have come long ago, and wait here to be read. Answers whether the pull moved the position.
    async fn check_patience(
        &mut self,
        state: &mut State<P::Store>,
        now: Instant,
    ) -> Result<ControlFlow<(), bool>, SyncError> {
        let passed = |since: Instant| now.ms_since(since) >= PATIENCE_MS;
        let awaited = state.received.awaited.as_ref();
        let awaited = awaited.map(|awaited| awaited.asked_at);
        // What was asked for long ago may still be on its way to a device that has just connected.
        let lacks = awaited.is_some_and(passed) && (self.current || passed(self.began));
        if !lacks && !self.ahead_since.is_some_and(passed) {
            return Ok(ControlFlow::Continue(false));
        }
        let from = state.position();
        let mut entries = Vec::new();
        let pulled = state.pull(self.bank, &mut entries).await?;
        if !entries.is_empty() && self.tell(state, Change::Entries(entries)).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if matches!(pulled, Pulled::Ahead) {
            return Err(state.wrong((Discrepancy::Ahead, "ahead"), self.bank.now()));
        }
        if lacks && state.received.awaited.is_some() {
            return Err(state.wrong((Discrepancy::Withheld, "withheld"), self.bank.now()));
        }
        self.ahead_since = None;
        Ok(ControlFlow::Continue(state.position() != from))
    }

    /// Reads from the synchronous side. Where that is not there, it is tried again later, and the stream goes on.
    async fn tend(&mut self, state: &mut State<P::Store>) -> Result<ControlFlow<()>, SyncError> {
        let from = state.position();
        let mut wanted_ms = 0;
        let change = match state.tend(self.bank).await {
            Ok(()) => Some(Change::Mended),
            Err(error @ SyncError::Discrepancy(_)) => {
                Some(Change::Discrepancy(state.trouble(self.bank, error).await?))
            }
            Err(error) if error.ended().is_some() || !is_passing(&error) => return Err(error),
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
        match change {
            Some(change) => Ok(self.tell(state, change)),
            None => Ok(ControlFlow::Continue(())),
        }
    }

    /// Takes what the bank answered about the channel's newest message.
    async fn answer(
        &mut self,
        state: &mut State<P::Store>,
        asking: Question,
        answer: Result<CheckpointAnswer, SyncError>,
    ) -> Result<ControlFlow<()>, SyncError> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.ended().is_some() || !is_passing(&error) => return Err(error),
            Err(error) => {
                state.doubt(&error).await?;
                state.trail = None;
                self.tend_failures += 1;
                let wait = self.bank.wait_ms(&error, self.tend_failures);
                self.checkpoint_at = self.bank.instant().plus_ms(wait);
                return Ok(if error.is_limited() {
                    self.tell(state, Change::interrupted(error))
                } else {
                    ControlFlow::Continue(())
                });
            }
        };
        let judged = state.answered(self.bank, asking, &answer).await?;
        self.checkpoint_at = self.bank.instant().plus_ms(CHECKPOINT_EVERY_MS);
        if state.unlocked.is_some() && state.waiting {
            let entries = state.project(&self.bank.keys, self.bank.now()).await?;
            if !entries.is_empty() && self.tell(state, Change::Entries(entries)).is_break() {
                return Ok(ControlFlow::Break(()));
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
            Some(judgement) => Ok(self.tell(state, Change::Checkpoint(judgement))),
            None => {
                self.checkpoint_at = Instant::UNKNOWN;
                Ok(ControlFlow::Continue(()))
            }
        }
    }
}

/// Waits for the stream, for an answer, or for so many milliseconds. Whichever is not first loses nothing: a piece is
/// taken only when it is returned, and the question goes on.
async fn next_event<P: Platform>(
    bank: &Bank<P>,
    pieces: &mut Pieces<P>,
    question: &mut Option<LocalBoxFuture<'_, Answer>>,
    wake_ms: u64,
) -> Event {
    let answer = async {
        match question {
            Some(question) => question.await,
            None => std::future::pending().await,
        }
    };
    let (answer, woken) = (pin!(answer), pin!(bank.sleep(wake_ms)));
    match select(pieces.next(), select(answer, woken)).await {
        Either::Left((pieces, _)) => Event::Pieces(pieces),
        Either::Right((Either::Left((answer, _)), _)) => Event::Answer(answer),
        Either::Right((Either::Right(_), _)) => Event::Woken,
    }
}
