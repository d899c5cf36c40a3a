//! The pages of accounts' histories, made from the core bank's books. The range of entries and the leaf of each page
//! are stored, so that neither a long history nor an interrupted request is read again from its beginning.

use crate::store::SubjectIndex;
use crate::store::history_page::{self, Page};
use crate::{Failure, Notification};
use core_bank::HISTORY_MAX;
use envelope::{PageFiller, page_hash};
use protocol::cbor::{self, Fields, FromValue as _, Value};
use protocol::{Entry, ParseError, cbor_array};
use types::{AccountId, Incarnation};

/// Maximum new pages stored together.
const KEPT_TOGETHER: usize = 16;

/// How far an account's history goes in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HistoryEnd {
    pub(crate) account: AccountId,
    /// The number of the newest booked entry; 0 if there is none.
    pub(crate) through: u64,
}

impl HistoryEnd {
    pub(crate) fn encode(histories: &[Self]) -> Vec<u8> {
        let rows = histories
            .iter()
            .map(|history| cbor_array![&history.account, history.through]);
        cbor::encode(&Value::Array(rows.collect()))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Self>, ParseError> {
        let rows = Vec::<Value>::from_value(cbor::decode(bytes)?)?;
        let row = |value| {
            let mut fields = Fields::new(Vec::from_value(value)?);
            let history = Self {
                account: fields.take()?,
                through: fields.take()?,
            };
            fields.end()?;
            Ok(history)
        };
        rows.into_iter().map(row).collect()
    }
}

impl Notification {
    /// The pages of an account's history in the books of that incarnation. Missing pages are made and stored; after an
    /// interruption, the next request continues from there.
    pub(crate) async fn pages_of(
        &self,
        history: &HistoryEnd,
        incarnation: Incarnation,
    ) -> Result<Vec<Page>, Failure> {
        if history.through == 0 {
            return Ok(Vec::new());
        }
        let index = self.history_index(&history.account);
        let known = self
            .database
            .read(async move |tx| {
                Ok::<_, Failure>(history_page::all(tx, index, incarnation).await?)
            })
            .await?;
        let through = history.through;
        let belongs = |page: &Page| page.last == through || (page.whole && page.last < through);
        let mut pages: Vec<Page> = known.into_iter().take_while(belongs).collect();
        let mut read = pages.last().map_or(0, |page| page.last);
        let mut filler = PageFiller::new();
        let mut made = Vec::new();
        while read < through {
            for entry in self.booked_entries(history, read, incarnation).await? {
                if let Some(page) = filler.push(&entry)? {
                    made.push(Page {
                        last: read,
                        whole: true,
                        leaf: page_hash(&page),
                    });
                }
                read += 1;
            }
            if read == through
                && let Some(page) = std::mem::take(&mut filler).end()
            {
                made.push(Page {
                    last: read,
                    whole: false,
                    leaf: page_hash(&page),
                });
            }
            if made.len() >= KEPT_TOGETHER || read == through {
                let made = std::mem::take(&mut made);
                self.keep_pages(index, incarnation, pages.len(), made.clone())
                    .await?;
                pages.extend(made);
            }
        }
        Ok(pages)
    }

    async fn keep_pages(
        &self,
        account: SubjectIndex,
        incarnation: Incarnation,
        before: usize,
        made: Vec<Page>,
    ) -> Result<(), Failure> {
        let first = u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1);
        self.database
            .write(async move |tx| {
                Ok(history_page::put(tx, account, incarnation, first, &made).await?)
            })
            .await
    }

    /// A page's content before sealing: the entries after one number, up to and including another.
    pub(crate) async fn page_content(
        &self,
        account: &AccountId,
        (after, page): (u64, &Page),
        incarnation: Incarnation,
    ) -> Result<Vec<u8>, Failure> {
        let history = HistoryEnd {
            account: account.clone(),
            through: page.last,
        };
        let mut filler = PageFiller::new();
        for entry in self.booked_entries(&history, after, incarnation).await? {
            if filler.push(&entry)?.is_some() {
                return Err(Failure::BooksChanged);
            }
        }
        match filler.end() {
            Some(content) if page_hash(&content) == page.leaf => Ok(content),
            _ => Err(Failure::BooksChanged),
        }
    }

    /// The next booked entries of an account after a number, at least one.
    async fn booked_entries(
        &self,
        history: &HistoryEnd,
        after: u64,
        incarnation: Incarnation,
    ) -> Result<Vec<Entry>, Failure> {
        let answer = self
            .core_bank
            .history(&history.account, after, history.through, HISTORY_MAX)
            .await?;
        if answer.incarnation != incarnation {
            return Err(Failure::BooksChanged);
        }
        let entries = answer.entries;
        let numbers = entries
            .iter()
            .map(|entry| entry.booking.as_ref().map(|booking| booking.number));
        if entries.is_empty() || !numbers.eq((after + 1..).take(entries.len()).map(Some)) {
            return Err(Failure::HistoryBroken);
        }
        Ok(entries)
    }

    fn history_index(&self, account: &AccountId) -> SubjectIndex {
        let index = self.columns.blind_index(
            "notification.history_page.account",
            account.as_str().as_bytes(),
        );
        SubjectIndex::of(&index)
    }
}
