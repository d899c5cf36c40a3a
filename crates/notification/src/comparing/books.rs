//! The core bank's books: their incarnation, and the channels that they contradict.
//!
//! Sequences are comparable within one incarnation only. When the incarnation changes, or when the books went back
//! without a new incarnation, notification compares every channel's events with the books. A channel that agrees with
//! the books goes on. For a channel that does not, notification numbers and states nothing until the channel is
//! restarted.

use crate::store::book_head::{self, Older};
use crate::store::channel::{self, Contradicted};
use crate::store::seen::{self, Seen};
use crate::store::{SubjectIndex, acts, register};
use crate::{Failure, Notification};
use audit::{Act, Subject};
use core_bank::{HEADS_MAX, HeadsCursor, SubjectHead, entry_hash};
use database::Transaction;
use protocol::Entry;
use std::collections::{BTreeMap, BTreeSet};
use types::{ChannelId, Hash, Incarnation, Sequence, SubjectId};

/// The name under which the position in the core bank's list of heads is stored.
pub(crate) const HEADS: &str = "heads";

/// Maximum followers of one subject in one query.
const FOLLOWERS_MAX: usize = 10_000;

/// The document that names the incarnation with which all channels were compared.
const BOOKS: &str = "books";

/// The column that contains a subject's id while the books are compared.
const BOOK_HEAD: &str = "notification.book_head.subject";

/// Maximum events in one lookup.
const PAGE: usize = 256;

/// Why a channel and the books contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contradiction {
    /// The channel has an event that the books no longer have.
    WentBack,
    /// The books have a different event with the same sequence.
    AnotherEvent,
}

impl Contradiction {
    /// A stable word for metrics and audit records.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::WentBack => "books_went_back",
            Self::AnotherEvent => "another_event",
        }
    }
}

/// Stores contradictions with their audit records. Returns the new ones.
pub(crate) async fn keep(
    tx: &mut Transaction<'_>,
    acts: &[(ChannelId, Contradiction, Act)],
) -> Result<Vec<(ChannelId, Contradiction)>, Failure> {
    let mut news = Vec::new();
    for (channel, contradiction, act) in acts {
        if channel::contradict(tx, *channel, contradiction.reason()).await? {
            acts::record(tx, act).await?;
            news.push((*channel, *contradiction));
        }
    }
    Ok(news)
}

impl Seen {
    /// Whether the books may contradict this channel, judged by the subject's newest event in the books. This is only a
    /// suspicion: the channel may have advanced after the books were read.
    pub(crate) fn may_contradict(&self, head: &SubjectHead) -> bool {
        let same = self.sequence == head.sequence;
        self.sequence > head.sequence || same && self.differs_from(head.hash)
    }

    /// Whether the channel knows the event's hash and the hash differs.
    pub(crate) fn differs_from(&self, hash: Hash) -> bool {
        self.hash.is_some_and(|seen| seen != hash)
    }
}

impl Notification {
    /// Whether `incarnation` is that of the core bank's current books. Events of another incarnation, or of none, are
    /// dropped; the comparison then finds what the current books have instead.
    pub(crate) async fn is_current(
        &self,
        incarnation: Option<Incarnation>,
    ) -> Result<bool, Failure> {
        if incarnation.is_some() && *self.books.read().await == incarnation {
            return Ok(true);
        }
        self.confirm_books().await?;
        Ok(incarnation.is_some() && *self.books.read().await == incarnation)
    }

    /// Asks the core bank for the incarnation of its books. Compares all channels with the books if the incarnation
    /// changed or if the books went back.
    pub(crate) async fn confirm_books(&self) -> Result<(), Failure> {
        // The order matters: the position is read first, so the books already contain everything up to it.
        let followed = self.followed(HEADS).await?;
        let heads = self.core_bank.heads(HeadsCursor::START, 1).await?;
        let went_back = heads.newest.get() < followed;
        if went_back || *self.books.read().await != Some(heads.incarnation) {
            self.compare_books(heads.incarnation, went_back).await?;
        }
        Ok(())
    }

