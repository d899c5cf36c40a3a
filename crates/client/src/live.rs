//! Staying live: one stream from the committed position, and beside it what the synchronous side has to say.

use crate::bank::Bank;
use crate::checkpoint::Question;
use crate::device::Device;
use crate::discrepancy::{Discrepancy, Found};
use crate::error::SyncError;
use crate::platform::Platform;
use crate::pull::{PATIENCE_MS, Pulled};
use crate::shown::Shown;
use crate::state::{COMPLETE_MS, State};
use crate::store::Store;
use crate::transport::{Timer as _, Transport, TransportError};
use bytes::Bytes;
use envelope::Judgement;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::ReadyChunks;
use futures_util::{FutureExt as _, StreamExt as _};
use protocol::Entry;
use protocol::http::CheckpointAnswer;
use protocol::live::{Asked, Frame, StreamParser};
use std::ops::ControlFlow;
use std::pin::pin;
use types::{Generation, Position, Time};

/// How many pieces of the stream are taken at once: what one commit holds at most, some hundreds of kilobytes.
const PIECES_MAX: usize = 16;

/// How long after one checkpoint the next is asked for: a minute before the one before ceases to make complete.
const CHECKPOINT_EVERY_MS: u64 = COMPLETE_MS - 60_000;

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
}

type Answer = (Question, Result<CheckpointAnswer, SyncError>);
type Pieces<P> = ReadyChunks<<<P as Platform>::Transport as Transport>::Body>;

/// What happens next in a session.
enum Next {
    Pieces(Option<Vec<Result<Bytes, TransportError>>>),
    Answer(Answer),
    Woken,
}

/// How a session ended that nobody stopped.
enum End {
    /// The position has moved: the stream is to be asked for again at once.
    Moved,
    /// The server closed the stream.
    Closed,
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
            let mut session = Session {
                bank,
                on_change: &mut on_change,
                failures: &mut failures,
                checkpoint_at: checkpoint_due(state),
                tend_at: Time::from_ms(0),
                tend_failures: 0,
                began: bank.now(),
                current: false,
                ahead_since: None,
                restart_claimed: false,
                left_out_asked: false,
            };
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
            let flow = match error {
                SyncError::Discrepancy(_) => settle(state, bank, &mut on_change, error).await?,
                error if error.ended().is_some() || !is_passing(&error) => return Err(error),
                error => tell(state, bank, &mut on_change, Change::Offline(error)),
            };
            if flow.is_break() {
                return Ok(());
            }
            failures += 1;
            bank.sleep(bank.timer.backoff_ms(failures)).await;
        }
    }
}

/// Whether trying again may do: the network, a node that is overloaded or gone, an answer that was cut off.
fn is_passing(error: &SyncError) -> bool {
    error.is_unavailable() || matches!(error, SyncError::Refused(_) | SyncError::Answer)
}

fn tell<P: Platform>(
    state: &State<P::Store>,
    bank: &Bank<P>,
    on_change: &mut impl FnMut(&Shown<'_, P::Store>, Change) -> ControlFlow<()>,
    change: Change,
) -> ControlFlow<()> {
    let now = bank.now();
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
            Err(error) => Change::Offline(error),
        };
    }
    Ok(ControlFlow::Continue(()))
}

/// When the next checkpoint is to be asked for: a while after the last one was, or at once.
fn checkpoint_due<S: Store>(state: &State<S>) -> Time {
    let awaited = state.received.awaited.map(|awaited| awaited.asked_at);
    let last = awaited.or(state.received.satisfied_at);
    last.map_or(Time::from_ms(0), |last| last.plus_ms(CHECKPOINT_EVERY_MS))
}

/// One connection.
struct Session<'b, P: Platform, F> {
    bank: &'b Bank<P>,
    on_change: &'b mut F,
    failures: &'b mut u32,
    /// When to ask for a checkpoint.
    checkpoint_at: Time,
    /// Not before when to read from the synchronous side again.
    tend_at: Time,
    tend_failures: u32,
    /// When it was begun.
    began: Time,
    /// Whether the broker has said that it sent all it has.
    current: bool,
    /// Since when the broker has said that it is behind.
    ahead_since: Option<Time>,
    /// Whether the broker says that the channel was restarted, and no checkpoint has said so yet.
    restart_claimed: bool,
    /// Whether a checkpoint was asked for because a key is missing.
    left_out_asked: bool,
}

