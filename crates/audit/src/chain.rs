//! The hash chain of audit records.

use crate::{Act, Subject};
use protocol::cbor::{self, Fields, FromValue as _, Key, Map, Value};
use protocol::{ParseError, cbor_array};
use thiserror::Error;
use types::Hash;

const PURPOSE: &str = "passbook audit";

/// The head of a chain: the number and the hash of its newest record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// Number of the newest record; 0 before the first.
    pub number: u64,
    /// SHA-256 of the newest record's encoding; zeros before the first.
    pub hash: Hash,
}

impl AuditHead {
    /// The head before the first record.
    pub const START: AuditHead = AuditHead {
        number: 0,
        hash: Hash::ZERO,
    };

    /// Makes the next record, for `act`.
    #[must_use]
    pub fn link(&self, act: &Act) -> Linked {
        let record = Record {
            number: self.number.saturating_add(1),
            previous: self.hash,
            act: act.clone(),
        };
        let bytes = record.encode();
        Linked {
            head: AuditHead {
                number: record.number,
                hash: Hash::of(&bytes),
            },
            bytes,
        }
    }

    /// Checks that the record in `bytes` follows this head, and returns the new head.
    pub fn follow(self, bytes: &[u8]) -> Result<AuditHead, Broken> {
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
        Ok(AuditHead {
            number,
            hash: Hash::of(bytes),
        })
    }
}

/// A record that is linked to its chain and can be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    head: AuditHead,
    bytes: Vec<u8>,
}

impl Linked {
    /// Its number and hash. They become the chain's head when the record is stored.
    #[must_use]
    pub const fn head(&self) -> AuditHead {
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
    /// The record's number, from 1.
    pub number: u64,
    /// The hash of the previous record; zeros for the first.
    pub previous: Hash,
    /// The act.
    pub act: Act,
}

impl Record {
    /// The record's only encoding.
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

    /// Parses what [`encode`](Self::encode) wrote.
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
        _ => Err(ParseError::WrongShape("a detail's name must be a text")),
    }
}

/// The first record that breaks the chain.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("audit record {number} is broken")]
pub struct Broken {
    /// The number that the record at this position must have.
    pub number: u64,
    /// Why the record is refused.
    #[source]
    pub reason: BrokenReason,
}

/// Why a record of a chain is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BrokenReason {
    /// The bytes are not an audit record.
    #[error("it is not an audit record")]
    Unreadable(#[from] ParseError),
    /// A record is missing, repeated or out of order.
    #[error("record {found} was found instead")]
    OutOfOrder {
        /// The number that was found.
        found: u64,
    },
    /// The record or the one before it was changed.
    #[error("it does not follow from the previous record")]
    DoesNotFollow,
    /// The table stores the record under a number or hash that is not the record's: one of the two was changed.
    #[error("its number or hash in the table is not its own")]
    KeptUnderAnother,
}

/// Verifies stored records, oldest first, and returns their head. Verification cannot see whether the newest records
/// are missing: compare the returned head with one that was recorded earlier.
pub fn verify<B: AsRef<[u8]>>(records: impl IntoIterator<Item = B>) -> Result<AuditHead, Broken> {
    records
        .into_iter()
        .try_fold(AuditHead::START, |head, bytes| head.follow(bytes.as_ref()))
}