    /// Compares all channels with the books. Meanwhile nothing is numbered or stated.
    async fn compare_books(
        &self,
        incarnation: Incarnation,
        went_back: bool,
    ) -> Result<(), Failure> {
        let mut known = self.books.write().await;
        let compared = self
            .database
            .read(async move |tx| Ok::<_, Failure>(register::document(tx, BOOKS).await?))
            .await?;
        if !went_back && compared.as_deref() == Some(incarnation.as_bytes().as_slice()) {
            *known = Some(incarnation);
            return Ok(());
        }
        // A new database has no channel to compare.
        if compared.is_some() {
            tracing::warn!(%incarnation, "comparing all channels with the core bank's books");
        }
        *known = None;
        self.read_heads().await?;
        let mut found = self.look_up_older().await?;
        let (beyond, differing) = self
            .database
            .read(async move |tx| {
                Ok::<_, Failure>((
                    book_head::beyond(tx).await?,
                    book_head::differing(tx).await?,
                ))
            })
            .await?;
        let with = |contradiction| move |channel| (channel, contradiction);
        found.extend(beyond.into_iter().map(with(Contradiction::WentBack)));
        found.extend(differing.into_iter().map(with(Contradiction::AnotherEvent)));
        let acts = self.contradictions(&found);
        let news = self
            .database
            .write(async move |tx| {
                channel::forget_contradictions(tx).await?;
                let news = keep(tx, &acts).await?;
                book_head::clear(tx).await?;
                // Fetches the events that were dropped while a channel was contradicted, or because they were of former
                // books.
                register::set_progress(tx, HEADS, 0).await?;
                register::set_document(tx, BOOKS, incarnation.as_bytes()).await?;
                Ok::<_, Failure>(news)
            })
            .await?;
        self.alarm(&news);
        *known = Some(incarnation);
        Ok(())
    }

    /// Stores the newest event of each subject that a channel follows.
    async fn read_heads(&self) -> Result<(), Failure> {
        // The channels' events are noted first. Another process may continue numbering, but the books contain
        // everything noted.
        self.database
            .write(async move |tx| Ok::<_, Failure>(book_head::begin(tx).await?))
            .await?;
        let mut after = HeadsCursor::START;
        loop {
            let heads = self.core_bank.heads(after, HEADS_MAX).await?;
            if heads.subjects.is_empty() {
                return Ok(());
            }
            let mut rows = Vec::with_capacity(heads.subjects.len());
            for head in heads.subjects {
                let id = self
                    .columns
                    .seal(BOOK_HEAD, head.subject.as_str().as_bytes())?;
                let index = self.subject_index(&head.subject);
                rows.push((index, id, (head.sequence, head.hash)));
            }
            self.database
                .write(async move |tx| {
                    for (subject, id, head) in &rows {
                        book_head::put(tx, *subject, id, *head).await?;
                    }
                    Ok::<_, Failure>(())
                })
                .await?;
            after = heads.next;
        }
    }

    /// For subjects of which the books have more events than a channel, looks up the channel's newest event in the
    /// books.
    async fn look_up_older(&self) -> Result<Vec<(ChannelId, Contradiction)>, Failure> {
        let mut found = Vec::new();
        let mut last = None;
        loop {
            let page = self
                .database
                .read(async move |tx| Ok::<_, Failure>(book_head::older(tx, last, PAGE).await?))
                .await?;
            let Some(newest) = page.last().map(|older| (older.subject, older.sequence)) else {
                return Ok(found);
            };
            for older in page {
                let Older {
                    subject,
                    id,
                    sequence,
                } = older;
                let id = self.subject_of(BOOK_HEAD, &id)?;
                let hash = self.hash_in_books(&id, sequence).await?;
                let channels = self
                    .database
                    .read(async move |tx| {
                        Ok::<_, Failure>(book_head::otherwise(tx, subject, (sequence, hash)).await?)
                    })
                    .await?;
                let another = Contradiction::AnotherEvent;
                found.extend(channels.into_iter().map(|channel| (channel, another)));
            }
            last = Some(newest);
        }
    }

    /// Opens the sealed id of a subject.
    pub(crate) fn subject_of(
        &self,
        column: &'static str,
        sealed: &[u8],
    ) -> Result<SubjectId, Failure> {
        let opened = self.columns.open(column, sealed)?;
        std::str::from_utf8(&opened)
            .ok()
            .and_then(|subject| subject.parse().ok())
            .ok_or(Failure::Broken("a stored subject is not an id"))
    }

    /// The hash of a subject's event in the books. `None` if the books do not have the event.
    async fn hash_in_books(
        &self,
        subject: &SubjectId,
        sequence: Sequence,
    ) -> Result<Option<Hash>, Failure> {
        let Some(before) = sequence.get().checked_sub(1) else {
            return Ok(None);
        };
        let before = Sequence::new(before)
            .map_err(|_| Failure::Broken("a stored sequence is out of range"))?;
        let events = self.core_bank.events_after(subject, before, 1).await?;
        Ok(events.first().map(|event| entry_hash(&event.entry)))
    }

