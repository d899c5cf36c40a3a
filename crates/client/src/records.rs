//! The records for receiving: the device's identity, its trust, and its position in the channel.
//!
//! A record is an array to which versions only append. Elements of a newer version are kept and written back
//! ([`Rest`]). An app that was rolled back can therefore open its store, and so can the newer one again.

use crate::instant::Instant;
use crate::seal::SealedError;
use envelope::{Head, TrustList};
use protocol::cbor::{self, Fields, FromValue as _, Value};
use protocol::{ParseError, cbor_array};
use types::{ChannelId, CustomerId, DeviceId, Hash, KeyEpoch, Number, PublicKey, Time};

/// The elements at the end of an array that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Rest(Vec<Value>);

impl Rest {
    /// The remaining elements of `fields`.
    pub(crate) fn of(fields: Fields) -> Self {
        Self(fields.rest())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The elements one after the other, without an enclosing array.
    pub(crate) fn encode(&self) -> Vec<u8> {
        self.0.iter().flat_map(cbor::encode).collect()
    }

    /// The array `known` followed by these elements.
    pub(crate) fn after(&self, known: Value) -> Value {
        match known {
            Value::Array(mut values) => {
                values.extend(self.0.iter().cloned());
                Value::Array(values)
            }
            other => other,
        }
    }
}

/// The device's identity. Stored before the bank is called, so that a repeated request is for the same device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) customer: CustomerId,
    pub(crate) device: DeviceId,
    /// `None` until the bank has enrolled the device.
    pub(crate) channel: Option<ChannelId>,
    /// The bank's verdict on the device's attestation. `None` if the bank or an earlier version of the app did not keep it.
    pub(crate) verdict: Option<String>,
    pub(crate) rest: Rest,
}

impl Identity {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let verdict = self.verdict.as_deref();
        let known = cbor_array![1, &self.customer, self.device, self.channel, verdict];
        cbor::encode(&self.rest.after(known))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = fields(bytes)?;
        Ok(Self {
            customer: fields.take()?,
            device: fields.take()?,
            channel: fields.take()?,
            verdict: fields.take_added::<Option<String>>()?.flatten(),
            rest: Rest::of(fields),
        })
    }
}

/// The roots that the app contains, and the newest list that one of them signed.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    pub(crate) roots: Vec<PublicKey>,
    pub(crate) list: TrustList,
    pub(crate) rest: Rest,
}

impl Trust {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let roots: Vec<Value> = self.roots.iter().map(|root| (*root).into()).collect();
        let known = cbor_array![1, roots, self.list.as_bytes()];
        cbor::encode(&self.rest.after(known))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = fields(bytes)?;
        let roots: Vec<Value> = fields.take()?;
        let list: Vec<u8> = fields.take()?;
        let rest = Rest::of(fields);
        let roots = roots
            .into_iter()
            .map(PublicKey::from_value)
            .collect::<Result<Vec<_>, ParseError>>()?;
        let list = TrustList::stored(&list, &roots).map_err(|_| SealedError::Shape)?;
        Ok(Self { roots, list, rest })
    }
}

/// A checkpoint with a number that the device does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Awaited {
    pub(crate) number: Number,
    pub(crate) hash: Hash,
    pub(crate) time: Time,
    /// The time of the request.
    pub(crate) asked_at: Instant,
    pub(crate) rest: Rest,
}

/// The device's position in its channel, and what is proven about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    /// The newest message's position, hash and time.
    pub(crate) head: Head,
    /// That message's signature. `None` at number 0, and if an earlier version took the head from a snapshot.
    pub(crate) signature: Option<Vec<u8>>,
    /// The key epoch of the next entry.
    pub(crate) epoch: KeyEpoch,
    /// The device has everything up to here.
    pub(crate) as_of: Time,
    /// The newest time that the bank signed, against which the trust list's expiry is checked.
    pub(crate) proven: Time,
    /// The time of the last checkpoint.
    pub(crate) checkpoint: Option<Time>,
    /// When the last checkpoint that the device has reached was requested.
    pub(crate) satisfied_at: Option<Instant>,
    /// The checkpoint that the device has not reached yet.
    pub(crate) awaited: Option<Awaited>,
    /// The time of the snapshot from which the device continued. No later message is older.
    pub(crate) snapshot: Option<Time>,
    pub(crate) rest: Rest,
}

