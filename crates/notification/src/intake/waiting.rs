//! Delivers events from the inbox when their turn has come.

use crate::comparing::books::HEADS;
use crate::failure::FirstFailure;
use crate::intake::opened::Opened;
use crate::store::inbox::{self, Waiting};
use crate::store::{SubjectIndex, register};
use crate::{Failure, Notification};
use protocol::CloudEvent;
use std::collections::HashSet;
use std::sync::Arc;
use types::{ChannelId, Sequence, SubjectId};

/// Maximum events of one channel and subject that are read from the inbox together.
const WAITING_BATCH: usize = 256;

/// Maximum pairs of channel and subject in one query.
const PAIRS_BATCH: usize = 1_024;

impl Notification {
    /// Delivers the events that wait for these subjects, after some of their events were delivered.
    pub(crate) async fn give_waiting_of(
        &self,
        subjects: &HashSet<SubjectIndex>,
    ) -> Result<(), Failure> {
        let subjects: Vec<_> = subjects.iter().copied().collect();
        let pairs = self
            .database
            .read(async move |tx| {
                let mut pairs = Vec::new();
                for &subject in &subjects {
                    let channels = inbox::waiting_for(tx, subject).await?;
                    pairs.extend(channels.into_iter().map(|channel| (channel, subject)));
                }
                Ok::<_, Failure>(pairs)
            })
            .await?;
        for (channel, subject) in pairs {
            self.give_waiting(channel, subject).await?;
        }
        Ok(())
    }

    /// Delivers all events that wait for a channel that became ready.
    pub(crate) async fn give_waiting_of_channel(&self, channel: ChannelId) -> Result<(), Failure> {
        let waiting = self
            .database
            .read(async move |tx| {
                Ok::<_, Failure>(inbox::of_channel(tx, channel, None, PAIRS_BATCH).await?)
            })
            .await?;
        let subjects: HashSet<_> = waiting.iter().map(|event| event.subject).collect();
        for subject in subjects {
            if let Some((subject, after)) = self.give_waiting(channel, subject).await? {
                self.catch_up(&subject, after).await?;
            }
        }
        Ok(())
    }

    /// Delivers all waiting events, and fetches the missing events before them.
    pub(crate) async fn give_all_waiting(&self) -> Result<(), Failure> {
        let mut first = FirstFailure::default();
        let mut last = None;
        loop {
            let pairs = self.waiting_pairs(last).await?;
            let Some(newest) = pairs.last().copied() else {
                return first.result();
            };
            for (channel, subject) in pairs {
                let given = self.give_waiting_or_fetch(channel, subject).await;
                first.note(given, channel);
            }
            last = Some(newest);
        }
    }

    async fn give_waiting_or_fetch(
        &self,
        channel: ChannelId,
        subject: SubjectIndex,
    ) -> Result<(), Failure> {
        if let Some((missing, after)) = self.give_waiting(channel, subject).await? {
            self.catch_up(&missing, after).await?;
            self.give_waiting(channel, subject).await?;
        }
        Ok(())
    }

    async fn waiting_pairs(
        &self,
        after: Option<(ChannelId, SubjectIndex)>,
    ) -> Result<Vec<(ChannelId, SubjectIndex)>, Failure> {
        self.database
            .read(async move |tx| Ok(inbox::pairs(tx, after, PAIRS_BATCH).await?))
            .await
    }

    /// Delivers the waiting events of one channel and subject, in order, as far as they are consecutive. Returns what
    /// the channel lacks, if anything.
    async fn give_waiting(
        &self,
        channel: ChannelId,
        subject: SubjectIndex,
    ) -> Result<Option<(SubjectId, Sequence)>, Failure> {
        loop {
            let waiting = self
                .database
                .read(async move |tx| {
                    Ok::<_, Failure>(
                        inbox::of_channel(tx, channel, Some(subject), WAITING_BATCH).await?,
                    )
                })
                .await?;
            let events = self.open_waiting(waiting).await?;
            if events.is_empty() {
                return Ok(None);
            }
            let verdicts = self.give(&events).await?;
            let done = events
                .iter()
                .zip(&verdicts)
                .take_while(|(_, verdict)| verdict.is_done())
                .last();
            if let Some((event, _)) = done {
                let up_to = event.sequence;
                self.database
                    .write(async move |tx| {
                        Ok::<_, Failure>(inbox::forget(tx, channel, subject, up_to).await?)
                    })
                    .await?;
            }
            let stuck = events
                .iter()
                .zip(&verdicts)
                .find(|(_, verdict)| !verdict.is_done());
            if let Some((event, verdict)) = stuck {
                return Ok(verdict.gap.map(|after| (event.subject.clone(), after)));
            }
        }
    }

    /// Opens waiting events again. An event that no longer opens, or that is of former books, is deleted; the
    /// comparison fetches the core bank's version.
    async fn open_waiting(&self, waiting: Vec<Waiting>) -> Result<Vec<Arc<Opened>>, Failure> {
        let mut events = Vec::with_capacity(waiting.len());
        let mut forgotten = Vec::new();
        for waiting in waiting {
            let event = CloudEvent::parse(&waiting.event).map_err(|_| {
                Failure::Broken("the inbox contains bytes that are not a CloudEvent")
            })?;
            match self.open_event(&event, waiting.event.clone()) {
                Ok(opened) if self.is_stopped(opened.index) => break,
                Ok(opened) if self.is_current(opened.incarnation).await? => {
                    events.push(Arc::new(opened));
                }
                _ => forgotten.push(waiting),
            }
        }
        if !forgotten.is_empty() {
            self.compare_soon.notify_one();
            self.database
                .write(async move |tx| {
                    for waiting in &forgotten {
                        inbox::forget_one(tx, waiting).await?;
                    }
                    // The comparison starts from the beginning, because the subjects of unreadable events are unknown.
                    register::set_progress(tx, HEADS, 0).await?;
                    Ok::<_, Failure>(())
                })
                .await?;
        }
        Ok(events)
    }
}
