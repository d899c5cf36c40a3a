//! COSE_Encrypt0 (RFC 9052, 5.2), untagged: ChaCha20-Poly1305, the key epoch in the protected header, the IV in the
//! unprotected one.

#[cfg(test)]
mod tests;

use crate::OpenError;
use crate::padding::{pad, unpad};
use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use protocol::ParseError;
use protocol::cbor::{Fields, FromValue as _, Key, Map, Value, Writer, decode};
use types::KeyEpoch;
use zeroize::Zeroizing;

/// An initialisation vector. It must be random and new for each sealing.
pub type Iv = [u8; 12];

/// The protected header `{1: 24, 4: key epoch}` up to the epoch.
const PROTECTED: [u8; 6] = [0xa2, 0x01, 0x18, 0x18, 0x04, 0x44];

fn protected(epoch: KeyEpoch) -> [u8; 10] {
    let mut header = [0; 10];
    let parts = PROTECTED.into_iter().chain(epoch.to_be_bytes());
    header
        .iter_mut()
        .zip(parts)
        .for_each(|(to, from)| *to = from);
    header
}

/// The Enc_structure: the data that is authenticated together with the ciphertext.
fn enc_structure(protected: &[u8], aad: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(aad.len() + 32);
    writer.array(3).text("Encrypt0").bytes(protected).bytes(aad);
    writer.finish()
}

/// Pads and seals `payload` with `key`, bound to `aad`. Refuses a payload that is too long.
pub fn encrypt0(
    key: &[u8; 32],
    epoch: KeyEpoch,
    iv: &Iv,
    aad: &[u8],
    payload: &[u8],
) -> Result<Vec<u8>, OpenError> {
    let mut buffer = pad(payload)?;
    ChaCha20Poly1305::new(key.into())
        .encrypt_in_place(
            &(*iv).into(),
            &enc_structure(&protected(epoch), aad),
            &mut *buffer,
        )
        .map_err(|_| ParseError::TooLong)?;
    let mut writer = Writer::with_capacity(buffer.len() + 40);
    writer.array(3).bytes(&protected(epoch));
    writer.value(&Value::Map(Map::from([(
        Key::Unsigned(5),
        Value::from(iv.as_slice()),
    )])));
    writer.bytes(&buffer);
    Ok(writer.finish())
}

/// Opens what [`encrypt0`] sealed with the same key, epoch and AAD, and removes the padding.
pub fn decrypt0(
    key: &[u8; 32],
    epoch: KeyEpoch,
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let Parts {
        epoch: found,
        iv,
        ciphertext,
    } = parse(sealed)?;
    if found != epoch {
        return Err(OpenError::AnotherEpoch);
    }
    let mut buffer = Zeroizing::new(ciphertext);
    open_in_place(
        key,
        &iv,
        &enc_structure(&protected(epoch), aad),
        &mut buffer,
    )?;
    let payload = unpad(&buffer)?.len();
    buffer.truncate(payload + 1);
    buffer.remove(0);
    Ok(buffer)
}

/// Only the cipher: decrypts `buffer`, which contains ciphertext and tag, in place.
fn open_in_place(
    key: &[u8; 32],
    iv: &Iv,
    authenticated: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<(), OpenError> {
    ChaCha20Poly1305::new(key.into())
        .decrypt_in_place(&(*iv).into(), authenticated, buffer)
        .map_err(|_| OpenError::DoesNotOpen)
}

/// The key epoch in the header. It is not authenticated until the data is opened.
pub fn epoch_of(sealed: &[u8]) -> Result<KeyEpoch, ParseError> {
    parse(sealed).map(|parts| parts.epoch)
}

struct Parts {
    epoch: KeyEpoch,
    iv: Iv,
    ciphertext: Vec<u8>,
}

fn parse(sealed: &[u8]) -> Result<Parts, ParseError> {
    let mut fields = Fields::new(Vec::from_value(decode(sealed)?)?);
    let header: Vec<u8> = fields.take()?;
    let mut unprotected: Map = fields.take()?;
    let ciphertext = fields.take()?;
    fields.end()?;
    let iv = unprotected
        .remove(&Key::Unsigned(5))
        .map(Vec::from_value)
        .transpose()?;
    let iv = iv.and_then(|iv| Iv::try_from(iv).ok());
    match iv {
        Some(iv) if unprotected.is_empty() => Ok(Parts {
            epoch: epoch_in(&header)?,
            iv,
            ciphertext,
        }),
        _ => Err(ParseError::WrongShape(
            "the unprotected header must be `{5: IV}` with 12 bytes",
        )),
    }
}

fn epoch_in(header: &[u8]) -> Result<KeyEpoch, ParseError> {
    if let Some(epoch) = header.strip_prefix(&PROTECTED)
        && let Ok(epoch) = <[u8; 4]>::try_from(epoch)
        && let Ok(epoch) = KeyEpoch::new(u32::from_be_bytes(epoch).into())
    {
        return Ok(epoch);
    }
    decode(header)?;
    Err(ParseError::WrongShape(
        "the protected header must be `{1: 24, 4: key epoch}`",
    ))
}
