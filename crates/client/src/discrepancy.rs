//! The discrepancies that a device can find, by name.

use crate::records::Rest;
use envelope::{
    ChainError, CheckpointError, ContentError, EpochError, GrantError, OpenError, SignatureError,
    SnapshotError, TrustError,
};
use protocol::ParseError;
use protocol::cbor::{Fields, Value};
use protocol::cbor_array;
use protocol::http::Finding;
use std::fmt;
use types::{Position, Time};

macro_rules! discrepancies {
    ($($(#[$meta:meta])* $name:ident = $word:literal, $finding:ident, $says:literal;)*) => {
        /// A discrepancy from what the bank signed. Each has a stable word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Discrepancy {
            $($(#[$meta])* $name,)*
        }

        impl Discrepancy {
            const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The finding in a report to the bank.
            #[must_use]
            pub const fn finding(self) -> Finding {
                match self { $(Self::$name => Finding::$finding,)* }
            }

            const fn text(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }
        }
    };
}

discrepancies! {
    /// The bank has numbered a message that the broker did not deliver within 30 s.
    Withheld = "withheld", Withheld, "the broker withholds messages";
    /// The bank has a different message with a number that this device has.
    Contradicted = "contradicted", Contradicted, "the bank has another message under this number";
    /// The bank has fewer messages than this device.
    Below = "below", Below, "the bank has fewer messages than this device";
    /// The broker stays behind this device.
    Ahead = "ahead", Ahead, "the broker stays behind this device";
    /// A message that this device has was delivered again.
    Replayed = "replayed", ChainBroken, "a message was replayed";
    /// A message is missing, or out of order.
    NumberNotNext = "number_not_next", ChainBroken, "a message is missing or out of order";
    /// A message was altered or invented: the bank did not sign its head.
    SignatureInvalid = "signature_invalid", ChainBroken, "a message was altered or invented";
    /// A head is signed by a key that the trust list does not list for this purpose and time.
    KeyNotTrusted = "key_not_trusted", ChainBroken, "a message is signed by a key that is not trusted for it";
    /// A message is older than the previous one.
    TimeGoesBack = "time_goes_back", ChainBroken, "a message is older than the previous one";
    /// A message lacks its body.
    Hole = "hole", Withheld, "a message lacks its body";
    /// The bytes are not a message, or the message does not belong in this channel.
    NotAMessage = "not_a_message", ChainBroken, "the broker sent something that is not a message of this channel";
    /// A stream or an answer violates the protocol's format.
    NotTheProtocol = "not_the_protocol", ChainBroken, "the broker's answer violates the protocol's format";
    /// An entry is under another key epoch than the current one, or an epoch does not increase.
    EpochOutOfOrder = "epoch_out_of_order", ChainBroken, "a key epoch is out of order";
    /// The bank did not sign a grant, or it does not open.
    ForgedGrant = "forged_grant", Unreadable, "the bank did not sign a grant";
    /// A grant is for another epoch, number, channel or device.
    ReplayedGrant = "replayed_grant", Unreadable, "a grant was made for something else";
    /// The bank made a new key without a grant for this device: the device was revoked, and reads nothing new.
    Revoked = "revoked", Unreadable, "this device was not granted the new key";
    /// A checkpoint answers another nonce, or is older than the newest proven time.
    StaleCheckpoint = "stale_checkpoint", ChainBroken, "a checkpoint is stale";
    /// The bank did not sign a checkpoint.
    ForgedCheckpoint = "forged_checkpoint", ChainBroken, "the bank did not sign a checkpoint";
    /// The broker names a new generation and no checkpoint does.
    GenerationWithoutCheckpoint = "generation_without_checkpoint", ChainBroken, "a new generation without a checkpoint that names it";
    /// A generation before the device's.
    GenerationGoesBack = "generation_goes_back", ChainBroken, "a generation goes back";
    /// The bank did not sign a snapshot, or it does not open.
    ForgedSnapshot = "forged_snapshot", Unreadable, "the bank did not sign a snapshot";
    /// A snapshot lacks entries of the same books that the bank sent before.
    BooksWentBack = "books_went_back", BooksWentBack, "the bank's books are older than entries that it sent";
    /// A page of history differs from the one that the snapshot names.
    AlteredPage = "altered_page", Unreadable, "a page of history was altered";
    /// No root of the bank signed a trust list, or it is an older list, or a different one of the same version.
    ForgedTrustList = "forged_trust_list", ChainBroken, "a trust list is not the bank's newest";
    /// The trust list has expired and proves nothing new.
    TrustListExpired = "trust_list_expired", ChainBroken, "the trust list has expired";
    /// A body does not open with the key of its epoch.
    BodyUnreadable = "body_unreadable", Unreadable, "an entry does not open";
    /// A body opens and is not an entry.
    BodyNotAnEntry = "body_not_an_entry", Unreadable, "an opened body is not an entry";
    /// An account's or the customer's own events have a gap.
    SequenceGap = "sequence_gap", Unreadable, "the events of an account or of the customer have a gap";
    /// A discrepancy that a newer version of the app found, and that this version does not know.
    Unknown = "unknown", Unreadable, "something was found by a newer version of this app";
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A discrepancy, with the position and the check that found it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} ({reason}, at {at})")]
pub struct Found {
    /// The discrepancy.
    pub what: Discrepancy,
    /// The check that failed, a stable word.
    pub reason: String,
    /// The device's position in the channel.
    pub at: Position,
    /// The time, by the device's clock.
    pub time: Time,
    /// Whether the bank accepted the report.
    pub reported: bool,
    /// Whether the device has since read the bank's own statement and continued from it.
    pub resolved: bool,
    pub(crate) kept: Kept,
}

/// The stored form of a discrepancy, including that of a newer version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Kept {
    /// Its word, if this version does not know it.
    word: Option<String>,
    rest: Rest,
}

impl From<&Found> for Value {
    fn from(found: &Found) -> Self {
        let word = found.kept.word.as_deref();
        found.kept.rest.after(cbor_array![
            word.unwrap_or(found.what.as_str()),
            found.reason.as_str(),
            found.at.generation,
            found.at.number,
            found.time,
            found.reported,
            found.resolved,
        ])
    }
}

impl protocol::cbor::FromValue for Found {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        let mut fields = Fields::new(Vec::from_value(value)?);
        let word: String = fields.take()?;
        let mut all = Discrepancy::ALL.iter().copied();
        let what = all.find(|what| what.as_str() == word);
        Ok(Self {
            what: what.unwrap_or(Discrepancy::Unknown),
            reason: fields.take()?,
            at: Position::new(fields.take()?, fields.take()?),
            time: fields.take()?,
            reported: fields.take()?,
            resolved: fields.take()?,
            kept: Kept {
                word: what.is_none().then_some(word),
                rest: Rest::of(fields),
            },
        })
    }
}

/// The remedy for a discrepancy, apart from the report to the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// None: the discrepancy did no harm, or nothing helps.
    None,
    /// The next valid statement of the bank resolves it.
    Statement,
    /// A snapshot replaces the unreadable entries. The position stays.
    Snapshot,
    /// A snapshot, from which the device continues: the broker's messages after the position must not be used.
    Restart,
}

