//! Seals and opens the body of an entry's message.

use crate::encrypt0::{Iv, decrypt0, encrypt0};
use crate::open_error::OpenError;
use protocol::{cbor, cbor_array};
use types::{ChannelId, KeyEpoch, MessageKey, Position};
use zeroize::Zeroizing;

fn aad(channel: ChannelId, at: Position) -> Vec<u8> {
    cbor::encode(&cbor_array![
        "passbook entry",
        1,
        channel,
        at.generation,
        at.number
    ])
}

/// Seals an entry's map for one position in the channel.
pub fn seal_entry(
    (key, epoch): (&MessageKey, KeyEpoch),
    channel: ChannelId,
    at: Position,
    iv: &Iv,
    entry: &[u8],
) -> Result<Vec<u8>, OpenError> {
    encrypt0(key.expose(), epoch, iv, &aad(channel, at), entry)
}

/// Opens a body that was sealed for this position. The caller parses the result with [`protocol::Entry::parse`].
pub fn open_entry(
    (key, epoch): (&MessageKey, KeyEpoch),
    channel: ChannelId,
    at: Position,
    body: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    decrypt0(key.expose(), epoch, &aad(channel, at), body)
}
