//! The further parts of a snapshot, and the pages of its accounts' histories.

use crate::numbering::message::fresh_iv;
use crate::stating::histories::HistoryEnd;
use crate::stating::snapshot::HISTORIES;
use crate::store::device;
use crate::store::snapshot::{self, SnapshotRow};
use crate::{Failure, Notification, StatementRefused};
use envelope::merkle::MerkleTree;
use envelope::seal_page;
use protocol::http::{PagesAnswer, PartsAnswer, SEALED_BYTES_MAX};
use types::{AccountId, ChannelId, DeviceId, SnapshotId};

impl Notification {
    /// Consecutive parts of a snapshot of this device, starting with part number `from` (parts count from 1).
    pub async fn parts_from(
        &self,
        channel: ChannelId,
        device: DeviceId,
        id: SnapshotId,
        from: u64,
    ) -> Result<PartsAnswer, StatementRefused> {
        let (row_id, _) = self.kept_snapshot((channel, device), id).await?;
        let parts = self
            .database
            .read(async move |tx| {
                Ok::<_, Failure>(snapshot::parts(tx, row_id, from.max(1), SEALED_BYTES_MAX).await?)
            })
            .await?;
        if from == 0 || parts.is_empty() {
            return Err(StatementRefused::PageUnknown);
        }
        Ok(PartsAnswer {
            parts: parts.into_iter().map(Into::into).collect(),
        })
    }

    /// Consecutive pages of the history of `account`, whose item is in part `part`, starting with page number `from`
    /// (pages count from 1, oldest first). They are made from the books again. If the books have another incarnation
    /// now, the snapshot is gone.
    pub async fn pages_from(
        &self,
        channel: ChannelId,
        device: DeviceId,
        id: SnapshotId,
        (part, account, from): (u64, AccountId, u64),
    ) -> Result<PagesAnswer, StatementRefused> {
        let (row_id, row) = self.kept_snapshot((channel, device), id).await?;
        let history = self
            .history_in(row_id, part, &account)
            .await?
            .ok_or(StatementRefused::PageUnknown)?;
        match self.sealed_pages(&row, &history, from).await {
            Ok(pages) if pages.is_empty() => Err(StatementRefused::PageUnknown),
            Ok(pages) => Ok(PagesAnswer {
                pages: pages.into_iter().map(Into::into).collect(),
            }),
            Err(Failure::BooksChanged) => Err(StatementRefused::SnapshotUnknown),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn kept_snapshot(
        &self,
        (channel, device): (ChannelId, DeviceId),
        id: SnapshotId,
    ) -> Result<(i64, SnapshotRow), StatementRefused> {
        self.check_known(channel).await?;
        let now = self.now();
        let (reader, kept) = self
            .database
            .read(async move |tx| {
                let reader = device::find(tx, channel, device).await?;
                let kept = snapshot::find(tx, (channel, device), id, now).await?;
                Ok::<_, Failure>((reader, kept))
            })
            .await?;
        if reader.is_none_or(|reader| reader.removed) {
            return Err(StatementRefused::NotAReader);
        }
        kept.ok_or(StatementRefused::SnapshotUnknown)
    }

    /// How far the history goes of an account whose item is in that part.
    async fn history_in(
        &self,
        row_id: i64,
        part: u64,
        account: &AccountId,
    ) -> Result<Option<HistoryEnd>, Failure> {
        let sealed = self
            .database
            .read(async move |tx| Ok::<_, Failure>(snapshot::histories(tx, row_id, part).await?))
            .await?;
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let histories = HistoryEnd::decode(&self.columns.open(HISTORIES, &sealed)?)?;
        Ok(histories
            .into_iter()
            .find(|history| history.account == *account))
    }

    async fn sealed_pages(
        &self,
        row: &SnapshotRow,
        history: &HistoryEnd,
        from: u64,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let pages = self.pages_of(history, row.incarnation).await?;
        let first = from
            .checked_sub(1)
            .and_then(|index| usize::try_from(index).ok());
        let Some(first) = first.filter(|first| *first < pages.len()) else {
            return Ok(Vec::new());
        };
        let tree = MerkleTree::new(pages.iter().map(|page| &page.leaf));
        let key = self
            .message_key(row.channel, row.epoch)
            .await?
            .ok_or(Failure::BooksChanged)?;
        let before = first.checked_sub(1).and_then(|before| pages.get(before));
        let mut after = before.map_or(0, |page| page.last);
        let (mut sealed, mut bytes) = (Vec::new(), 0_usize);
        for (number, (index, page)) in (from..).zip(pages.iter().enumerate().skip(first)) {
            let account = &history.account;
            let content = self
                .page_content(account, (after, page), row.incarnation)
                .await?;
            after = page.last;
            let page = seal_page(
                key.pair(),
                (row.channel, row.at),
                (account.as_str(), number),
                &fresh_iv()?,
                &content,
                &tree.proof(index).unwrap_or_default(),
            )?;
            bytes = bytes.saturating_add(page.len());
            if bytes > SEALED_BYTES_MAX && !sealed.is_empty() {
                break;
            }
            sealed.push(page);
        }
        Ok(sealed)
    }
}
