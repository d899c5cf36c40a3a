//! The bank's statement of everything a customer holds, as of a number.

use crate::encrypt0::{Iv, decrypt0, encrypt0};
use crate::sign1::Sign1;
use crate::{Head, OpenError, Purpose, SignatureError, Signer, SigningFailed, TrustList};
use protocol::cbor::{Fields, FromValue, Key, Map, Value};
use protocol::{ParseError, cbor, cbor_array};
use thiserror::Error;
use types::{
    AccountId, AccountKind, Balances, ChannelId, Currency, Generation, Hash, KeyEpoch, MessageKey,
    Number, Position, Role, Sequence, Time,
};

const PURPOSE: &str = "passbook snapshot";
const SEALED_PURPOSE: &str = "passbook snapshot sealed";

/// What the bank knows of an account, for one of its holders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// 0: what it is.
    pub kind: AccountKind,
    /// 1: in which role the customer holds it.
    pub role: Role,
    /// 2: what it is called.
    pub name: String,
    /// 3: what it is kept in.
    pub currency: Currency,
    /// 7: its balances.
    pub balances: Balances,
}

/// An account in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotAccount {
    /// The account.
    pub account: AccountId,
    /// Its state.
    pub state: AccountState,
    /// The last event that the state contains; 0 where there was none.
    pub sequence: Sequence,
    /// The hashes of its history's pages, oldest first.
    pub pages: Vec<Hash>,
}

/// Why a snapshot is refused, or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// The bank did not sign it for this channel.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl SnapshotError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Signature(cause) => cause.reason(),
            Self::Open(cause) => cause.reason(),
        }
    }
}

impl From<ParseError> for SnapshotError {
    fn from(error: ParseError) -> Self {
        Self::Signature(error.into())
    }
}

impl From<SigningFailed> for SnapshotError {
    fn from(error: SigningFailed) -> Self {
        Self::Signature(error.into())
    }
}

/// A snapshot: signed, its content sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The channel.
    pub channel: ChannelId,
    /// Its generation.
    pub generation: Generation,
    /// The number as of which it is: entries after it are not in it, or are told apart by their sequence.
    pub number: Number,
    /// H(number).
    pub hash: Hash,
    /// When it was made.
    pub time: Time,
    /// Under which key epoch it and its pages are sealed.
    pub epoch: KeyEpoch,
    sealed: Vec<u8>,
}

fn sealed_aad(channel: ChannelId, at: Position) -> Vec<u8> {
    cbor::encode(&cbor_array![
        SEALED_PURPOSE,
        1,
        channel,
        at.generation,
        at.number
    ])
}

impl Snapshot {
    /// Seals the accounts as of `head`, at `time`.
    pub fn seal(
        head: &Head,
        time: Time,
        (key, epoch): (&MessageKey, KeyEpoch),
        iv: &Iv,
        accounts: &[SnapshotAccount],
    ) -> Result<Self, SnapshotError> {
        let content = encode_accounts(accounts);
        let sealed = encrypt0(
            key.expose(),
            epoch,
            iv,
            &sealed_aad(head.channel, head.position()),
            &content,
        )?;
        Ok(Self {
            channel: head.channel,
            generation: head.generation,
            number: head.number,
            hash: head.hash,
            time,
            epoch,
            sealed,
        })
    }

    /// What is signed.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        cbor::encode(&cbor_array![
            PURPOSE,
            1,
            self.channel,
            self.generation,
            self.number,
            self.hash,
            self.time,
            self.epoch,
            self.sealed.as_slice(),
        ])
    }

    /// Signs it by the head key.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SigningFailed> {
        Sign1::sign_embedded(signer, &self.payload())
    }

    /// Reads and verifies one of `channel`.
    pub fn verify(
        bytes: &[u8],
        channel: ChannelId,
        trust: &TrustList,
    ) -> Result<Self, SnapshotError> {
        let sign1 = Sign1::parse(bytes)?;
        let mut fields = Fields::of_statement(sign1.embedded()?, PURPOSE, 1)?;
        let snapshot = Self {
            channel: fields.take()?,
            generation: fields.take()?,
            number: fields.take()?,
            hash: fields.take()?,
            time: fields.take()?,
            epoch: fields.take()?,
            sealed: fields.take()?,
        };
        fields.end()?;
        trust.verify(&sign1, Purpose::Head, snapshot.time)?;
        if snapshot.channel != channel {
            return Err(SignatureError::AnotherChannel.into());
        }
        Ok(snapshot)
    }

    /// As of where it is.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position::new(self.generation, self.number)
    }

    /// The head that it begins at; its time is the snapshot's, which no later message is below.
    #[must_use]
    pub const fn head(&self, time: Time) -> Head {
        Head {
            channel: self.channel,
            generation: self.generation,
            number: self.number,
            hash: self.hash,
            time,
        }
    }

    /// Opens the accounts with the message key of its epoch.
    pub fn open(&self, key: &MessageKey) -> Result<Vec<SnapshotAccount>, OpenError> {
        let aad = sealed_aad(self.channel, self.position());
        let content = decrypt0(key.expose(), self.epoch, &aad, &self.sealed)?;
        let accounts = Vec::<Value>::from_value(cbor::decode(&content)?)?;
        Ok(accounts
            .into_iter()
            .map(account)
            .collect::<Result<_, _>>()?)
    }
}

fn encode_accounts(accounts: &[SnapshotAccount]) -> Vec<u8> {
    let rows = accounts.iter().map(|row| {
        let pages: Vec<Value> = row.pages.iter().map(|hash| (*hash).into()).collect();
        cbor_array![&row.account, state_map(&row.state), row.sequence, pages]
    });
    cbor::encode(&Value::Array(rows.collect()))
}

fn state_map(state: &AccountState) -> Map {
    let mut map = Map::from([
        (Key::Unsigned(0), state.kind.as_str().into()),
        (Key::Unsigned(1), Value::from(&state.role)),
        (Key::Unsigned(2), state.name.as_str().into()),
        (Key::Unsigned(3), state.currency.as_str().into()),
    ]);
    if !state.balances.is_empty() {
        map.insert(Key::Unsigned(7), Value::from(&state.balances));
    }
    map
}

fn account(value: Value) -> Result<SnapshotAccount, ParseError> {
    let mut fields = Fields::new(Vec::from_value(value)?);
    let account = fields.take()?;
    let state = account_state(fields.take()?)?;
    let sequence = fields.take()?;
    let pages = fields.take::<Vec<Value>>()?;
    fields.end()?;
    let pages = pages
        .into_iter()
        .map(Hash::from_value)
        .collect::<Result<_, _>>()?;
    Ok(SnapshotAccount {
        account,
        state,
        sequence,
        pages,
    })
}

/// Keys that this version does not know are left out: a snapshot is read, never written back.
fn account_state(mut map: Map) -> Result<AccountState, ParseError> {
    let mut text = |key: u64| {
        map.remove(&Key::Unsigned(key))
            .ok_or(ParseError::WrongShape("an account's state lacks a key"))
            .and_then(String::from_value)
    };
    const WORD: ParseError =
        ParseError::WrongShape("an account's state has a kind, a role and a currency");
    Ok(AccountState {
        kind: text(0)?.parse().map_err(|_| WORD)?,
        role: text(1)?.parse().map_err(|_| WORD)?,
        name: text(2)?,
        currency: text(3)?.parse().map_err(|_| WORD)?,
        balances: match map.remove(&Key::Unsigned(7)) {
            Some(balances) => Balances::from_value(balances)?,
            None => Balances::new(),
        },
    })
}
