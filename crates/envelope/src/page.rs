//! The pages of a snapshot's history.

use crate::encrypt0::{Iv, decrypt0, encrypt0};
use crate::{OpenError, Snapshot};
use protocol::cbor::{FromValue, Value};
use protocol::{Entry, ParseError, cbor, cbor_array};
use thiserror::Error;
use types::{AccountId, ChannelId, Hash, KeyEpoch, MessageKey, Position};

/// How many entries a page has at most.
pub const PAGE_ENTRIES_MAX: usize = 200;

/// Why a page is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PageError {
    /// It does not open, or is no page.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is not the page that the snapshot names.
    #[error("not the page that the snapshot names")]
    AnotherHash,
}

impl PageError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Open(cause) => cause.reason(),
            Self::AnotherHash => "page_of_another_hash",
        }
    }
}

impl From<ParseError> for PageError {
    fn from(error: ParseError) -> Self {
        Self::Open(error.into())
    }
}

/// A page's content, whose hash the snapshot names.
#[must_use]
pub fn encode_page(entries: &[Entry]) -> Vec<u8> {
    cbor::encode(&Value::Array(entries.iter().map(Value::from).collect()))
}

fn aad(channel: ChannelId, at: Position, account: &AccountId, page: u64) -> Vec<u8> {
    cbor::encode(&cbor_array![
        "passbook page",
        1,
        channel,
        at.generation,
        at.number,
        account,
        page
    ])
}

/// Seals a page of the snapshot that was made of `channel` `at` a position, under that snapshot's key epoch. Pages
/// count from 1.
pub fn seal_page(
    (key, epoch): (&MessageKey, KeyEpoch),
    (channel, at): (ChannelId, Position),
    (account, page): (&AccountId, u64),
    iv: &Iv,
    content: &[u8],
) -> Result<Vec<u8>, OpenError> {
    encrypt0(
        key.expose(),
        epoch,
        iv,
        &aad(channel, at, account, page),
        content,
    )
}

/// Opens a page of `snapshot` and compares it with the hash that the snapshot has of it.
pub fn open_page(
    snapshot: &Snapshot,
    key: &MessageKey,
    (account, page): (&AccountId, u64),
    hash: &Hash,
    sealed: &[u8],
) -> Result<Vec<Entry>, PageError> {
    let aad = aad(snapshot.channel, snapshot.position(), account, page);
    let content = decrypt0(key.expose(), snapshot.epoch, &aad, sealed)?;
    if Hash::of(&content) != *hash {
        return Err(PageError::AnotherHash);
    }
    let entries = Vec::<Value>::from_value(cbor::decode(&content).map_err(ParseError::from)?)?;
    if entries.len() > PAGE_ENTRIES_MAX {
        return Err(ParseError::TooLong.into());
    }
    let entries = entries
        .into_iter()
        .map(Entry::from_value)
        .collect::<Result<Vec<_>, _>>()?;
    if entries
        .iter()
        .any(|entry| entry.account.as_ref() != Some(account))
    {
        return Err(ParseError::WrongShape("a page has one account's entries").into());
    }
    Ok(entries)
}
