//! The comparison with the core bank. It finds events that nobody delivered.
//!
//! Subjects are compared by the page, with one request to the core bank and one query of the tables. Missing events are
//! requested in batches. A subject without an enrolled holder needs no further request.

use crate::comparing::books::HEADS;
use crate::failure::{FirstFailure, chain};
use crate::store::lagging::{self, Lagging};
use crate::store::seen::{self, Seen};
use crate::store::{SubjectIndex, channel};
use crate::{Failure, Notification};
use core_bank::{HEADS_MAX, HeadsCursor, SubjectHead};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use protocol::Event;
use std::collections::{HashMap, HashSet};
use types::{ChannelId, CustomerId, Sequence, SubjectId};

/// The column that contains the id of a lagging subject.
const LAGGING: &str = "notification.lagging.subject";

/// Maximum lagging subjects in one request for events.
const BATCH: usize = 128;

/// Maximum events of each subject in such a request. If a subject lacks more, the rest is requested separately.
const BATCH_EVENTS: usize = 16;

/// Maximum subjects whose events are delivered to their holders concurrently.
const AT_ONCE: usize = 16;

/// A subject, and the sequence after which a holder may lack events.
type Behind = (SubjectId, Sequence);

/// What the tables know about the subjects of a page.
struct Known {
    followers: HashMap<SubjectIndex, Vec<(ChannelId, Seen)>>,
    /// The blind indices of the customers that have a channel.
    enrolled: HashSet<[u8; 32]>,
}

