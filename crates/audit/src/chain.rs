//! The records' chain.

use crate::{Act, Subject};
use protocol::cbor::{self, Fields, FromValue as _, Key, Map, Value};
use protocol::{ParseError, cbor_array};
use thiserror::Error;
use types::Hash;

const PURPOSE: &str = "passbook audit";

/// The newest record of a chain: its number and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number; 0 before the first.
    pub number: u64,
    /// SHA-256 of its encoding; zeros before the first.
    pub hash: Hash,
}

impl Head {
    /// Before the first record.
    pub const START: Head = Head {
        number: 0,
        hash: Hash::ZERO,
    };

    /// The record of `act` behind this head.
    #[must_use]
    pub fn link(&self, act: &Act) -> Linked {
        let record = Record {
            number: self.number.saturating_add(1),
            previous: self.hash,
            act: act.clone(),
        };
        let bytes = record.encode();
        Linked {
            head: Head {
                number: record.number,
                hash: Hash::of(&bytes),
            },
            bytes,
        }
    }

    /// The head that the record `bytes` makes, which must follow from this one.
    pub fn follow(self, bytes: &[u8]) -> Result<Head, Broken> {
        let number = self.number.saturating_add(1);
        let broken = |reason| Broken { number, reason };
        let record = Record::parse(bytes).map_err(|error| broken(error.into()))?;
        if record.number != number {
            return Err(broken(BrokenReason::OutOfOrder {
                found: record.number,
            }));
        }
        if record.previous != self.hash {
            return Err(broken(BrokenReason::DoesNotFollow));
        }
        Ok(Head {
            number,
            hash: Hash::of(bytes),
        })
    }
}

/// A record ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    head: Head,
    bytes: Vec<u8>,
}

impl Linked {
    /// Its number and hash: the chain's head once it is stored.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Its encoding.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A record as it is stored: CBOR of
/// `["passbook audit", 1, number, previous hash, time, actor, action, [[kind, id] …], {name: detail}]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Counts from 1.
    pub number: u64,
    /// The hash of the record before; zeros for the first.
    pub previous: Hash,
    /// What was done.
    pub act: Act,
}

impl Record {
    /// The record's one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let subjects = self
            .act
            .subjects
            .iter()
            .map(|subject| cbor_array![subject.kind.as_str(), subject.id.as_str()])
            .collect::<Vec<_>>();
        let details: Map = self
            .act
            .details
            .iter()
            .map(|(name, detail)| (Key::from(name.as_str()), Value::from(detail.as_str())))
            .collect();
        cbor::encode(&cbor_array![
            PURPOSE,
            1,
            self.number,
            self.previous,
            self.act.time,
            self.act.actor.as_str(),
            self.act.action.as_str(),
            subjects,
            details,
        ])
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut fields = Fields::of_statement(bytes, PURPOSE, 1)?;
        let record = Self {
            number: fields.take()?,
            previous: fields.take()?,
            act: Act {
                time: fields.take()?,
                actor: fields.take()?,
                action: fields.take()?,
                subjects: fields
                    .take::<Vec<Value>>()?
                    .into_iter()
                    .map(subject)
                    .collect::<Result<_, _>>()?,
                details: fields
                    .take::<Map>()?
                    .into_iter()
                    .map(detail)
                    .collect::<Result<_, _>>()?,
            },
        };
        fields.end()?;
        Ok(record)
    }
}

fn subject(value: Value) -> Result<Subject, ParseError> {
    let mut fields = Fields::new(Vec::from_value(value)?);
    let subject = Subject {
        kind: fields.take()?,
        id: fields.take()?,
    };
    fields.end()?;
    Ok(subject)
}

fn detail((name, detail): (Key, Value)) -> Result<(String, String), ParseError> {
    match name {
        Key::Text(name) => Ok((name, String::from_value(detail)?)),
        _ => Err(ParseError::WrongShape("a detail's name is a text")),
    }
}

/// The first record of a chain that is not what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("audit record {number} is broken")]
pub struct Broken {
    /// The number that a whole record would have there.
    pub number: u64,
    /// What is wrong.
    #[source]
    pub reason: BrokenReason,
}

/// What is wrong with a record of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BrokenReason {
    /// It does not read.
    #[error("it is no audit record")]
    Unreadable(#[from] ParseError),
    /// One is missing, repeated or out of order.
    #[error("record {found} is in its place")]
    OutOfOrder {
        /// The number found.
        found: u64,
    },
    /// It or the one before was changed.
    #[error("it does not follow from the record before")]
    DoesNotFollow,
    /// It is kept under a number or a hash that is not its own: one of the two was changed.
    #[error("it is kept under another's number or hash")]
    KeptUnderAnother,
}

/// Verifies stored records, oldest first, and answers the head that they make. Whether the newest are missing only that
/// head can tell, to someone who kept an earlier one.
pub fn verify<B: AsRef<[u8]>>(records: impl IntoIterator<Item = B>) -> Result<Head, Broken> {
    records
        .into_iter()
        .try_fold(Head::START, |head, bytes| head.follow(bytes.as_ref()))
}
