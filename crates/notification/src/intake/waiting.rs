//! Events that waited in the inbox, once their turn has come.

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

/// Events of one channel and subject that are taken out of the inbox together.
const WAITING_BATCH: usize = 256;

/// Channels and subjects that are looked at together.
const PLACES_BATCH: usize = 1_024;

impl Notification {
    /// Gives what waits for these subjects, now that some of their events were given.
    pub(crate) async fn give_waiting_of(
        &self,
        subjects: &HashSet<SubjectIndex>,
    ) -> Result<(), Failure> {
        let subjects: Vec<_> = subjects.iter().copied().collect();
        let places = self
            .database
            .read(async move |tx| {
                let mut places = Vec::new();
                for &subject in &subjects {
                    let channels = inbox::waiting_for(tx, subject).await?;
                    places.extend(channels.into_iter().map(|channel| (channel, subject)));
                }
                Ok::<_, Failure>(places)
            })
            .await?;
        for (channel, subject) in places {
            self.give_waiting(channel, subject).await?;
        }
        Ok(())
    }

    /// Gives everything that waits for a channel, which became ready.
    pub(crate) async fn give_waiting_of_channel(&self, channel: ChannelId) -> Result<(), Failure> {
        let waiting = self
            .database
            .read(async move |tx| {
                Ok::<_, Failure>(inbox::of_channel(tx, channel, None, PLACES_BATCH).await?)
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

    /// Gives everything that waits, and fetches what is missing before it.
    pub(crate) async fn give_all_waiting(&self) -> Result<(), Failure> {
        let mut first = FirstFailure::default();
        let mut last = None;
        loop {
            let places = self.waiting_places(last).await?;
            let Some(newest) = places.last().copied() else {
                return first.result();
            };
            for (channel, subject) in places {
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

    async fn waiting_places(
        &self,
        after: Option<(ChannelId, SubjectIndex)>,
    ) -> Result<Vec<(ChannelId, SubjectIndex)>, Failure> {
        self.database
            .read(async move |tx| Ok(inbox::places(tx, after, PLACES_BATCH).await?))
            .await
    }

    /// Gives what waits for a channel of one subject, in order, as far as it goes. Answers what it lacks, if it does.
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

    /// Opens events that opened once already. What does not open any more, or is of former books, is forgotten: the
    /// comparison fetches from the core bank what there is in its place.
    async fn open_waiting(&self, waiting: Vec<Waiting>) -> Result<Vec<Arc<Opened>>, Failure> {
        let mut events = Vec::with_capacity(waiting.len());
        let mut forgotten = Vec::new();
        for waiting in waiting {
            let event = CloudEvent::parse(&waiting.event)
                .map_err(|_| Failure::Broken("the inbox holds what is no CloudEvent"))?;
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
                    // From its beginning: which subjects these were cannot be read.
                    register::set_progress(tx, HEADS, 0).await?;
                    Ok::<_, Failure>(())
                })
                .await?;
        }
        Ok(events)
    }
}