impl Notification {
    /// Compares sequences with the core bank's heads that changed since the last comparison. Subjects with missing
    /// events go into a table of lagging subjects, so that none delays the subjects behind it.
    pub(crate) async fn compare_core_bank(&self) -> Result<(), Failure> {
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
            self.compare_page(heads.subjects, &mut first).await?;
            let (from, to) = (after.get(), heads.next.get());
            if !self.advance_followed(HEADS, from, to).await? {
                // A subject was released meanwhile, or another node compares too.
                return first.result();
            }
            after = heads.next;
        }
    }

    /// Fetches the events that the followers of a page's subjects lack. Stops channels that have events that the books
    /// lack.
    async fn compare_page(
        &self,
        heads: Vec<SubjectHead>,
        first: &mut FirstFailure,
    ) -> Result<(), Failure> {
        let indexed: Vec<_> = heads
            .into_iter()
            .map(|head| (self.subject_index(&head.subject), head))
            .collect();
        let mut customers = HashMap::new();
        for customer in indexed.iter().flat_map(|(_, head)| &head.holders) {
            if !customers.contains_key(customer) {
                customers.insert(customer.clone(), self.customer_index(customer));
            }
        }
        let known = self.known_of(&indexed, &customers).await?;
        let is_enrolled = |customer: &CustomerId| {
            let index = customers.get(customer);
            index.is_some_and(|index| known.enrolled.contains(index))
        };
        let mut behind = Vec::new();
        for (index, head) in indexed {
            let followers = known.followers.get(&index).map_or(&[][..], Vec::as_slice);
            if followers.iter().any(|(_, seen)| seen.may_contradict(&head)) {
                self.compare_followers(&head.subject).await?;
            }
            let mut holding = followers
                .iter()
                .map(|(_, seen)| seen)
                .filter(|seen| seen.holding)
                .map(|seen| seen.sequence)
                .peekable();
            let after = if holding.peek().is_some() {
                holding.filter(|sequence| *sequence < head.sequence).min()
            } else if head.holders.iter().any(is_enrolled) {
                // No channel is known to follow the subject, but an enrolled customer holds it now. The newest event
                // says which.
                let before = head.sequence.get().checked_sub(1).map(Sequence::new);
                before.and_then(Result::ok)
            } else {
                None
            };
            if let Some(after) = after {
                tracing::debug!(subject = ?index, %after, newest = %head.sequence, "a subject is behind the core bank");
                behind.push((head.subject, after));
            }
        }
        // The row is written first. After one holder has received all events, the subject no longer appears to lag,
        // although a customer who has just become a holder may still lack them.
        self.keep_lagging(&behind).await?;
        self.fetch(behind, first).await
    }

    /// Reads what the tables know about subjects, and which of their holders are enrolled.
    async fn known_of(
        &self,
        heads: &[(SubjectIndex, SubjectHead)],
        customers: &HashMap<CustomerId, [u8; 32]>,
    ) -> Result<Known, Failure> {
        let subjects: Vec<SubjectIndex> = heads.iter().map(|(index, _)| *index).collect();
        let customers: Vec<[u8; 32]> = customers.values().copied().collect();
        self.database
            .read(async move |tx| {
                Ok::<_, Failure>(Known {
                    followers: seen::followers_of_each(tx, &subjects).await?,
                    enrolled: channel::enrolled(tx, &customers).await?,
                })
            })
            .await
    }

    /// Fetches again what could not be fetched or delivered before.
    async fn fetch_lagging(&self, first: &mut FirstFailure) -> Result<(), Failure> {
        let mut last = None;
        loop {
            let page = self
                .database
                .read(async move |tx| Ok::<_, Failure>(lagging::page(tx, last, BATCH).await?))
                .await?;
            let Some(newest) = page.last().map(|row| row.index) else {
                return Ok(());
            };
            let behind = page
                .into_iter()
                .map(|row| Ok((self.subject_of(LAGGING, &row.subject)?, row.after)))
                .collect::<Result<_, Failure>>()?;
            self.fetch(behind, first).await?;
            last = Some(newest);
        }
    }

    /// Delivers the events after a sequence to the holders of the subjects. All subjects are in the table of lagging
    /// subjects; a subject leaves the table when every holder has its events.
    async fn fetch(&self, behind: Vec<Behind>, first: &mut FirstFailure) -> Result<(), Failure> {
        for batch in behind.chunks(BATCH) {
            let events = match self.core_bank.events_of_each(batch, BATCH_EVENTS).await {
                Ok(events) => events,
                Err(error) => {
                    // One subject's events must not block the others: each subject is requested separately.
                    tracing::warn!(
                        error = chain(&error),
                        "events of several subjects could not be fetched"
                    );
                    Vec::new()
                }
            };
            let mut events = events.into_iter();
            let fetching: Vec<BoxFuture<'_, _>> = batch
                .iter()
                .map(|behind| self.fetch_one(behind, events.next()).boxed())
                .collect();
            let fetched: Vec<_> = stream::iter(fetching).buffered(AT_ONCE).collect().await;
            let mut done = Vec::new();
            for ((subject, after), fetched) in batch.iter().zip(fetched) {
                let index = self.subject_index(subject);
                match fetched {
                    Ok(true) => done.push((index, *after)),
                    Ok(false) => {}
                    Err(failure) => {
                        let error = chain(&failure);
                        tracing::warn!(subject = ?index, error, "a subject's events could not be fetched");
                        first.keep(failure);
                    }
                }
            }
            if !done.is_empty() {
                self.database
                    .write(async move |tx| {
                        for (index, after) in &done {
                            lagging::remove(tx, *index, *after).await?;
                        }
                        Ok::<_, Failure>(())
                    })
                    .await?;
            }
        }
        Ok(())
    }

    /// Returns whether every holder received the events after a sequence. `events` are the first of them, if they are
    /// fetched already.
    async fn fetch_one(
        &self,
        (subject, after): &Behind,
        events: Option<Vec<Event>>,
    ) -> Result<bool, Failure> {
        match events {
            Some(events) => {
                let all = events.len() < BATCH_EVENTS;
                self.catch_up_with(subject, *after, events, all).await
            }
            None => self.catch_up(subject, *after).await,
        }
    }

    /// A row for a subject of which some holder may lack the events after a sequence.
    pub(crate) fn lagging(&self, subject: &SubjectId, after: Sequence) -> Result<Lagging, Failure> {
        Ok(Lagging {
            index: self.subject_index(subject),
            subject: self.columns.seal(LAGGING, subject.as_str().as_bytes())?,
            after,
        })
    }

    async fn keep_lagging(&self, behind: &[Behind]) -> Result<(), Failure> {
        if behind.is_empty() {
            return Ok(());
        }
        let rows = behind
            .iter()
            .map(|(subject, after)| self.lagging(subject, *after))
            .collect::<Result<Vec<_>, _>>()?;
        self.database
            .write(async move |tx| {
                for row in &rows {
                    lagging::put(tx, row).await?;
                }
                Ok::<_, Failure>(())
            })
            .await
    }
}
