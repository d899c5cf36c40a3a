//! Everything that the bank signs or seals, and how devices verify and open it: messages, heads, grants, checkpoints,
//! snapshots, the trust list.
//!
//! `docs/protocol.md` defines the formats. Invariants: keys, IVs, random generators and times are parameters; nothing
//! here reads a clock or draws random bytes. All signed or authenticated data begins with its purpose and version, so
//! one kind of statement is never accepted as another. Secrets are wiped when dropped and never printed.
//!
//! ```
//! use envelope::{Signer as _, SoftwareKey};
//! let key = SoftwareKey::from_bytes(&[7; 32]).unwrap();
//! let signature = key.sign(b"statement").unwrap();
//! assert!(envelope::es256::verify(key.public_key(), b"statement", &signature));
//! assert!(!envelope::es256::verify(key.public_key(), b"another", &signature));
//! ```

mod activation_code;
mod attestation_challenge;
mod chain;
mod checkpoint;
mod comparison;
mod content;
mod content_error;
mod decapsulation;
mod derive;
mod device_statement;
mod encrypt0;
mod enrolment;
mod entry;
mod epochs;
pub mod es256;
mod event;
mod filler;
mod grant;
mod hmac_sha256;
mod item;
pub mod merkle;
mod open_error;
mod package;
mod padding;
mod page;
mod part;
#[cfg(test)]
mod published;
mod rekey;
mod sign1;
mod signature_error;
mod snapshot;
mod software_key;
mod trust;

pub use activation_code::{ActivationCode, NotACode};
pub use attestation_challenge::AttestationChallenge;
pub use chain::{ChainError, Head, Run, first_hash, link_hash, verify_backwards, verify_forwards};
pub use checkpoint::{Checkpoint, CheckpointError, Judgement};
pub use comparison::Comparison;
pub use content_error::ContentError;
pub use decapsulation::HpkeReceiver;
pub use device_statement::DeviceStatement;
pub use encrypt0::{Iv, decrypt0, encrypt0, epoch_of};
pub use enrolment::{Enrolment, EnrolmentError};
pub use entry::{open_entry, seal_entry};
pub use epochs::{EpochError, follow_epoch};
pub use es256::{Signer, SigningFailed};
pub use event::{EventError, RelayKeys, event_id_hash};
pub use grant::{GrantError, GrantFor, GrantTerms, GrantToOpen, seal_grant};
pub use hmac_sha256::HmacSha256;
pub use item::{AccountState, History, ITEM_BYTES_MAX, Item, ItemState, Section};
pub use open_error::OpenError;
pub use package::{
    AnswerMac, CLIENT_SESSION_MS, ClientSession, ClientSessionError, PackageMac, ServerKey,
    StackKey,
};
pub use padding::{PADDED_BYTES_MAX, pad, unpad};
pub use page::{PAGE_ENTRIES_MAX, PageFiller, open_page, page_hash, read_page, seal_page};
pub use part::{
    PART_ITEMS_MAX, PartFiller, PartsReader, Salt, open_part, part_hash, read_part, seal_part,
};
pub use rekey::open_rekey;
pub use sign1::Sign1;
pub use signature_error::SignatureError;
pub use snapshot::{HeadProof, Snapshot, SnapshotError};
pub use software_key::{NotAKey, SoftwareKey};
pub use trust::{Purpose, TrustError, TrustList, TrustedKey, root_fingerprint};
