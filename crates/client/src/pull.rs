//! Catching up without a stream: pulls, requests a checkpoint, waits for its messages, reads what is missing.

use crate::bank::Bank;
use crate::discrepancy::Discrepancy;
use crate::error::SyncError;
use crate::platform::Platform;
use crate::state::State;
use crate::store::Store;
use crate::transport::Timer as _;
use envelope::Judgement;
use protocol::Entry;
use protocol::http::PullAnswer;

/// How long the broker may lack a message that a checkpoint names, or lag behind the device.
pub(crate) const PATIENCE_MS: u64 = 30_000;

/// The bank's minimum retention of a customer's messages at the broker.
const RETENTION_MIN_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// How often catching up may restart.
const ROUNDS_MAX: u32 = 4;

/// The result of pulling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pulled {
    /// The device has all of the broker's messages.
    All,
    /// The broker has fewer messages than the device.
    Ahead,
    /// The broker no longer has the next message.
    Trimmed,
    /// The broker reports that the channel was restarted.
    Restarted,
}

impl<S: Store> State<S> {
    /// Pulls until the broker has no more messages. New entries are added to `entries`.
    pub(crate) async fn pull<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        entries: &mut Vec<Entry>,
    ) -> Result<Pulled, SyncError> {
        loop {
            let at = self.position();
            let answer = bank.pull(&self.token, self.channel, at).await;
            let now = bank.now();
            let not_the_protocol = (Discrepancy::NotTheProtocol, "answer_not_the_protocol");
            match answer {
                Ok(PullAnswer::Messages {
                    generation,
                    newest,
                    messages,
                }) => {
                    let applied = self.receive(bank, generation, &messages).await?;
                    entries.extend(applied.entries);
                    if generation != at.generation {
                        return Ok(Pulled::Restarted);
                    }
                    if self.position().number >= newest {
                        return Ok(Pulled::All);
                    }
                    if applied.new == 0 {
                        // The broker announces more messages and delivers none.
                        return Err(self.wrong(not_the_protocol, now));
                    }
                }
                Ok(PullAnswer::Ahead { .. }) => return Ok(Pulled::Ahead),
                Ok(PullAnswer::Trimmed { .. }) => {
                    self.trimmed(bank).await?;
                    return Ok(Pulled::Trimmed);
                }
                Ok(PullAnswer::Generation { .. }) => return Ok(Pulled::Restarted),
                Err(SyncError::Answer) => return Err(self.wrong(not_the_protocol, now)),
                Err(error) => return Err(error),
            }
        }
    }

    /// Accepts that the broker no longer has the next message, if the bank's time allows that. A message younger than
    /// the minimum retention is withheld, whatever the broker calls it. The bank's time is requested, because this
    /// device's clock proves nothing.
    pub(crate) async fn trimmed<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<(), SyncError> {
        self.checkpoint(bank).await?;
        let age = self.received.proven.ms_since(self.received.head.time);
        if age < RETENTION_MIN_MS {
            let named = (Discrepancy::Withheld, "trimmed_too_young");
            return Err(self.wrong(named, bank.now()));
        }
        self.adrift = true;
        Ok(())
    }

    /// Catches up. Without the broker it reads from the synchronous side. Returns the new entries.
    pub(crate) async fn catch_up<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<Vec<Entry>, SyncError> {
        let mut entries = Vec::new();
        if self.unlocked.is_some() {
            if let Err(error) = self.take(bank).await {
                self.trouble(bank, error).await?;
            }
            entries.extend(self.project(&bank.keys, bank.now()).await?);
        }
        for _ in 0..ROUNDS_MAX {
            match self.round(bank, &mut entries).await {
                Ok(()) if self.is_complete(bank.instant()) => break,
                Ok(()) if self.unlocked.is_none() || self.is_left_out() => break,
                Ok(()) => {}
                Err(error) => {
                    self.trouble(bank, error).await?;
                    if let Err(error) = self.tend(bank).await {
                        self.trouble(bank, error).await?;
                    }
                }
            }
        }
        Ok(entries)
    }

    async fn round<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        entries: &mut Vec<Entry>,
    ) -> Result<(), SyncError> {
        let pulled = match self.pull(bank, entries).await {
            Ok(pulled) => Some(pulled),
            Err(error) if error.is_unavailable() => None,
            Err(error) => {
                // A broker that lies is ignored: the bank itself states the channel's newest position.
                self.trouble(bank, error).await?;
                self.tend(bank).await?;
                None
            }
        };
        let judgement = self.checkpoint(bank).await?;
        if self.unlocked.is_some() {
            entries.extend(self.project(&bank.keys, bank.now()).await?);
        }
        match (judgement, pulled) {
            (Some(Judgement::Restarted), _) => {}
            (_, Some(Pulled::Restarted)) => {
                let named = (
                    Discrepancy::GenerationWithoutCheckpoint,
                    "no_checkpoint_says_so",
                );
                return Err(self.wrong(named, bank.now()));
            }
            (Some(Judgement::Withheld), None) => {
                // The broker is down, so its messages are replaced by a snapshot from the bank.
                self.adrift = true;
            }
            (Some(Judgement::Withheld), Some(_)) => self.wait_for_messages(bank, entries).await?,
            _ => {}
        }
        self.tend(bank).await
    }

    /// Waits until the broker delivers the messages that a checkpoint names: at most [`PATIENCE_MS`] and one pull.
    async fn wait_for_messages<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        entries: &mut Vec<Entry>,
    ) -> Result<(), SyncError> {
        let mut failures = 0;
        while let Some(asked_at) = self
            .received
            .awaited
            .as_ref()
            .map(|awaited| awaited.asked_at)
            && !self.adrift
        {
            let waited = bank.instant().ms_since(asked_at);
            let unavailable = match self.pull(bank, entries).await {
                Ok(_) => None,
                Err(error) if error.is_unavailable() => Some(error),
                Err(error) => return Err(error),
            };
            if self.received.awaited.is_some() && waited >= PATIENCE_MS {
                if unavailable.is_some() {
                    // An unavailable broker withholds nothing.
                    self.adrift = true;
                    return Ok(());
                }
                return Err(self.wrong((Discrepancy::Withheld, "withheld"), bank.now()));
            }
            if self.received.awaited.is_some() {
                failures += 1;
                let left = PATIENCE_MS.saturating_sub(waited).max(1);
                let wanted = unavailable.and_then(|error| error.retry_after_ms());
                let wait = bank.timer.backoff_ms(failures).min(left);
                bank.sleep(wait.max(wanted.unwrap_or_default())).await;
            }
        }
        Ok(())
    }
}
