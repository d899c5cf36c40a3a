//! Fetches from the core bank the events that pub/sub did not deliver.

use crate::counters::Counts;
use crate::intake::holders::Verdict;
use crate::intake::opened::Opened;
use crate::{Failure, Notification};
use core_bank::EVENTS_MAX;
use protocol::Event;
use std::sync::Arc;
use types::{CustomerId, Sequence, SubjectId};

/// Maximum repeated walks of a subject when a channel turns out to lack earlier events.
const WALKS_MAX: usize = 3;

impl Notification {
    /// Delivers every event of `subject` after a sequence to its holders, in order, as the core bank has them. Returns
    /// whether all holders received them; otherwise the events have to be fetched again.
    pub(crate) async fn catch_up(
        &self,
        subject: &SubjectId,
        after: Sequence,
    ) -> Result<bool, Failure> {
        self.catch_up_with(subject, after, Vec::new(), false).await
    }

    /// [`catch_up`](Self::catch_up) when the first events, or all of them, are fetched already.
    pub(crate) async fn catch_up_with(
        &self,
        subject: &SubjectId,
        mut after: Sequence,
        fetched: Vec<Event>,
        all: bool,
    ) -> Result<bool, Failure> {
        if self.is_stopped(self.subject_index(subject)) {
            return Ok(true);
        }
        let mut fetched = Some(fetched).filter(|events| all || !events.is_empty());
        let mut all = all;
        for _ in 0..WALKS_MAX {
            let walked = self.walk(subject, after, fetched.take(), all).await?;
            all = false;
            match walked.gap {
                Some(further) if further < after => after = further,
                _ => return Ok(walked.is_done()),
            }
        }
        Ok(false)
    }

    /// Walks once. Returns the sequence from which a channel needs a walk, if a channel lacks earlier events.
    async fn walk(
        &self,
        subject: &SubjectId,
        after: Sequence,
        mut fetched: Option<Vec<Event>>,
        all: bool,
    ) -> Result<Verdict, Failure> {
        let mut walked = Verdict::default();
        let mut seen = after;
        // A subject has no holder before its first event.
        let mut holders: Option<Vec<CustomerId>> = (after == Sequence::ZERO).then(Vec::new);
        loop {
            let events = match fetched.take() {
                Some(events) => events,
                None => {
                    let bank = &self.core_bank;
                    bank.events_after(subject, seen, EVENTS_MAX).await?
                }
            };
            let mut opened = Vec::with_capacity(events.len());
            for event in events {
                if !self.is_current(event.incarnation).await? {
                    return Err(Failure::BooksChanged);
                }
                let next = event.holders.iter().map(|(customer, _)| customer.clone());
                let next = next.collect();
                let sequence = event.subject()?.1;
                let event = match self.opened(event, None, holders.as_deref()) {
                    Ok(event) if event.subject == *subject => event,
                    Ok(_) => return Err(Failure::Broken("an event of another subject")),
                    Err(cause) => {
                        // The gap before the fetched events is filled first.
                        if !opened.is_empty() {
                            walked = walked.and(self.give_all(&opened).await?);
                        }
                        self.stop_subject(subject, sequence, &cause).await?;
                        return Ok(walked);
                    }
                };
                holders = Some(next);
                seen = seen.max(sequence);
                opened.push(Arc::new(event));
            }
            if opened.is_empty() {
                return Ok(walked);
            }
            walked = walked.and(self.give_all(&opened).await?);
            if all {
                return Ok(walked);
            }
        }
    }

    async fn give_all(&self, fetched: &[Arc<Opened>]) -> Result<Verdict, Failure> {
        Counts::add(&self.counts.fetched, fetched.len());
        let verdicts = self.give(fetched).await?;
        Ok(verdicts.into_iter().fold(Verdict::default(), Verdict::and))
    }
}
