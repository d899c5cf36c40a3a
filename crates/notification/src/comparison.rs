//! The minute's comparison with core bank, broker and ciam: what nobody delivered is found too.

use crate::service::Counts;
use crate::store::lagging::{self, Lagging};
use crate::store::seen::{self, Seen};
use crate::store::{channel, outgoing, snapshot};
use crate::workers::chain;
use crate::{Failure, Notification};
use core_bank::{HEADS_MAX, HeadsCursor};
use std::time::Duration;
use tokio::sync::watch;
use types::{ChannelId, Sequence, SubjectId};

/// How far the core bank's heads were compared.
pub(crate) const HEADS: &str = "heads";

/// The column that holds the id of a subject that is behind.
const LAGGING: &str = "notification.lagging.subject";

/// Followers of one subject that are looked at.
const FOLLOWERS_MAX: usize = 10_000;

/// Channels that are looked at together.
const PAGE: usize = 256;

/// Kept messages that are forgotten in one transaction.
const FORGOTTEN_AT_ONCE: usize = 1_000;

/// Snapshots that are forgotten in one transaction.
const SNAPSHOTS_FORGOTTEN_AT_ONCE: usize = 16;

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
        note(self.forget_snapshots().await);
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

    /// Compares sequences with the core bank's heads that changed since the last comparison. Subjects of which somebody
    /// lacks something are kept aside, so that none holds up those behind it.
    async fn compare_core_bank(&self) -> Result<(), Failure> {
        let mut first = FirstFailure::default();
        self.fetch_lagging(&mut first).await?;
        let mut after = HeadsCursor::new(self.followed(HEADS).await?);
        loop {
            let heads = self.core_bank.heads(after, HEADS_MAX).await?;
            if heads.subjects.is_empty() {
                return first.result();
            }
            for (subject, newest) in &heads.subjects {
                self.compare_subject(subject, *newest, &mut first).await?;
            }
            let (from, to) = (after.get(), heads.next.get());
            if !self.advance_followed(HEADS, from, to).await? {
                // A subject was released meanwhile, or another node compares too.
                return first.result();
            }
            after = heads.next;
        }
    }

    /// Fetches what the followers of a subject lack.
    async fn compare_subject(
        &self,
        subject: &SubjectId,
        newest: Sequence,
        first: &mut FirstFailure,
    ) -> Result<(), Failure> {
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
            Some(after) => {
                tracing::debug!(subject = ?index, %after, %newest, "a subject is behind the core bank");
                // Written down first: once one holder has taken all, nobody is seen to be behind, and another, who has
                // only just become a holder, may still lack it.
                self.keep_lagging(subject, after).await?;
                self.fetch(subject, after, first).await
            }
            None if !holding.is_empty() => Ok(()),
            // Nobody enrolled is known to hold it: the newest event tells whether somebody does by now.
            None => match newest.get().checked_sub(1).map(Sequence::new) {
                Some(Ok(before)) => self.fetch(subject, before, first).await,
                _ => Ok(()),
            },
        }
    }

    /// Tries again to fetch what could not be fetched, or not be taken.
    async fn fetch_lagging(&self, first: &mut FirstFailure) -> Result<(), Failure> {
        let mut last = None;
        loop {
            let page = self
                .database
                .read(async move |tx| Ok::<_, Failure>(lagging::page(tx, last, PAGE).await?))
                .await?;
            let Some(newest) = page.last().map(|row| row.index) else {
                return Ok(());
            };
            for row in page {
                let opened = self.columns.open(LAGGING, &row.subject)?;
                let subject = std::str::from_utf8(&opened).ok();
                let subject: SubjectId = subject
                    .and_then(|subject| subject.parse().ok())
                    .ok_or(Failure::Broken("a lagging subject is no id"))?;
                self.fetch(&subject, row.after, first).await?;
            }
            last = Some(newest);
        }
    }

    /// Gives the holders of a subject what comes after a sequence. Where somebody does not take it now, it is kept to be
    /// tried again.
    async fn fetch(
        &self,
        subject: &SubjectId,
        after: Sequence,
        first: &mut FirstFailure,
    ) -> Result<(), Failure> {
        let index = self.subject_index(subject);
        match self.catch_up(subject, after).await {
            Ok(true) => {
                self.database
                    .write(async move |tx| {
                        Ok::<_, Failure>(lagging::remove(tx, index, after).await?)
                    })
                    .await
            }
            Ok(false) => self.keep_lagging(subject, after).await,
            Err(failure) => {
                let error = chain(&failure);
                tracing::warn!(subject = ?index, error, "a subject's events could not be fetched");
                first.keep(failure);
                self.keep_lagging(subject, after).await
            }
        }
    }

    async fn keep_lagging(&self, subject: &SubjectId, after: Sequence) -> Result<(), Failure> {
        let row = Lagging {
            index: self.subject_index(subject),
            subject: self.columns.seal(LAGGING, subject.as_str().as_bytes())?,
            after,
        };
        self.database
            .write(async move |tx| Ok(lagging::put(tx, &row).await?))
            .await
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

    /// Forgets snapshots whose parts and pages cannot be asked for any more.
    async fn forget_snapshots(&self) -> Result<(), Failure> {
        let now = self.now();
        loop {
            let forgotten = self
                .database
                .write(async move |tx| {
                    let most = SNAPSHOTS_FORGOTTEN_AT_ONCE;
                    Ok::<_, Failure>(snapshot::forget_old(tx, now, most).await?)
                })
                .await?;
            if forgotten < SNAPSHOTS_FORGOTTEN_AT_ONCE {
                return Ok(());
            }
        }
    }
}

/// One's failure keeps nobody from comparing the others.
#[derive(Default)]
pub(crate) struct FirstFailure(Option<Failure>);

impl FirstFailure {
    pub(crate) fn note(&mut self, result: Result<(), Failure>, channel: ChannelId) {
        if let Err(failure) = result {
            tracing::warn!(%channel, error = chain(&failure), "a channel was not compared");
            self.keep(failure);
        }
    }

    /// Keeps a failure, if it is the first; its cause was logged.
    pub(crate) fn keep(&mut self, failure: Failure) {
        self.0.get_or_insert(failure);
    }

    pub(crate) const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn result(self) -> Result<(), Failure> {
        self.0.map_or(Ok(()), Err)
    }
}
