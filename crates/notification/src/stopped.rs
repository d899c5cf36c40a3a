//! Events that cannot be processed stop their subject, and nothing else.

use crate::opened::Unprocessable;
use crate::service::Counts;
use crate::store::inbox::{self, StoppedSubject};
use crate::store::{acts, register};
use crate::{Failure, Notification};
use audit::{Act, Subject};
use protocol::BlindSubject;
use std::sync::PoisonError;
use types::Sequence;

impl Notification {
    /// Keeps the event in the inbox and stops its subject.
    pub(crate) async fn stop_subject(
        &self,
        subject: BlindSubject,
        sequence: Sequence,
        event: &[u8],
        cause: &Unprocessable,
    ) -> Result<(), Failure> {
        let (now, reason, event) = (self.now(), cause.reason(), event.to_vec());
        let act = Act::new(now, crate::ACTOR, "subject.stopped")
            .about(Subject::new("subject", subject))
            .with("sequence", sequence)
            .with("reason", reason);
        let _turn = self.stopping.lock().await;
        let news = self
            .database
            .write(async move |tx| {
                let kept = inbox::insert_unprocessable(tx, subject, sequence, &event, now).await?;
                let stopped = inbox::stop(tx, subject, reason, now).await?;
                if stopped {
                    acts::record(tx, &act).await?;
                }
                Ok::<_, Failure>(kept || stopped)
            })
            .await?;
        self.stopped_subjects
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(subject);
        if news {
            Counts::add(&self.counts.unprocessable, 1);
            tracing::error!(%subject, %sequence, reason, "an event cannot be processed; its subject is stopped");
        }
        Ok(())
    }

    /// The subjects that are stopped because an event of theirs could not be processed.
    pub async fn stopped_subjects(&self) -> Result<Vec<StoppedSubject>, Failure> {
        self.database
            .read(async move |tx| Ok(inbox::stopped(tx).await?))
            .await
    }

    /// Lets a stopped subject go on, once a person has seen to the cause: the next comparison fetches what it missed
    /// from the core bank. Answers whether it was stopped.
    pub async fn release_subject(&self, subject: BlindSubject) -> Result<bool, Failure> {
        let act = Act::new(self.now(), crate::ACTOR, "subject.released")
            .about(Subject::new("subject", subject));
        let turn = self.stopping.lock().await;
        // In memory first: a comparison that still took it for stopped would pass over what it missed.
        self.stopped_subjects
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&subject);
        let released = self
            .database
            .write(async move |tx| {
                let released = inbox::release(tx, subject).await?;
                if released {
                    acts::record(tx, &act).await?;
                    // Which subject it is, only the core bank's list can tell: it is compared from its beginning.
                    register::set_progress(tx, crate::comparison::HEADS, 0).await?;
                }
                Ok::<_, Failure>(released)
            })
            .await;
        drop(turn);
        if released.is_err() {
            self.load_stopped().await?;
        }
        released
    }

    /// Which subjects are stopped, as the tables have it.
    pub(crate) async fn load_stopped(&self) -> Result<(), Failure> {
        let _turn = self.stopping.lock().await;
        let stopped = self.stopped_subjects().await?;
        *self
            .stopped_subjects
            .write()
            .unwrap_or_else(PoisonError::into_inner) =
            stopped.into_iter().map(|stop| stop.subject).collect();
        Ok(())
    }
}