    /// Compares entries of a channel with the books. For each subject only the newest entry is looked up: if it agrees,
    /// the earlier ones agree too.
    pub(crate) async fn contradiction_of(
        &self,
        entries: &[Entry],
    ) -> Result<Option<Contradiction>, Failure> {
        let newest: BTreeMap<&SubjectId, (Sequence, &Entry)> = entries
            .iter()
            .filter_map(|entry| {
                let (subject, sequence) = entry.subject.as_ref()?;
                Some((subject, (*sequence, entry)))
            })
            .collect();
        for (subject, (sequence, entry)) in newest {
            match self.hash_in_books(subject, sequence).await? {
                None => return Ok(Some(Contradiction::WentBack)),
                Some(hash) if hash != entry_hash(entry) => {
                    return Ok(Some(Contradiction::AnotherEvent));
                }
                Some(_) => {}
            }
        }
        Ok(None)
    }

    /// Compares the events that the followers of one subject have with the books.
    pub(crate) async fn compare_followers(&self, subject: &SubjectId) -> Result<(), Failure> {
        let index = self.subject_index(subject);
        let followers = self.followers_of(index).await?;
        let sequences: BTreeSet<Sequence> = followers
            .iter()
            .map(|(_, seen)| seen.sequence)
            .filter(|sequence| *sequence > Sequence::ZERO)
            .collect();
        let mut found = Vec::new();
        for sequence in sequences {
            let hash = self.hash_in_books(subject, sequence).await?;
            let there = followers
                .iter()
                .filter(|(_, seen)| seen.sequence == sequence);
            found.extend(there.filter_map(|(channel, seen)| {
                match hash {
                    None => Some((*channel, Contradiction::WentBack)),
                    Some(hash) => seen
                        .differs_from(hash)
                        .then_some((*channel, Contradiction::AnotherEvent)),
                }
            }));
        }
        self.contradict(found).await
    }

    pub(crate) async fn followers_of(
        &self,
        subject: SubjectIndex,
    ) -> Result<Vec<(ChannelId, Seen)>, Failure> {
        self.database
            .read(async move |tx| {
                Ok::<_, Failure>(seen::followers(tx, subject, FOLLOWERS_MAX).await?)
            })
            .await
    }

    /// Stops channels that the books contradict.
    pub(crate) async fn contradict(
        &self,
        found: Vec<(ChannelId, Contradiction)>,
    ) -> Result<(), Failure> {
        if found.is_empty() {
            return Ok(());
        }
        let acts = self.contradictions(&found);
        let news = self
            .database
            .write(async move |tx| keep(tx, &acts).await)
            .await?;
        self.alarm(&news);
        self.compare_soon.notify_one();
        Ok(())
    }

    /// Makes the audit record of each contradicted channel.
    pub(crate) fn contradictions(
        &self,
        found: &[(ChannelId, Contradiction)],
    ) -> Vec<(ChannelId, Contradiction, Act)> {
        let act = |(channel, contradiction): &(ChannelId, Contradiction)| {
            let act = Act::new(self.now(), crate::ACTOR, "channel.contradicted")
                .about(Subject::new("channel", *channel))
                .with("reason", contradiction.reason());
            (*channel, *contradiction, act)
        };
        found.iter().map(act).collect()
    }

    pub(crate) fn alarm(&self, found: &[(ChannelId, Contradiction)]) {
        for (channel, contradiction) in found {
            tracing::error!(
                %channel,
                reason = contradiction.reason(),
                "the core bank's books contradict a channel; nothing is numbered for it until it is \
                 restarted: `passbook channel restart`, see docs/runbooks/contradicted-channel.md"
            );
        }
    }

    /// The channels that the books contradict, in the order of their ids, at most `limit`, after the channel `after`.
    pub async fn contradicted_channels(
        &self,
        after: Option<ChannelId>,
        limit: usize,
    ) -> Result<Vec<Contradicted>, Failure> {
        self.database
            .read(async move |tx| Ok(channel::contradicted(tx, after, limit).await?))
            .await
    }

    /// Restarts a channel that the books contradict. Its devices start the next generation with a snapshot of the
    /// current books, and list as withdrawn the entries that the current books lack. Returns whether the channel was
    /// contradicted.
    pub async fn restart_contradicted(&self, channel: ChannelId) -> Result<bool, Failure> {
        self.confirm_books().await?;
        let row = self
            .database
            .read(async move |tx| Ok::<_, Failure>(channel::find(tx, channel).await?))
            .await?;
        let Some(row) = row.filter(|row| row.contradicted) else {
            return Ok(false);
        };
        let reason = "the core bank's books contradict it";
        self.restart(channel, row.head.generation, reason).await?;
        Ok(true)
    }

    /// Restarts all channels that the books contradict, if the settings say so.
    pub(crate) async fn restart_all_contradicted(&self) -> Result<(), Failure> {
        if !self.settings.restart_contradicted {
            return Ok(());
        }
        loop {
            let page = self.contradicted_channels(None, PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            for contradicted in page {
                self.restart_contradicted(contradicted.channel).await?;
            }
        }
    }
}