impl Received {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let awaited = self.awaited.as_ref().map(|awaited| {
            let known = cbor_array![awaited.number, awaited.hash, awaited.time, awaited.asked_at];
            awaited.rest.after(known)
        });
        let known = cbor_array![
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
        ];
        cbor::encode(&self.rest.after(known))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, SealedError> {
        let mut fields = fields(bytes)?;
        Ok(Self {
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
            // An earlier version stored it as the time of the head.
            snapshot: fields.take().unwrap_or(None),
            rest: Rest::of(fields),
        })
    }
}

fn awaited(values: Vec<Value>) -> Result<Awaited, ParseError> {
    let mut fields = Fields::new(values);
    Ok(Awaited {
        number: fields.take()?,
        hash: fields.take()?,
        time: fields.take()?,
        asked_at: fields.take()?,
        rest: Rest::of(fields),
    })
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
pub(crate) mod tests {
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
            satisfied_at: Some(Instant::new(7, 8)),
            awaited: Some(Awaited {
                number: Number::new(7).unwrap(),
                hash: Hash::ZERO,
                time: Time::from_ms(6),
                asked_at: Instant::new(7, 9),
                rest: Rest::default(),
            }),
            snapshot: Some(Time::from_ms(3)),
            rest: Rest::default(),
        };
        assert_eq!(Received::decode(&received.encode()), Ok(received.clone()));
        received.signature = None;
        received.awaited = None;
        assert_eq!(Received::decode(&received.encode()), Ok(received));
        assert_eq!(Received::decode(&[0x81, 0x02]), Err(SealedError::Shape));
    }

    /// `record` as a newer version writes it: with an unknown element at the end.
    pub(crate) fn newer(record: &[u8]) -> Vec<u8> {
        let mut values = Vec::from_value(cbor::decode(record).unwrap()).unwrap();
        values.push(cbor_array!["of a newer version", 7]);
        cbor::encode(&Value::Array(values))
    }

    #[test]
    fn what_a_newer_version_added_is_kept_and_written_back() {
        let identity = Identity {
            customer: "1001".parse().unwrap(),
            device: DeviceId::at(Time::from_ms(1), [2; 10]),
            channel: Some(ChannelId::new([1; 16])),
            verdict: Some("hardware android_key strongbox".to_owned()),
            rest: Rest::default(),
        };
        let bytes = newer(&identity.encode());
        let mut read = Identity::decode(&bytes).unwrap();
        assert_eq!(read.encode(), bytes);
        read.channel = None;
        assert_eq!(Identity::decode(&read.encode()), Ok(read));
        let of_an_older_version = cbor::encode(&cbor_array![
            1,
            &identity.customer,
            identity.device,
            identity.channel
        ]);
        let read = Identity::decode(&of_an_older_version).unwrap();
        assert_eq!((read.channel, read.verdict), (identity.channel, None));

        // Inner arrays, too.
        let awaited = newer(&cbor::encode(&cbor_array![
            Number::new(7).unwrap(),
            Hash::ZERO,
            Time::from_ms(6),
            newer_instant()
        ]));
        let mut values = vec![Value::from(1_u64)];
        let head = Head::start(ChannelId::new([1; 16]), types::Generation::FIRST);
        values.extend([
            head.channel.into(),
            head.generation.into(),
            head.number.into(),
            head.hash.into(),
            head.time.into(),
            Value::Null,
            KeyEpoch::FIRST.into(),
        ]);
        values.extend([5_u64, 6].map(Value::from));
        values.extend([
            Value::Null,
            newer_instant(),
            cbor::decode(&awaited).unwrap(),
            Value::Null,
        ]);
        let bytes = newer(&cbor::encode(&Value::Array(values)));
        let read = Received::decode(&bytes).unwrap();
        assert_eq!(read.satisfied_at, Some(Instant::new(7, 9)));
        let written = read.encode();
        assert_eq!(Received::decode(&written), Ok(read.clone()));
        assert_eq!(read.rest, Rest(vec![cbor_array!["of a newer version", 7]]));
        assert_eq!(read.awaited.unwrap().rest, read.rest);
    }

    fn newer_instant() -> Value {
        cbor_array![7, 9, "more of it"]
    }

    /// Earlier versions stored times of the device's clock instead of instants.
    #[test]
    fn a_record_of_an_earlier_version_is_read() {
        let instant = Instant::from_value(Value::from(1_790_000_000_000_u64));
        assert_eq!(instant, Ok(Instant::UNKNOWN));
    }
}
