//! The channel token: when it is to be renewed, and renewing it.
//!
//! It is renewed once half of its life has passed, by the bank's clock as far as the device knows it: a time that the bank has
//! signed, and what has passed since on the clock that nobody sets.

use crate::advance::Next;
use crate::bank::Bank;
use crate::error::SyncError;
use crate::names;
use crate::platform::Platform;
use crate::state::State;
use crate::store::Store;
use token::ChannelToken;
use types::{ErrorCode, Time};

/// When a token was issued and when it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    issued: Time,
    pub(crate) expires: Time,
}

impl Life {
    /// Of a token; none of one that does not say.
    pub(crate) fn of(token: &str) -> Option<Self> {
        let (issued, expires) = ChannelToken::times_of_own(token)?;
        Some(Self { issued, expires })
    }

    fn ms(self) -> u64 {
        self.expires.ms_since(self.issued)
    }

    /// How long to wait before a renewal that failed is tried again: often enough before the end.
    pub(crate) fn pause_ms(self) -> u64 {
        (self.ms() / 16).clamp(1_000, 3_600_000)
    }
}

impl<S: Store> State<S> {
    /// How long the token needs no renewal, in milliseconds; none where it cannot be renewed.
    pub(crate) fn renewal_ms<P: Platform<Store = S>>(&self, bank: &Bank<P>) -> Option<u64> {
        let life = Life::of(&self.token).filter(|_| !self.last_token)?;
        bank.learn(life.issued.max(self.received.proven));
        let due = life.issued.plus_ms(life.ms() / 2);
        Some(due.ms_since(bank.banks_time()))
    }

    /// Renews the token if that is due. Where the bank is not reached, the one that there is has to do.
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

    /// Has the bank renew the token. A device that was enrolled too long ago keeps the one that it has.
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
        // At the end of an enrolment no renewal brings more: it is not asked for over and over.
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
