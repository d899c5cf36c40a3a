//! Renewal of the channel token.
//!
//! The token is renewed after half of its lifetime, by the bank's clock as far as the device knows it: a time that the
//! bank signed, plus the time since then on the monotonic clock.

use crate::advance::Next;
use crate::bank::Bank;
use crate::error::SyncError;
use crate::names;
use crate::platform::Platform;
use crate::state::State;
use crate::store::Store;
use token::ChannelToken;
use types::{ErrorCode, Time};

/// A token's time of issue and expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    issued: Time,
    pub(crate) expires: Time,
}

impl Life {
    /// Reads them from a token. `None` if the token does not contain them.
    pub(crate) fn of(token: &str) -> Option<Self> {
        let (issued, expires) = ChannelToken::times_of_own(token)?;
        Some(Self { issued, expires })
    }

    fn ms(self) -> u64 {
        self.expires.ms_since(self.issued)
    }

    /// The wait before a failed renewal is tried again, short enough to succeed before the expiry.
    pub(crate) fn pause_ms(self) -> u64 {
        (self.ms() / 16).clamp(1_000, 3_600_000)
    }
}

impl<S: Store> State<S> {
    /// Milliseconds until the token has to be renewed. `None` if it cannot be renewed.
    pub(crate) fn renewal_ms<P: Platform<Store = S>>(&self, bank: &Bank<P>) -> Option<u64> {
        let life = Life::of(&self.token).filter(|_| !self.last_token)?;
        bank.learn(life.issued.max(self.received.proven));
        let due = life.issued.plus_ms(life.ms() / 2);
        Some(due.ms_since(bank.banks_time()))
    }

    /// Renews the token if due. If the bank cannot be reached, the current token stays in use.
    pub(crate) async fn renew_if_due<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        if self.renewal_ms(bank) != Some(0) {
            return Ok(());
        }
        match self.renew(bank).await {
            Err(error) if error.is_passing() => Ok(()),
            renewed => renewed,
        }
    }

    /// Renews the token with the bank. A device that was enrolled too long ago keeps its current token.
    pub(crate) async fn renew<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        let renewed = match bank.renew(&self.token).await {
            Ok(renewed) => renewed.channel_token,
            Err(error) => {
                self.last_token |= error.is_code(ErrorCode::EnrolmentExpired);
                return Err(error);
            }
        };
        let ends = |token: &str| Life::of(token).map(|life| life.expires);
        // At the end of an enrolment, renewal no longer extends the token, and is not repeated.
        let last_token = ends(&renewed) <= ends(&self.token);
        let mut next = Next {
            durable: true,
            ..Next::default()
        };
        self.records
            .put_inbox(&mut next.batch, names::TOKEN.to_vec(), renewed.as_bytes())?;
        next.token = Some(renewed);
        self.advance(next).await?;
        self.last_token = last_token;
        Ok(())
    }
}
