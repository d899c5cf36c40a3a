//! The minute's comparison with core bank, broker and ciam: what nobody delivered is found too.

use crate::comparing::books::HEADS;
use crate::counters::Counts;
use crate::failure::FirstFailure;
use crate::failure::chain;
use crate::store::lagging::{self, Lagging};
use crate::store::seen::Seen;
use crate::store::{acts, channel, message_key, outgoing, snapshot};
use crate::{Failure, Notification};
use audit::Act;
use core_bank::{HEADS_MAX, HeadsCursor, SubjectHead};
use std::time::Duration;
use tokio::sync::watch;
use types::{Sequence, SubjectId, Time};

/// The column that holds the id of a subject that is behind.
const LAGGING: &str = "notification.lagging.subject";

/// Channels that are looked at together.
const PAGE: usize = 256;

/// How long a comparison that was asked for waits for more reasons to compare.
const COMPARE_SOON: Duration = Duration::from_millis(500);

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
                // Somebody saw that something is amiss: not more often than that, whoever makes it so.
                () = self.asked_to_compare() => {}
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

    async fn asked_to_compare(&self) {
        self.compare_soon.notified().await;
        tokio::time::sleep(COMPARE_SOON).await;
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
        note(self.confirm_books().await);
        note(self.compare_broker().await);
        note(self.follow_ciam().await);
        note(self.restart_all_contradicted().await);
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
            if !self.is_current(Some(heads.incarnation)).await? {
                return Err(Failure::BooksChanged);
            }
            for head in &heads.subjects {
                self.compare_subject(head, &mut first).await?;
            }
            let (from, to) = (after.get(), heads.next.get());
            if !self.advance_followed(HEADS, from, to).await? {
                // A subject was released meanwhile, or another node compares too.
                return first.result();
            }
            after = heads.next;
        }
    }

    /// Fetches what the followers of a subject lack; stops those who have what the books do not.
    async fn compare_subject(
        &self,
        head: &SubjectHead,
        first: &mut FirstFailure,
    ) -> Result<(), Failure> {
        let (subject, newest) = (&head.subject, head.sequence);
        let index = self.subject_index(subject);
        let followers = self.followers_of(index).await?;
        if followers.iter().any(|(_, seen)| seen.may_contradict(head)) {
            self.compare_followers(subject).await?;
        }
        let holding: Vec<Seen> = followers
            .into_iter()
            .map(|(_, seen)| seen)
            .filter(|seen| seen.holding)
            .collect();
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
                let subject = self.subject_of(LAGGING, &row.subject)?;
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

    /// A subject of which somebody may lack what comes after a sequence.
    pub(crate) fn lagging(&self, subject: &SubjectId, after: Sequence) -> Result<Lagging, Failure> {
        Ok(Lagging {
            index: self.subject_index(subject),
            subject: self.columns.seal(LAGGING, subject.as_str().as_bytes())?,
            after,
        })
    }

    async fn keep_lagging(&self, subject: &SubjectId, after: Sequence) -> Result<(), Failure> {
        let row = self.lagging(subject, after)?;
        self.database
            .write(async move |tx| Ok(lagging::put(tx, &row).await?))
            .await
    }

    /// Forgets messages that were acknowledged long enough ago, and keys under which no message is left.
    async fn forget_kept(&self) -> Result<(), Failure> {
        let now = self.now();
        let before = now.minus_ms(self.settings.kept_ms);
        let stuck = self
            .database
            .write(async move |tx| Ok::<_, Failure>(outgoing::note_acknowledged(tx, now).await?))
            .await?;
        for channel in stuck {
            tracing::error!(%channel, "the broker takes nothing of a channel; what it lacks is kept");
        }
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
                break;
            }
        }
        self.destroy_trimmed_keys(now).await
    }

    /// Destroys the message keys of epochs whose last message the broker has trimmed by its age.
    async fn destroy_trimmed_keys(&self, now: Time) -> Result<(), Failure> {
        let before = now.minus_ms(self.settings.retention_ms);
        loop {
            let act = Act::new(now, crate::ACTOR, "message_keys.destroyed");
            let destroyed = self
                .database
                .write(async move |tx| {
                    let destroyed = message_key::destroy(tx, before, FORGOTTEN_AT_ONCE).await?;
                    if !destroyed.is_empty() {
                        acts::record(tx, &act.clone().with("keys", destroyed.len())).await?;
                    }
                    Ok::<_, Failure>(destroyed)
                })
                .await?;
            for (channel, epoch) in &destroyed {
                self.message_keys.forget(&(*channel, *epoch));
            }
            if destroyed.len() < FORGOTTEN_AT_ONCE {
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
