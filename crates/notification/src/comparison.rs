//! The minute's comparison with core bank, broker and ciam: what nobody delivered is found too.

use crate::service::Counts;
use crate::store::seen::{self, Seen};
use crate::store::{channel, outgoing};
use crate::workers::chain;
use crate::{Failure, Notification};
use core_bank::{HEADS_MAX, HeadsCursor};
use std::time::Duration;
use tokio::sync::watch;
use types::{ChannelId, Sequence, SubjectId};

/// How far the core bank's heads were compared.
pub(crate) const HEADS: &str = "heads";

/// Followers of one subject that are looked at.
const FOLLOWERS_MAX: usize = 10_000;

/// Channels that are looked at together.
const PAGE: usize = 256;

/// Kept messages that are forgotten in one transaction.
const FORGOTTEN_AT_ONCE: usize = 1_000;

impl Notification {
    /// Compares at the start and then regularly, until `stopping`.
    pub(crate) async fn compare_regularly(&self, mut stopping: watch::Receiver<bool>) {
        let interval = Duration::from_millis(self.settings.comparison_interval_ms.max(1));
        let mut tick = tokio::time::interval(interval);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop) => return,
                _ = tick.tick() => {}
            }
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop) => return,
                compared = self.compare_now() => {
                    if let Err(failure) = compared {
                        tracing::warn!(error = chain(&failure), "a comparison was not finished");
                    }
                }
            }
        }
    }

    /// Compares once, with everybody who answers; the first failure is answered, but stops nothing.
    pub async fn compare_now(&self) -> Result<(), Failure> {
        let mut first = Ok(());
        let mut note = |result: Result<(), Failure>| {
            if let (Ok(()), Err(failure)) = (&first, result) {
                first = Err(failure);
            }
        };
        // What another node did meanwhile.
        note(self.load_keys().await);
        note(self.load_stopped().await);
        note(self.ensure_keys().await.map(drop));
        note(self.compare_broker().await);
        note(self.follow_ciam().await);
        note(self.make_all_ready().await);
        note(self.give_all_waiting().await);
        note(self.compare_core_bank().await);
        note(self.forget_kept().await);
        Counts::add(&self.counts.comparisons, 1);
        first
    }

    /// Channels whose first grant was interrupted, or that were restarted while the core bank did not answer.
    async fn make_all_ready(&self) -> Result<(), Failure> {
        let mut first = FirstFailure::default();
        let mut last = None;
        loop {
            let page = self
                .database
                .read(async move |tx| Ok::<_, Failure>(channel::not_ready(tx, last, PAGE).await?))
                .await?;
            let Some(newest) = page.last().copied() else {
                return first.result();
            };
            for channel in page {
                first.note(self.make_ready(channel).await, channel);
            }
            last = Some(newest);
        }
    }

    /// Compares sequences with the core bank's heads that changed since the last comparison. From the first on that a
    /// channel did not take, they are compared again.
    async fn compare_core_bank(&self) -> Result<(), Failure> {
        let mut after = HeadsCursor::new(self.followed(HEADS).await?);
        let mut all_taken = true;
        loop {
            let heads = self.core_bank.heads(after, HEADS_MAX).await?;
            if heads.subjects.is_empty() {
                return Ok(());
            }
            for (subject, newest) in &heads.subjects {
                all_taken &= self.compare_subject(subject, *newest).await?;
            }
            if all_taken {
                let (from, to) = (after.get(), heads.next.get());
                if !self.advance_followed(HEADS, from, to).await? {
                    // A subject was released meanwhile, or another node compares too.
                    return Ok(());
                }
            }
            after = heads.next;
        }
    }

    /// Fetches what the followers of a subject lack; answers whether they took it.
    async fn compare_subject(
        &self,
        subject: &SubjectId,
        newest: Sequence,
    ) -> Result<bool, Failure> {
        let index = self.subject_index(subject);
        let followers = self
            .database
            .read(async move |tx| {
                Ok::<_, Failure>(seen::followers(tx, index, FOLLOWERS_MAX).await?)
            })
            .await?;
        let holding: Vec<Seen> = followers.into_iter().filter(|seen| seen.holding).collect();
        let behind = holding
            .iter()
            .map(|seen| seen.sequence)
            .filter(|sequence| *sequence < newest)
            .min();
        match behind {
            Some(sequence) => {
                tracing::debug!(subject = ?index, %sequence, %newest, "a subject is behind the core bank");
                self.catch_up(subject, sequence).await
            }
            None if !holding.is_empty() => Ok(true),
            // Nobody enrolled is known to hold it: the newest event tells whether somebody does by now.
            None => match newest.get().checked_sub(1).map(Sequence::new) {
                Some(Ok(before)) => self.catch_up(subject, before).await,
                _ => Ok(true),
            },
        }
    }

    /// Forgets messages that were acknowledged long enough ago.
    async fn forget_kept(&self) -> Result<(), Failure> {
        let now = self.now();
        let before = now.minus_ms(self.settings.kept_ms);
        self.database
            .write(async move |tx| Ok::<_, Failure>(outgoing::note_acknowledged(tx, now).await?))
            .await?;
        loop {
            let forgotten = self
                .database
                .write(async move |tx| {
                    Ok::<_, Failure>(
                        outgoing::forget_acknowledged(tx, before, FORGOTTEN_AT_ONCE).await?,
                    )
                })
                .await?;
            if forgotten < FORGOTTEN_AT_ONCE {
                return Ok(());
            }
        }
    }
}

/// One channel's failure keeps nobody from comparing the others.
#[derive(Default)]
pub(crate) struct FirstFailure(Option<Failure>);

impl FirstFailure {
    pub(crate) fn note(&mut self, result: Result<(), Failure>, channel: ChannelId) {
        if let Err(failure) = result {
            tracing::warn!(%channel, error = chain(&failure), "a channel was not compared");
            self.0.get_or_insert(failure);
        }
    }

    pub(crate) fn result(self) -> Result<(), Failure> {
        self.0.map_or(Ok(()), Err)
    }
}
