//! Processes the frames of a session's stream.

use crate::change::Change;
use crate::change_sender::ChangeSender;
use crate::discrepancy::Discrepancy;
use crate::error::{Ended, SyncError};
use crate::instant::Instant;
use crate::own_token::Life;
use crate::platform::Platform;
use crate::session::{End, Session};
use crate::state::State;
use crate::transport::FrameError;
use bytes::Bytes;
use protocol::live::{EndReason, Frame};
use types::{Generation, Position};

/// Consecutive messages of one generation, to be committed together.
struct Run {
    generation: Generation,
    messages: Vec<Bytes>,
}

impl<P: Platform> Session<'_, P> {
    /// Processes frames of the stream. Their messages are committed together. Returns how the stream ended, if a frame
    /// says so.
    pub(crate) async fn frames(
        &mut self,
        state: &mut State<P::Store>,
        frames: Vec<Result<Frame, FrameError>>,
        changes: &mut ChangeSender,
    ) -> Result<Option<End>, SyncError> {
        let mut run = Run {
            generation: state.received.head.generation,
            messages: Vec::new(),
        };
        for frame in frames {
            match frame {
                Ok(Frame::Message {
                    generation,
                    message,
                    ..
                }) => {
                    if generation != run.generation {
                        self.apply(state, &mut run, changes).await?;
                        run.generation = generation;
                    }
                    run.messages.push(message);
                }
                Ok(Frame::Ended { reason }) => {
                    self.apply(state, &mut run, changes).await?;
                    return ended(reason).map(Some);
                }
                Ok(other) => {
                    self.apply(state, &mut run, changes).await?;
                    self.frame(state, other, changes).await?;
                }
                Err(FrameError::Transport(error)) => {
                    self.apply(state, &mut run, changes).await?;
                    return Err(error.into());
                }
                Err(FrameError::Protocol(error)) => {
                    self.apply(state, &mut run, changes).await?;
                    let named = (Discrepancy::NotTheProtocol, error.reason());
                    return Err(state.wrong(named, self.bank.now()));
                }
            }
        }
        self.apply(state, &mut run, changes).await?;
        Ok(None)
    }

    async fn apply(
        &mut self,
        state: &mut State<P::Store>,
        run: &mut Run,
        changes: &mut ChangeSender,
    ) -> Result<(), SyncError> {
        if run.messages.is_empty() {
            return Ok(());
        }
        let messages = std::mem::take(&mut run.messages);
        let applied = state.receive(self.bank, run.generation, &messages).await?;
        self.progressed = true;
        self.ahead_since = None;
        if state.is_left_out() && !std::mem::replace(&mut self.left_out_asked, true) {
            // The bank's answer contains the key, if this device may still have it.
            self.checkpoint_at = Instant::UNKNOWN;
        }
        if !applied.entries.is_empty() {
            changes.report(state, self.bank, Change::Entries(applied.entries));
        } else if applied.new > 0 && state.waiting {
            changes.report(state, self.bank, Change::Received);
        }
        Ok(())
    }

    /// Processes a frame that is not a message and does not end the stream.
    async fn frame(
        &mut self,
        state: &mut State<P::Store>,
        frame: Frame,
        changes: &mut ChangeSender,
    ) -> Result<(), SyncError> {
        let now = self.bank.now();
        let at = state.position();
        match frame {
            Frame::Position {
                generation, number, ..
            } => {
                if Position::new(generation, number) > at {
                    // The frame confirms messages that the stream did not contain.
                    let named = (Discrepancy::NumberNotNext, "position_beyond_messages");
                    return Err(state.wrong(named, now));
                }
                self.progressed = true;
                self.ahead_since = None;
                self.current = true;
                changes.report(state, self.bank, Change::Live);
            }
            Frame::Ahead { .. } => {
                self.ahead_since.get_or_insert(self.bank.instant());
            }
            Frame::Trimmed { .. } => state.trimmed(self.bank).await?,
            Frame::Generation { generation, .. } if generation > at.generation => {
                // This counts when a checkpoint confirms it that is requested after this.
                self.restart_claimed = true;
                state.trail = None;
                self.checkpoint_at = Instant::UNKNOWN;
            }
            Frame::Generation { .. } => {
                let named = (Discrepancy::GenerationGoesBack, "generation_goes_back");
                return Err(state.wrong(named, now));
            }
            Frame::Expiring { seconds } => {
                if let Some(life) = Life::of(&state.token) {
                    self.bank
                        .learn(life.expires.minus_ms(seconds.saturating_mul(1000)));
                }
            }
            Frame::Message { .. } | Frame::Ended { .. } => {}
        }
        Ok(())
    }
}

fn ended(reason: EndReason) -> Result<End, SyncError> {
    match reason {
        EndReason::Expired => Err(SyncError::StreamEnded(Ended::TokenExpired)),
        EndReason::Revoked => Err(SyncError::StreamEnded(Ended::DeviceRevoked)),
        EndReason::CustomerStopped => Err(SyncError::StreamEnded(Ended::CustomerStopped)),
        EndReason::Replaced => Err(SyncError::StreamEnded(Ended::Replaced)),
        EndReason::Stopping | EndReason::Moved => Ok(End::HandedOver),
        EndReason::Unknown => Ok(End::Closed),
    }
}
