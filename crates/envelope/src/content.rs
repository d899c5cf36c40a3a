//! Sealing that parts and pages share: the content together with its Merkle proof.

use crate::encrypt0::{Iv, decrypt0, encrypt0};
use crate::{ContentError, OpenError};
use protocol::cbor::{Fields, FromValue, Value};
use protocol::{cbor, cbor_array};
use types::{Hash, KeyEpoch, MessageKey};

/// Seals `[content, [proof's hashes]]`.
pub(crate) fn seal_content(
    (key, epoch): (&MessageKey, KeyEpoch),
    aad: &[u8],
    iv: &Iv,
    content: &[u8],
    proof: &[Hash],
) -> Result<Vec<u8>, OpenError> {
    let proof: Vec<Value> = proof.iter().map(|hash| (*hash).into()).collect();
    let sealed = cbor::encode(&cbor_array![content, proof]);
    encrypt0(key.expose(), epoch, iv, aad, &sealed)
}

/// Opens what [`seal_content`] sealed. Returns the content and its proof, which the caller must verify.
pub(crate) fn open_content(
    key: &MessageKey,
    epoch: KeyEpoch,
    aad: &[u8],
    sealed: &[u8],
) -> Result<(Vec<u8>, Vec<Hash>), ContentError> {
    let opened = decrypt0(key.expose(), epoch, aad, sealed)?;
    let mut fields = Fields::new(Vec::from_value(cbor::decode(&opened)?)?);
    let (content, proof) = (fields.take()?, fields.take::<Vec<Value>>()?);
    fields.end()?;
    let proof = proof
        .into_iter()
        .map(Hash::from_value)
        .collect::<Result<_, _>>()?;
    Ok((content, proof))
}
