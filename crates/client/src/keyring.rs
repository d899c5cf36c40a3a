//! The message keys granted to the device, by epoch.

use crate::records::{self, Rest};
use crate::seal::SealedError;
use protocol::ParseError;
use protocol::cbor::{Fields, FromValue as _, Value, Writer};
use std::collections::BTreeMap;
use types::{KeyEpoch, MessageKey};
use zeroize::Zeroizing;

/// The size of a key's row: head of the array, epoch, head of the bytes, and the bytes.
const ROW_BYTES_MAX: usize = 1 + 9 + 2 + 32;

/// The message keys by epoch. Old ones stay, because history and waiting messages are sealed under them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keyring {
    keys: BTreeMap<KeyEpoch, MessageKey>,
    rest: Rest,
}

impl Keyring {
    pub(crate) fn get(&self, epoch: KeyEpoch) -> Option<&MessageKey> {
        self.keys.get(&epoch)
    }

    pub(crate) fn insert(&mut self, epoch: KeyEpoch, key: MessageKey) {
        self.keys.insert(epoch, key);
    }

    pub(crate) fn newest(&self) -> Option<KeyEpoch> {
        self.keys.keys().next_back().copied()
    }

    /// Encodes into one buffer of the final size, which is wiped.
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let rest = self.rest.encode();
        let length = 16 + self.keys.len() * ROW_BYTES_MAX + rest.len();
        let mut writer = Writer::with_capacity(length);
        let fields = 2 + self.rest.len();
        writer.array(fields).unsigned(1).array(self.keys.len());
        for (epoch, key) in &self.keys {
            writer.array(2).unsigned(epoch.get()).bytes(key.expose());
        }
        let mut bytes = Zeroizing::new(writer.finish());
        bytes.extend_from_slice(&rest);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = records::fields(bytes)?;
        let rows: Vec<Value> = fields.take()?;
        let rest = Rest::of(fields);
        let keys = rows.into_iter().map(row).collect::<Result<_, _>>()?;
        Ok(Self { keys, rest })
    }
}

fn row(value: Value) -> Result<(KeyEpoch, MessageKey), ParseError> {
    let mut fields = Fields::new(Vec::from_value(value)?);
    let epoch = fields.take()?;
    let key = Zeroizing::new(fields.take::<Vec<u8>>()?);
    fields.end()?;
    let mut bytes = Zeroizing::new([0; 32]);
    if key.len() != bytes.len() {
        return Err(ParseError::WrongShape("a message key has 32 bytes"));
    }
    bytes.copy_from_slice(&key);
    Ok((epoch, MessageKey::new(*bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_and_their_buffer_never_moves() {
        let mut keyring = Keyring::default();
        for epoch in [1, 2, 23, 24, 300, 70_000, u32::MAX.into()] {
            let key = MessageKey::new([u8::try_from(epoch % 251).unwrap(); 32]);
            keyring.insert(KeyEpoch::new(epoch).unwrap(), key);
            let bytes = keyring.encode();
            assert_eq!(bytes.capacity(), 16 + keyring.keys.len() * ROW_BYTES_MAX);
            assert_eq!(Keyring::decode(&bytes).unwrap().keys, keyring.keys);
            let newer = records::tests::newer(&bytes);
            let read = Keyring::decode(&newer).unwrap();
            assert_eq!((&read.keys, &*read.encode()), (&keyring.keys, &newer));
        }
    }
}