impl<P: Platform, F: FnMut(&Shown<'_, P::Store>, Change) -> ControlFlow<()>> Session<'_, P, F> {
    async fn run(
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
            let now = bank.now();
            if state.needs_tending() && now >= self.tend_at {
                let from = state.position();
                if self.tend(state).await?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                if state.position() != from {
                    return Ok(ControlFlow::Continue(End::Moved));
                }
            }
            if question.is_none() && now >= self.checkpoint_at {
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
            let next = next(bank, &mut pieces, &mut question, wake_ms).await;
            let flow = match next {
                Next::Woken => ControlFlow::Continue(()),
                Next::Pieces(None) => return Ok(ControlFlow::Continue(End::Closed)),
                Next::Pieces(Some(pieces)) => self.pieces(state, &mut parser, pieces).await?,
                Next::Answer((asking, answer)) => {
                    question = None;
                    self.answer(state, asking, answer).await?
                }
            };
            if flow.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    fn tell(&mut self, state: &State<P::Store>, change: Change) -> ControlFlow<()> {
        tell(state, self.bank, self.on_change, change)
    }

    /// How long nothing needs to be done by itself.
    fn wake_ms(&self, state: &State<P::Store>, now: Time, asking: bool) -> u64 {
        let awaited = state.received.awaited.map(|awaited| match self.current {
            true => awaited.asked_at.plus_ms(PATIENCE_MS),
            false => awaited.asked_at.max(self.began).plus_ms(PATIENCE_MS),
        });
        let ahead = self.ahead_since.map(|since| since.plus_ms(PATIENCE_MS));
        let tend = state.needs_tending().then_some(self.tend_at);
        let checkpoint = (!asking).then_some(self.checkpoint_at);
        let due = [awaited, ahead, tend, checkpoint]
            .into_iter()
            .flatten()
            .min();
        due.map_or(COMPLETE_MS, |due| due.ms_since(now).max(1))
    }

    /// Names a broker that lacks what a checkpoint has named, or that stays behind the device, for 30 s and one pull: what
    /// the stream brought may have come long ago, and wait here to be read. Answers whether the pull moved the position.
    async fn check_patience(
        &mut self,
        state: &mut State<P::Store>,
        now: Time,
    ) -> Result<ControlFlow<(), bool>, SyncError> {
        let passed = |since: Time| now.ms_since(since) >= PATIENCE_MS;
        let awaited = state.received.awaited.map(|awaited| awaited.asked_at);
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
            return Err(state.wrong((Discrepancy::Ahead, "ahead"), now));
        }
        if lacks && state.received.awaited.is_some() {
            return Err(state.wrong((Discrepancy::Withheld, "withheld"), now));
        }
        self.ahead_since = None;
        Ok(ControlFlow::Continue(state.position() != from))
    }

    /// Reads from the synchronous side. Where that is not there, it is tried again later, and the stream goes on.
    async fn tend(&mut self, state: &mut State<P::Store>) -> Result<ControlFlow<()>, SyncError> {
        let from = state.position();
        let change = match state.tend(self.bank).await {
            Ok(()) => Some(Change::Mended),
            Err(error @ SyncError::Discrepancy(_)) => {
                Some(Change::Discrepancy(state.trouble(self.bank, error).await?))
            }
            Err(error) if error.ended().is_some() || !is_passing(&error) => return Err(error),
            Err(_) => None,
        };
        if state.position() != from {
            self.checkpoint_at = Time::from_ms(0);
        }
        if state.needs_tending() {
            self.tend_failures += 1;
            let wait = self.bank.timer.backoff_ms(self.tend_failures);
            self.tend_at = self.bank.now().plus_ms(wait);
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
            Err(_) => {
                state.trail = None;
                self.tend_failures += 1;
                let wait = self.bank.timer.backoff_ms(self.tend_failures);
                self.checkpoint_at = self.bank.now().plus_ms(wait);
                return Ok(ControlFlow::Continue(()));
            }
        };
        let judged = state.answered(self.bank, asking, &answer).await?;
        self.checkpoint_at = self.bank.now().plus_ms(CHECKPOINT_EVERY_MS);
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
                self.checkpoint_at = Time::from_ms(0);
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    /// Takes pieces of the stream; the messages in them are committed together.
    async fn pieces(
        &mut self,
        state: &mut State<P::Store>,
        parser: &mut StreamParser,
        pieces: Vec<Result<Bytes, TransportError>>,
    ) -> Result<ControlFlow<()>, SyncError> {
        let mut run: Vec<Bytes> = Vec::new();
        let mut of: Generation = state.received.head.generation;
        let mut ended = None;
        for piece in pieces {
            let frames = match piece {
                Ok(piece) => parser.push(&piece),
                Err(error) => {
                    ended = Some(error);
                    break;
                }
            };
            let frames = frames.map_err(|error| {
                let named = (Discrepancy::NotTheProtocol, error.reason());
                state.wrong(named, self.bank.now())
            })?;
            for frame in frames {
                let flow = match frame.frame {
                    Frame::Message {
                        generation,
                        message,
                        ..
                    } if generation == of || run.is_empty() => {
                        of = generation;
                        run.push(message);
                        ControlFlow::Continue(())
                    }
                    Frame::Message {
                        generation,
                        message,
                        ..
                    } => {
                        let flow = self.apply(state, of, std::mem::take(&mut run)).await?;
                        of = generation;
                        run.push(message);
                        flow
                    }
                    other => match self.apply(state, of, std::mem::take(&mut run)).await? {
                        ControlFlow::Continue(()) => self.frame(state, other)?,
                        stop => stop,
                    },
                };
                if flow.is_break() {
                    return Ok(flow);
                }
            }
        }
        let flow = self.apply(state, of, run).await?;
        match ended {
            Some(error) if flow.is_continue() => Err(error.into()),
            _ => Ok(flow),
        }
    }

    async fn apply(
        &mut self,
        state: &mut State<P::Store>,
        generation: Generation,
        run: Vec<Bytes>,
    ) -> Result<ControlFlow<()>, SyncError> {
        if run.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        let applied = state
            .apply(&self.bank.keys, generation, &run, self.bank.now())
            .await?;
        *self.failures = 0;
        self.ahead_since = None;
        if state.is_left_out() && !std::mem::replace(&mut self.left_out_asked, true) {
            // The bank gives the key with its answer, if this device is still to have it.
            self.checkpoint_at = Time::from_ms(0);
        }
        if !applied.entries.is_empty() {
            return Ok(self.tell(state, Change::Entries(applied.entries)));
        }
        if applied.new > 0 && state.waiting {
            return Ok(self.tell(state, Change::Received));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Takes a frame that is no message.
    fn frame(
        &mut self,
        state: &mut State<P::Store>,
        frame: Frame,
    ) -> Result<ControlFlow<()>, SyncError> {
        let now = self.bank.now();
        let place = state.position();
        match frame {
            Frame::Position {
                generation, number, ..
            } => {
                if Position::new(generation, number) > place {
                    // It says that all was sent, and did not send it.
                    let named = (Discrepancy::NumberNotNext, "position_beyond_messages");
                    return Err(state.wrong(named, now));
                }
                *self.failures = 0;
                self.ahead_since = None;
                self.current = true;
                Ok(self.tell(state, Change::Live))
            }
            Frame::Ahead { .. } => {
                self.ahead_since.get_or_insert(now);
                Ok(ControlFlow::Continue(()))
            }
            Frame::Trimmed { .. } => {
                state.adrift = true;
                Ok(ControlFlow::Continue(()))
            }
            Frame::Generation { generation, .. } if generation > place.generation => {
                // It counts when a checkpoint says so that is asked for from here on.
                self.restart_claimed = true;
                state.trail = None;
                self.checkpoint_at = Time::from_ms(0);
                Ok(ControlFlow::Continue(()))
            }
            Frame::Generation { .. } => {
                let named = (Discrepancy::GenerationGoesBack, "generation_goes_back");
                Err(state.wrong(named, now))
            }
            Frame::Expiring { .. } | Frame::Message { .. } => Ok(ControlFlow::Continue(())),
        }
    }
}

/// Waits for the stream, for an answer, or for so many milliseconds. Whichever is not first loses nothing: a piece is
/// taken only when it is returned, and the question goes on.
async fn next<P: Platform>(
    bank: &Bank<P>,
    pieces: &mut Pieces<P>,
    question: &mut Option<LocalBoxFuture<'_, Answer>>,
    wake_ms: u64,
) -> Next {
    let answer = async {
        match question {
            Some(question) => question.await,
            None => std::future::pending().await,
        }
    };
    let (answer, woken) = (pin!(answer), pin!(bank.sleep(wake_ms)));
    match select(pieces.next(), select(answer, woken)).await {
        Either::Left((pieces, _)) => Next::Pieces(pieces),
        Either::Right((Either::Left((answer, _)), _)) => Next::Answer(answer),
        Either::Right((Either::Right(_), _)) => Next::Woken,
    }
}
