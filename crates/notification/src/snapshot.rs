//! Snapshots with their history pages. The broker is not asked.

use crate::checkpoint::newer;
use crate::message_keys::EpochKey;
use crate::numbering::fresh_iv;
use crate::store::snapshot::{self, SnapshotRow};
use crate::{Failure, Notification, StatementRefused};
use core_bank::history_pages;
use envelope::{AccountState, Snapshot, SnapshotAccount, encode_page, seal_page};
use protocol::cbor::{self, Fields, FromValue as _, Value};
use protocol::http::{PageAnswer, SnapshotAnswer, SnapshotRequest};
use protocol::{ParseError, cbor_array};
use types::{AccountId, ChannelId, DeviceId, Hash, Position, Sequence};

/// The column that holds how far each account's history goes in a snapshot.
const ACCOUNTS: &str = "notification.snapshot.accounts";

/// How far an account's history goes in a snapshot.
struct History {
    account: AccountId,
    through: Sequence,
    pages: u64,
}

impl Notification {
    /// States everything that the channel's customer holds, to a device of it: the newest message first, then all
    /// accounts in one read of the core bank.
    pub async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: SnapshotRequest,
    ) -> Result<SnapshotAnswer, StatementRefused> {
        let standing = self.standing(channel, device).await?;
        let (row, head) = (&standing.row, standing.row.head);
        let customer = self.customer_of(channel).await?;
        let stated = self
            .core_bank
            .snapshot(&customer)
            .await
            .map_err(Failure::from)?;
        let mut accounts = Vec::with_capacity(stated.accounts.len());
        let mut histories = Vec::with_capacity(stated.accounts.len());
        for account in stated.accounts {
            let history = History {
                account: account.account.clone(),
                through: account.sequence,
                pages: history_pages(account.booked_entries),
            };
            accounts.push(SnapshotAccount {
                pages: self.page_hashes(&history).await?,
                account: account.account,
                sequence: account.sequence,
                state: AccountState {
                    kind: account.kind,
                    role: account.role,
                    name: account.name,
                    currency: account.currency,
                    balances: account.balances,
                },
            });
            histories.push(history);
        }
        let key = self.current_key(channel, row.epoch).await?;
        let sealed = Snapshot::seal(&head, standing.time, key.pair(), &fresh_iv()?, &accounts)
            .map_err(Failure::from)?;
        let keys = self.signing.current();
        let signed = sealed
            .sign(keys.head(standing.time)?)
            .map_err(Failure::from)?;
        self.keep_snapshot(channel, head.position(), &key, &histories)
            .await?;
        Ok(SnapshotAnswer {
            snapshot: signed.into(),
            grant: newer(request.epoch, row.epoch).then(|| standing.grant.into()),
            trust: self.newer_trust(request.trust_version),
        })
    }

    /// The hashes of an account's pages. A full page never changes: its hash is remembered.
    async fn page_hashes(&self, history: &History) -> Result<Vec<Hash>, Failure> {
        let mut hashes = Vec::new();
        for page in 1..=history.pages {
            let place = (history.account.clone(), page);
            let full = page < history.pages;
            if let Some(hash) = self.page_hashes.get(&place).filter(|_| full) {
                hashes.push(hash);
                continue;
            }
            let hash = Hash::of(&self.page_content(history, page).await?);
            if full {
                self.page_hashes.put(place, hash);
            }
            hashes.push(hash);
        }
        Ok(hashes)
    }

    async fn page_content(&self, history: &History, page: u64) -> Result<Vec<u8>, Failure> {
        let entries = self
            .core_bank
            .history(&history.account, history.through, page)
            .await?;
        Ok(encode_page(&entries))
    }

    async fn keep_snapshot(
        &self,
        channel: ChannelId,
        at: Position,
        key: &EpochKey,
        histories: &[History],
    ) -> Result<(), Failure> {
        let row = SnapshotRow {
            epoch: key.epoch,
            accounts: self.columns.seal(ACCOUNTS, &encode(histories))?,
        };
        let now = self.now();
        self.database
            .write(async move |tx| Ok(snapshot::put(tx, channel, at, &row, now).await?))
            .await
    }

    /// Page `page` (from 1, oldest first) of `account` as of the snapshot at a position, sealed under that snapshot's
    /// key epoch. Only who has that key can read it. The newest snapshots of a channel are kept.
    pub async fn page(
        &self,
        channel: ChannelId,
        position: Position,
        account: AccountId,
        page: u64,
    ) -> Result<PageAnswer, StatementRefused> {
        let row = self
            .database
            .read(async move |tx| Ok::<_, Failure>(snapshot::find(tx, channel, position).await?))
            .await?
            .ok_or(StatementRefused::SnapshotUnknown)?;
        let histories = self
            .columns
            .open(ACCOUNTS, &row.accounts)
            .map_err(Failure::from)?;
        let history = decode(&histories)
            .map_err(Failure::from)?
            .into_iter()
            .find(|history| history.account == account && (1..=history.pages).contains(&page))
            .ok_or(StatementRefused::PageUnknown)?;
        let content = self.page_content(&history, page).await?;
        let key = self.current_key(channel, row.epoch).await?;
        let sealed = seal_page(
            key.pair(),
            (channel, position),
            (&account, page),
            &fresh_iv()?,
            &content,
        )
        .map_err(Failure::from)?;
        Ok(PageAnswer {
            sealed: sealed.into(),
        })
    }
}

fn encode(histories: &[History]) -> Vec<u8> {
    let rows = histories
        .iter()
        .map(|history| cbor_array![&history.account, history.through, history.pages]);
    cbor::encode(&Value::Array(rows.collect()))
}

fn decode(bytes: &[u8]) -> Result<Vec<History>, ParseError> {
    let rows = Vec::<Value>::from_value(cbor::decode(bytes)?)?;
    let row = |value| {
        let mut fields = Fields::new(Vec::from_value(value)?);
        let history = History {
            account: fields.take()?,
            through: fields.take()?,
            pages: fields.take()?,
        };
        fields.end()?;
        Ok(history)
    };
    rows.into_iter().map(row).collect()
}
