//! What a session's stream says, frame by frame.

use crate::discrepancy::Discrepancy;
use crate::error::{Ended, SyncError};
use crate::instant::Instant;
use crate::live::Change;
use crate::platform::Platform;
use crate::session::Session;
use crate::shown::Shown;
use crate::state::State;
use crate::transport::TransportError;
use bytes::Bytes;
use protocol::live::{EndReason, Frame, StreamParser};
use std::ops::ControlFlow;
use types::{Generation, Position};

impl<P: Platform, F: FnMut(&Shown<'_, P::Store>, Change) -> ControlFlow<()>> Session<'_, P, F> {
    /// Takes pieces of the stream; the messages in them are committed together.
    pub(crate) async fn pieces(
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
                        ControlFlow::Continue(()) => self.frame(state, other).await?,
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
        let applied = state.receive(self.bank, generation, &run).await?;
        *self.failures = 0;
        self.ahead_since = None;
        if state.is_left_out() && !std::mem::replace(&mut self.left_out_asked, true) {
            // The bank gives the key with its answer, if this device is still to have it.
            self.checkpoint_at = Instant::UNKNOWN;
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
    async fn frame(
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
                self.ahead_since.get_or_insert(self.bank.instant());
                Ok(ControlFlow::Continue(()))
            }
            Frame::Trimmed { .. } => {
                state.trimmed(self.bank).await?;
                Ok(ControlFlow::Continue(()))
            }
            Frame::Generation { generation, .. } if generation > place.generation => {
                // It counts when a checkpoint says so that is asked for from here on.
                self.restart_claimed = true;
                state.trail = None;
                self.checkpoint_at = Instant::UNKNOWN;
                Ok(ControlFlow::Continue(()))
            }
            Frame::Generation { .. } => {
                let named = (Discrepancy::GenerationGoesBack, "generation_goes_back");
                Err(state.wrong(named, now))
            }
            Frame::Ended { reason } => match reason {
                EndReason::Expired => Err(SyncError::StreamEnded(Ended::TokenExpired)),
                EndReason::Revoked => Err(SyncError::StreamEnded(Ended::DeviceRevoked)),
                EndReason::Replaced => Err(SyncError::StreamEnded(Ended::Replaced)),
                // Another server goes on, or this one again: connect at once, with a backoff.
                EndReason::Stopping | EndReason::Moved => {
                    Err(TransportError::new("the server ends its streams").into())
                }
                EndReason::Unknown => Err(TransportError::new("the stream was closed").into()),
            },
            Frame::Expiring { .. } | Frame::Message { .. } => Ok(ControlFlow::Continue(())),
        }
    }
}