impl Discrepancy {
    pub(crate) const fn remedy(self) -> Remedy {
        match self {
            Self::Replayed | Self::Revoked => Remedy::None,
            Self::Below
            | Self::Ahead
            | Self::StaleCheckpoint
            | Self::ForgedCheckpoint
            | Self::ForgedSnapshot
            | Self::AlteredPage
            | Self::ForgedTrustList => Remedy::Statement,
            // No snapshot of these books is adopted. The next one that contains the entries resolves it.
            Self::BooksWentBack => Remedy::Snapshot,
            Self::ForgedGrant
            | Self::ReplayedGrant
            | Self::BodyUnreadable
            | Self::BodyNotAnEntry
            | Self::SequenceGap => Remedy::Snapshot,
            Self::Withheld
            | Self::Contradicted
            | Self::NumberNotNext
            | Self::SignatureInvalid
            | Self::KeyNotTrusted
            | Self::TimeGoesBack
            | Self::Hole
            | Self::NotAMessage
            | Self::NotTheProtocol
            | Self::EpochOutOfOrder
            | Self::GenerationWithoutCheckpoint
            | Self::GenerationGoesBack
            | Self::TrustListExpired
            | Self::Unknown => Remedy::Restart,
        }
    }
}

/// The discrepancy of a failed check, and the check's word.
pub(crate) type Named = (Discrepancy, &'static str);

/// Verification errors with a stable word.
pub(crate) trait Name {
    fn name(&self) -> Named;
}

/// A statement whose signature fails. `else_what` is the discrepancy of all other errors.
fn signature(error: &SignatureError, what: Discrepancy) -> Named {
    (what, error.reason())
}

impl Name for ChainError {
    fn name(&self) -> Named {
        let what = match self {
            Self::NumberNotNext => Discrepancy::NumberNotNext,
            Self::TimeGoesBack => Discrepancy::TimeGoesBack,
            Self::HoleWithoutReason => Discrepancy::Hole,
            Self::ExpiresNotYet | Self::KindOfAnotherChannel => Discrepancy::NotAMessage,
            Self::ChainBroken => Discrepancy::SignatureInvalid,
            Self::Signature(
                SignatureError::UnknownKey
                | SignatureError::KeyOfAnotherPurpose
                | SignatureError::KeyNotValidThen,
            ) => Discrepancy::KeyNotTrusted,
            Self::Signature(_) => Discrepancy::SignatureInvalid,
        };
        (what, self.reason())
    }
}

impl Name for EpochError {
    fn name(&self) -> Named {
        let what = match self {
            Self::Parse(_) => Discrepancy::NotAMessage,
            Self::DoesNotGrow | Self::AnotherEpoch => Discrepancy::EpochOutOfOrder,
            Self::Hole => Discrepancy::Hole,
        };
        (what, self.reason())
    }
}

impl Name for GrantError {
    fn name(&self) -> Named {
        let what = match self {
            Self::GrantOfAnother => Discrepancy::ReplayedGrant,
            _ => Discrepancy::ForgedGrant,
        };
        (what, self.reason())
    }
}

impl Name for CheckpointError {
    fn name(&self) -> Named {
        match self {
            Self::Signature(error) => signature(error, Discrepancy::ForgedCheckpoint),
            Self::StaleNonce | Self::TimeGoesBack => (Discrepancy::StaleCheckpoint, self.reason()),
            Self::GenerationGoesBack => (Discrepancy::GenerationGoesBack, self.reason()),
        }
    }
}

impl Name for SnapshotError {
    fn name(&self) -> Named {
        let what = match self {
            Self::GenerationGoesBack => Discrepancy::GenerationGoesBack,
            _ => Discrepancy::ForgedSnapshot,
        };
        (what, self.reason())
    }
}

impl Name for ContentError {
    fn name(&self) -> Named {
        (Discrepancy::ForgedSnapshot, self.reason())
    }
}

impl Name for TrustError {
    fn name(&self) -> Named {
        let what = match self {
            Self::Expired => Discrepancy::TrustListExpired,
            _ => Discrepancy::ForgedTrustList,
        };
        (what, self.reason())
    }
}

impl Name for OpenError {
    fn name(&self) -> Named {
        (Discrepancy::BodyUnreadable, self.reason())
    }
}
