//! What a device can find wrong, by name.

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
        /// What does not agree with what the bank signed. Each has a stable word.
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

            /// As a report to the bank has it.
            #[must_use]
            pub const fn finding(self) -> Finding {
                match self { $(Self::$name => Finding::$finding,)* }
            }

            const fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }
        }
    };
}

discrepancies! {
    /// The bank has numbered a message that the broker did not give within 30 s.
    Withheld = "withheld", Withheld, "the broker withholds messages";
    /// The bank has another message under a number that this device has.
    Contradicted = "contradicted", Contradicted, "the bank has another message under this number";
    /// The bank remembers less than this device has.
    Below = "below", Below, "the bank remembers less than this device";
    /// The broker stays behind this device.
    Ahead = "ahead", Ahead, "the broker stays behind this device";
    /// A message that this device has was given again.
    Replayed = "replayed", ChainBroken, "a message was replayed";
    /// A message was left out, or came out of order.
    NumberNotNext = "number_not_next", ChainBroken, "a message is missing or out of order";
    /// A message that was altered or invented: the bank did not sign the head that it makes.
    SignatureInvalid = "signature_invalid", ChainBroken, "a message was altered or invented";
    /// A head signed by a key that the bank does not list for it and for that time.
    KeyNotTrusted = "key_not_trusted", ChainBroken, "a message is signed by a key that is not trusted for it";
    /// A message is older than the one before it.
    TimeGoesBack = "time_goes_back", ChainBroken, "a message is older than the one before it";
    /// A message lacks its body.
    Hole = "hole", Withheld, "a message lacks its body";
    /// Bytes that are no message, or a message that does not belong in this channel.
    NotAMessage = "not_a_message", ChainBroken, "what the broker gave is no message of this channel";
    /// A stream or an answer that is not in the protocol's form.
    NotTheProtocol = "not_the_protocol", ChainBroken, "what the broker said is not in the protocol's form";
    /// An entry under another key epoch than the current one, or an epoch that does not grow.
    EpochOutOfOrder = "epoch_out_of_order", ChainBroken, "a key epoch is out of order";
    /// A grant that the bank did not sign, or that does not open.
    ForgedGrant = "forged_grant", Unreadable, "a grant is not the bank's";
    /// A grant of another epoch, number, channel or device.
    ReplayedGrant = "replayed_grant", Unreadable, "a grant was made for something else";
    /// The bank made a new key and did not grant it to this device: it was removed, and reads nothing new.
    Revoked = "revoked", Unreadable, "this device was not granted the new key";
    /// A checkpoint that answers another nonce or is older than what is proven.
    StaleCheckpoint = "stale_checkpoint", ChainBroken, "a checkpoint is stale";
    /// A checkpoint that the bank did not sign.
    ForgedCheckpoint = "forged_checkpoint", ChainBroken, "a checkpoint is not the bank's";
    /// The broker names a new generation and no checkpoint does.
    GenerationWithoutCheckpoint = "generation_without_checkpoint", ChainBroken, "a new generation without a checkpoint that says so";
    /// A generation before the one that this device is in.
    GenerationGoesBack = "generation_goes_back", ChainBroken, "a generation goes back";
    /// A snapshot that the bank did not sign, or that does not open.
    ForgedSnapshot = "forged_snapshot", Unreadable, "a snapshot is not the bank's";
    /// A snapshot lacks what the bank has told of the same books.
    BooksWentBack = "books_went_back", BooksWentBack, "the bank's books are older than what it has told";
    /// A page of history that is not the one that the snapshot names.
    AlteredPage = "altered_page", Unreadable, "a page of history was altered";
    /// A trust list that no root of the bank signed, or an older one, or another of the same version.
    ForgedTrustList = "forged_trust_list", ChainBroken, "a trust list is not the bank's newest";
    /// The trust list has expired and proves nothing new.
    TrustListExpired = "trust_list_expired", ChainBroken, "the trust list has expired";
    /// A body that does not open with the key of its epoch.
    BodyUnreadable = "body_unreadable", Unreadable, "an entry does not open";
    /// A body that opens and is no entry.
    BodyNotAnEntry = "body_not_an_entry", Unreadable, "what was opened is no entry";
    /// An account's events have a gap.
    SequenceGap = "sequence_gap", Unreadable, "an account's events have a gap";
    /// What a newer version of the app has found, and this one does not know.
    Unknown = "unknown", Unreadable, "something was found by a newer version of this app";
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.says())
    }
}

/// A discrepancy, where it was found and by which check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} ({reason}, at {at})")]
pub struct Found {
    /// What.
    pub what: Discrepancy,
    /// The check that failed, a stable word.
    pub reason: String,
    /// Where in the channel the device was.
    pub at: Position,
    /// When, by the device's clock.
    pub time: Time,
    /// Whether the bank took the report.
    pub reported: bool,
    /// Whether the device has since read the bank's own statement and goes on from there.
    pub resolved: bool,
    pub(crate) kept: Kept,
}

/// What a newer version wrote of a discrepancy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Kept {
    /// Its word, where this version has none for it.
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

/// What is done about a discrepancy, apart from telling the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Nothing: what was found did no harm, or nothing helps.
    None,
    /// The next good statement of the bank settles it.
    Statement,
    /// A snapshot tells what could not be read; the position stays.
    Snapshot,
    /// A snapshot, and the device goes on from there: what the broker gave after its position is not to be used.
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
            // No snapshot of these books is taken; the next one that contains what was told settles it.
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

/// What a failed check is called, and which check it was.
pub(crate) type Named = (Discrepancy, &'static str);

/// Errors of verification that have a name.
pub(crate) trait Name {
    fn name(&self) -> Named;
}

/// A signature that fails on a statement about which `else_what` is said.
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
