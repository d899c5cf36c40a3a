//! Staying live: opens one stream after another from the committed position, and handles the end of each.

use crate::bank::Bank;
use crate::change::Change;
use crate::change_sender::ChangeSender;
use crate::error::SyncError;
use crate::instant::Instant;
use crate::own_token::Life;
use crate::platform::Platform;
use crate::session::{End, Event, Session};
use crate::state::State;
use crate::transport::{Timer as _, TransportError};

/// What an owner receives without a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reception {
    /// It stays live.
    Live,
    /// Nothing: it receives only on command.
    OnRequest,
}

/// The next step.
pub(crate) enum Step {
    /// Renew the channel token.
    Renew,
    Connect,
    Event(Event),
    /// The time that the caller named has come.
    Woken,
}

impl Step {
    /// Whether it does not wait for the network, but in rare cases.
    pub(crate) const fn is_short(&self) -> bool {
        matches!(
            self,
            Self::Woken | Self::Event(Event::Frames(_) | Event::Answer(_) | Event::Woken)
        )
    }
}

/// The current stream, or the time of the next attempt.
pub(crate) struct Receiving<'b, P: Platform> {
    bank: &'b Bank<P>,
    reception: Reception,
    session: Option<Session<'b, P>>,
    /// The earliest time of the next connection.
    connect_at: Instant,
    /// The number of failed connections in a row.
    failures: u32,
    /// The earliest time of the next renewal.
    renew_at: Instant,
    /// Whether the bank refuses this device.
    ended: bool,
}

impl<'b, P: Platform> Receiving<'b, P> {
    pub(crate) const fn new(bank: &'b Bank<P>, reception: Reception) -> Self {
        Self {
            bank,
            reception,
            session: None,
            connect_at: Instant::UNKNOWN,
            failures: 0,
            renew_at: Instant::UNKNOWN,
            ended: false,
        }
    }

    /// The next step, within `limit_ms` milliseconds at most. If dropped before it returns, nothing is lost.
    pub(crate) async fn next(&mut self, state: &State<P::Store>, limit_ms: u64) -> Step {
        if self.reception == Reception::OnRequest || (self.ended && limit_ms == u64::MAX) {
            return std::future::pending().await;
        }
        if self.ended {
            self.bank.sleep(limit_ms).await;
            return Step::Woken;
        }
        let now = self.bank.instant();
        let renewal_ms = state.renewal_ms(self.bank);
        let renewal_ms = renewal_ms.map(|ms| ms.max(now.ms_until(self.renew_at)));
        if renewal_ms == Some(0) {
            return Step::Renew;
        }
        if let Some(session) = &mut self.session {
            let within_ms = renewal_ms.unwrap_or(u64::MAX).min(limit_ms);
            return Step::Event(session.next(state, within_ms).await);
        }
        let wait_ms = now.ms_until(self.connect_at);
        if wait_ms > 0 {
            self.bank.sleep(wait_ms.min(limit_ms)).await;
        }
        match wait_ms <= limit_ms {
            true => Step::Connect,
            false => Step::Woken,
        }
    }

    /// Executes a step. Returns an error if the device itself fails. If dropped before it returns,
    /// [`disconnect`](Self::disconnect) must follow, because frames taken from the stream are lost.
    pub(crate) async fn step(
        &mut self,
        step: Step,
        state: &mut State<P::Store>,
        changes: &mut ChangeSender,
    ) -> Result<(), SyncError> {
        let done = match (step, &mut self.session) {
            (Step::Woken, _) => Ok(None),
            (Step::Renew, _) => self.renew(state).await,
            (Step::Event(event), Some(session)) => {
                let done = session.handle(event, state, changes).await;
                if std::mem::take(&mut session.progressed) {
                    self.failures = 0;
                }
                done
            }
            _ => Session::connect(self.bank, state).await.map(|session| {
                self.session = Some(session);
                None
            }),
        };
        let error = match done {
            Ok(None) => return Ok(()),
            Ok(Some(End::Moved)) => {
                self.disconnect();
                return Ok(());
            }
            Ok(Some(End::HandedOver)) => {
                // The customer hears of it only if the next connection fails.
                self.disconnect();
                self.failures += 1;
                let wait_ms = self.bank.timer.backoff_ms(self.failures);
                self.connect_at = self.bank.instant().plus_ms(wait_ms);
                return Ok(());
            }
            Ok(Some(End::Closed)) => TransportError::new("the stream was closed").into(),
            Err(error) => error,
        };
        self.disconnect();
        self.failures += 1;
        let wait_ms = self.bank.wait_ms(&error, self.failures);
        let settled = match error {
            SyncError::Discrepancy(_) => self.settle(state, changes, error).await,
            error => Err(error),
        };
        match settled {
            Ok(()) => {}
            Err(error) if error.ended().is_some() => {
                self.ended = true;
                changes.report(state, self.bank, Change::Ended(error));
            }
            Err(error) if error.is_passing() => {
                changes.report(state, self.bank, Change::interrupted(error));
            }
            Err(error) => return Err(error),
        }
        self.connect_at = self.bank.instant().plus_ms(wait_ms);
        Ok(())
    }

    /// Renews the token. With a new token the stream is opened again, because it ends with the token that opened it.
    async fn renew(&mut self, state: &mut State<P::Store>) -> Result<Option<End>, SyncError> {
        state.refresh().await?;
        match state.renew(self.bank).await {
            Ok(()) => Ok(self.session.as_ref().map(|_| End::Moved)),
            Err(error) if error.is_passing() => {
                let pause_ms = Life::of(&state.token).map_or(0, Life::pause_ms);
                let wait_ms = pause_ms.max(error.retry_after_ms().unwrap_or_default());
                self.renew_at = self.bank.instant().plus_ms(wait_ms);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether there is a stream.
    pub(crate) const fn is_connected(&self) -> bool {
        self.session.is_some()
    }

    /// Drops the stream. The next one is opened at once.
    pub(crate) fn disconnect(&mut self) {
        self.session = None;
        self.connect_at = Instant::UNKNOWN;
    }

    /// Retries after the bank refused this device: a command has just succeeded or may succeed.
    pub(crate) const fn resume(&mut self) {
        self.ended = false;
    }

    /// Records and reports a discrepancy that ended a session, and reads from the synchronous side what the broker
    /// cannot be trusted with, so that a broker that repeats its lie withholds nothing.
    async fn settle(
        &self,
        state: &mut State<P::Store>,
        changes: &mut ChangeSender,
        error: SyncError,
    ) -> Result<(), SyncError> {
        let bank = self.bank;
        let mut change = Change::Discrepancy(state.trouble(bank, error).await?);
        for step in 0.. {
            changes.report(state, bank, change);
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
                Err(error) if !error.is_passing() => return Err(error),
                Err(error) => Change::interrupted(error),
            };
        }
        Ok(())
    }
}
