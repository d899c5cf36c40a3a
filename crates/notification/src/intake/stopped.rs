//! An event that can never be processed stops its subject, and nothing else.
//!
//! Only an event as the core bank has it stops a subject. Pub/sub may deliver anything; an event that cannot be read
//! there is fetched from the core bank.

use crate::counters::Counts;
use crate::intake::opened::Unprocessable;
use crate::store::{acts, inbox, lagging};
use crate::{Failure, Notification};
use audit::{Act, Subject};
use std::sync::PoisonError;
use types::{Hash, Sequence, SubjectId, Time};

/// The column that contains the id of a stopped subject.
const STOPPED: &str = "notification.stopped.subject";

/// A stopped subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedSubject {
    /// The subject.
    pub subject: SubjectId,
    /// The check that the event failed, a stable word.
    pub reason: String,
    /// The sequence of the event.
    pub sequence: Sequence,
    /// The time at which the subject stopped.
    pub since: Time,
}

impl Notification {
    /// Stores an event that cannot be read as pub/sub delivered it, and lets the comparison fetch the core bank's
    /// version.
    pub(crate) async fn keep_unreadable(
        &self,
        event: &[u8],
        cause: &Unprocessable,
    ) -> Result<(), Failure> {
        let (now, reason, name) = (self.now(), cause.reason(), Hash::of(event));
        let act = Act::new(now, crate::ACTOR, "event.unreadable")
            .about(Subject::new("event", name))
            .with("reason", reason);
        let event = event.to_vec();
        let kept = self
            .database
            .write(async move |tx| {
                let kept = inbox::insert_unreadable(tx, &name, &event, now).await?;
                if kept {
                    acts::record(tx, &act).await?;
                }
                Ok::<_, Failure>(kept)
            })
            .await?;
        if kept {
            Counts::add(&self.counts.unprocessable, 1);
            tracing::error!(event = %name, reason, "an event from pub/sub cannot be read; it is fetched from the core bank");
        }
        self.compare_soon.notify_one();
        Ok(())
    }

    /// Stops a subject at an event that can never be processed.
    pub(crate) async fn stop_subject(
        &self,
        subject: &SubjectId,
        sequence: Sequence,
        cause: &Unprocessable,
    ) -> Result<(), Failure> {
        let (now, reason, index) = (self.now(), cause.reason(), self.subject_index(subject));
        let row = inbox::Stopped {
            index,
            id: self.columns.seal(STOPPED, subject.as_str().as_bytes())?,
            sequence,
            reason: reason.to_owned(),
            since: now,
        };
        let blinded = Hash::of(&index.0);
        let act = Act::new(now, crate::ACTOR, "subject.stopped")
            .about(Subject::new("subject", blinded))
            .with("sequence", sequence)
            .with("reason", reason);
        let _turn = self.stopping.lock().await;
        let news = self
            .database
            .write(async move |tx| {
                let stopped = inbox::stop(tx, &row).await?;
                if stopped {
                    acts::record(tx, &act).await?;
                }
                Ok::<_, Failure>(stopped)
            })
            .await?;
        self.stopped_subjects
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(index);
        if news {
            Counts::add(&self.counts.unprocessable, 1);
            tracing::error!(subject = ?index, %sequence, reason, "an event cannot be processed; its subject is stopped: \
                `passbook subject list`, see docs/runbooks/stopped-subject.md");
        }
        Ok(())
    }

    /// The subjects that are stopped because one of their events could not be processed, oldest first, at most `limit`.
    pub async fn stopped_subjects(&self, limit: usize) -> Result<Vec<StoppedSubject>, Failure> {
        let rows = self
            .database
            .read(async move |tx| Ok::<_, Failure>(inbox::stopped(tx, limit).await?))
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(StoppedSubject {
                    subject: self.subject_of(STOPPED, &row.id)?,
                    reason: row.reason,
                    sequence: row.sequence,
                    since: row.since,
                })
            })
            .collect()
    }

    /// Releases a stopped subject after a person has removed the cause. The comparison is woken and fetches the missing
    /// events from the core bank. Returns whether the subject was stopped.
    pub async fn release_subject(&self, subject: &SubjectId) -> Result<bool, Failure> {
        let index = self.subject_index(subject);
        let act = Act::new(self.now(), crate::ACTOR, "subject.released")
            .about(Subject::new("subject", Hash::of(&index.0)));
        let turn = self.stopping.lock().await;
        // The set in memory is changed first: a comparison that still saw the subject as stopped would skip its missing
        // events.
        self.stopped_subjects
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&index);
        let lagging = self.lagging(subject, Sequence::ZERO)?;
        let released = self
            .database
            .write(async move |tx| {
                let sequence = inbox::release(tx, index).await?;
                if let Some(sequence) = sequence {
                    acts::record(tx, &act).await?;
                    let after = sequence.get().saturating_sub(1);
                    let after = Sequence::new(after)
                        .map_err(|_| Failure::Broken("a stored sequence is out of range"))?;
                    lagging::put(
                        tx,
                        &lagging::Lagging {
                            after,
                            ..lagging.clone()
                        },
                    )
                    .await?;
                }
                Ok::<_, Failure>(sequence.is_some())
            })
            .await;
        drop(turn);
        if released.is_err() {
            self.load_stopped().await?;
        }
        self.compare_soon.notify_one();
        released
    }

    /// Loads the stopped subjects from the tables.
    pub(crate) async fn load_stopped(&self) -> Result<(), Failure> {
        let _turn = self.stopping.lock().await;
        let stopped = self
            .database
            .read(async move |tx| Ok::<_, Failure>(inbox::stopped_indices(tx).await?))
            .await?;
        *self
            .stopped_subjects
            .write()
            .unwrap_or_else(PoisonError::into_inner) = stopped.into_iter().collect();
        Ok(())
    }
}
