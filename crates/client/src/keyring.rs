//! The message keys that the device was granted, by epoch.

use crate::records;
use crate::seal::SealedError;
use protocol::cbor::{self, Fields, FromValue as _, Value};
use protocol::{ParseError, cbor_array};
use std::collections::BTreeMap;
use types::{KeyEpoch, MessageKey};
use zeroize::Zeroizing;

/// The message keys by epoch. Old ones stay: history and waiting messages are under them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keyring {
    keys: BTreeMap<KeyEpoch, MessageKey>,
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

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let keys: Vec<Value> = self
            .keys
            .iter()
            .map(|(epoch, key)| cbor_array![*epoch, key.expose().as_slice()])
            .collect();
        Zeroizing::new(cbor::encode(&cbor_array![1, keys]))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = records::fields(bytes)?;
        let rows: Vec<Value> = fields.take()?;
        fields.end()?;
        let keys = rows.into_iter().map(row).collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }
}

fn row(value: Value) -> Result<(KeyEpoch, MessageKey), ParseError> {
    let mut fields = Fields::new(Vec::from_value(value)?);
    let epoch = fields.take()?;
    let key = Zeroizing::new(fields.take::<Vec<u8>>()?);
    fields.end()?;
    let key = <[u8; 32]>::try_from(key.as_slice())
        .map_err(|_| ParseError::WrongShape("a message key has 32 bytes"))?;
    Ok((epoch, MessageKey::new(key)))
}
