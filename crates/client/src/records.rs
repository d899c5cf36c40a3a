//! The records that receiving needs: who the device is, whom it trusts, and where it is in its channel.

use crate::seal::SealedError;
use envelope::{Head, TrustList};
use protocol::cbor::{self, Fields, FromValue as _, Value};
use protocol::{ParseError, cbor_array};
use types::{ChannelId, CustomerId, DeviceId, Hash, KeyEpoch, Number, PublicKey, Time};

/// Who this device is. Made and kept before the bank is asked, so that asking again is asking for the same device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) customer: CustomerId,
    pub(crate) device: DeviceId,
    /// None until the bank has enrolled it.
    pub(crate) channel: Option<ChannelId>,
}

impl Identity {
    pub(crate) fn encode(&self) -> Vec<u8> {
        cbor::encode(&cbor_array![1, &self.customer, self.device, self.channel])
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = fields(bytes)?;
        let identity = Self {
            customer: fields.take()?,
            device: fields.take()?,
            channel: fields.take()?,
        };
        fields.end()?;
        Ok(identity)
    }
}

/// The roots that the app carries, and the newest list that one of them signed.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    pub(crate) roots: Vec<PublicKey>,
    pub(crate) list: TrustList,
}

impl Trust {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let roots: Vec<Value> = self.roots.iter().map(|root| (*root).into()).collect();
        cbor::encode(&cbor_array![1, roots, self.list.as_bytes()])
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = fields(bytes)?;
        let roots: Vec<Value> = fields.take()?;
        let list: Vec<u8> = fields.take()?;
        fields.end()?;
        let roots = roots
            .into_iter()
            .map(PublicKey::from_value)
            .collect::<Result<Vec<_>, ParseError>>()?;
        let list = TrustList::stored(&list, &roots).map_err(|_| SealedError::Shape)?;
        Ok(Self { roots, list })
    }
}

/// A checkpoint that names a number which the device does not have yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Awaited {
    pub(crate) number: Number,
    pub(crate) hash: Hash,
    pub(crate) time: Time,
    /// When it was asked for, by the device's clock.
    pub(crate) asked_at: Time,
}

/// Where the device is in its channel, and what is proven about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    /// The newest message's place, hash and time.
    pub(crate) head: Head,
    /// That message's signature; none at number 0, and where an earlier version took the head from a snapshot.
    pub(crate) signature: Option<Vec<u8>>,
    /// The key epoch that the next entry is under.
    pub(crate) epoch: KeyEpoch,
    /// Everything up to here is held.
    pub(crate) as_of: Time,
    /// The newest time that the bank signed, which the trust list's expiry is judged by.
    pub(crate) proven: Time,
    /// The time of the last checkpoint.
    pub(crate) checkpoint: Option<Time>,
    /// When the last checkpoint that the device satisfies was asked for, by the device's clock.
    pub(crate) satisfied_at: Option<Time>,
    /// The checkpoint that it does not satisfy yet.
    pub(crate) awaited: Option<Awaited>,
    /// The time of the snapshot that the device went on from, below which no later message is.
    pub(crate) snapshot: Option<Time>,
}

impl Received {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let awaited = self.awaited.map(|awaited| {
            vec![
                Value::from(awaited.number),
                awaited.hash.into(),
                awaited.time.into(),
                awaited.asked_at.into(),
            ]
        });
        cbor::encode(&cbor_array![
            1,
            self.head.channel,
            self.head.generation,
            self.head.number,
            self.head.hash,
            self.head.time,
            self.signature.clone(),
            self.epoch,
            self.as_of,
            self.proven,
            self.checkpoint,
            self.satisfied_at,
            awaited,
            self.snapshot,
        ])
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = fields(bytes)?;
        let received = Self {
            head: Head {
                channel: fields.take()?,
                generation: fields.take()?,
                number: fields.take()?,
                hash: fields.take()?,
                time: fields.take()?,
            },
            signature: fields.take()?,
            epoch: fields.take()?,
            as_of: fields.take()?,
            proven: fields.take()?,
            checkpoint: fields.take()?,
            satisfied_at: fields.take()?,
            awaited: fields
                .take::<Option<Vec<Value>>>()?
                .map(awaited)
                .transpose()?,
            // An earlier version had it as the time of the head.
            snapshot: fields.take().unwrap_or(None),
        };
        Ok(received)
    }
}

fn awaited(values: Vec<Value>) -> Result<Awaited, ParseError> {
    let mut fields = Fields::new(values);
    let awaited = Awaited {
        number: fields.take()?,
        hash: fields.take()?,
        time: fields.take()?,
        asked_at: fields.take()?,
    };
    fields.end()?;
    Ok(awaited)
}

/// The fields of a record after its version, which is 1.
pub(crate) fn fields(bytes: &[u8]) -> Result<Fields, SealedError> {
    let mut fields = Fields::new(Vec::from_value(cbor::decode(bytes)?)?);
    if fields.take::<u64>()? != 1 {
        return Err(SealedError::Shape);
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Generation;

    #[test]
    fn where_the_device_is_is_read_back() {
        let mut received = Received {
            head: Head::start(ChannelId::new([1; 16]), Generation::FIRST),
            signature: Some(vec![1, 2, 3]),
            epoch: KeyEpoch::FIRST,
            as_of: Time::from_ms(5),
            proven: Time::from_ms(6),
            checkpoint: Some(Time::from_ms(4)),
            satisfied_at: None,
            awaited: Some(Awaited {
                number: Number::new(7).unwrap(),
                hash: Hash::ZERO,
                time: Time::from_ms(6),
                asked_at: Time::from_ms(9),
            }),
            snapshot: Some(Time::from_ms(3)),
        };
        assert_eq!(Received::decode(&received.encode()), Ok(received.clone()));
        received.signature = None;
        received.awaited = None;
        assert_eq!(Received::decode(&received.encode()), Ok(received));
        assert_eq!(Received::decode(&[0x81, 0x02]), Err(SealedError::Shape));
    }
}
