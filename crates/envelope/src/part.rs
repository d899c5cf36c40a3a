//! The parts of a snapshot: its items, in order. Each part has as many items as its limits allow.

use crate::content::{open_content, seal_content};
use crate::encrypt0::Iv;
use crate::filler::{CONTENT_BYTES_MAX, Filler};
use crate::merkle::verify_inclusion;
use crate::{ContentError, Item, OpenError, Section, Snapshot};
use protocol::cbor::{FromValue, Value, Writer};
use protocol::{ParseError, cbor, cbor_array};
use types::{ChannelId, CustomerId, Hash, KeyEpoch, MessageKey, Position, Sequence};

/// Maximum number of items in a part.
pub const PART_ITEMS_MAX: usize = 100;

/// Random bytes at the start of a part, so that its hash reveals nothing about its items.
pub type Salt = [u8; 16];

/// The leaf hash of a part.
#[must_use]
pub fn part_hash(part: &[u8]) -> Hash {
    Hash::of(&cbor::encode(&cbor_array!["passbook part", 1, part]))
}

fn aad(channel: ChannelId, at: Position, part: u64) -> Vec<u8> {
    cbor::encode(&cbor_array![
        "passbook snapshot part",
        2,
        channel,
        at.generation,
        at.number,
        part
    ])
}

/// Seals a part with the proof of its leaf, for the snapshot of `channel` `at` a position, under that snapshot's key
/// epoch. Parts count from 1.
pub fn seal_part(
    (key, epoch): (&MessageKey, KeyEpoch),
    (channel, at): (ChannelId, Position),
    part: u64,
    iv: &Iv,
    content: &[u8],
    proof: &[Hash],
) -> Result<Vec<u8>, OpenError> {
    seal_content((key, epoch), &aad(channel, at, part), iv, content, proof)
}

/// Opens part `part` of `snapshot`, verifies that it is under the snapshot's root, and parses its items.
pub fn open_part(
    snapshot: &Snapshot,
    key: &MessageKey,
    part: u64,
    sealed: &[u8],
) -> Result<Vec<Item>, ContentError> {
    let index = part
        .checked_sub(1)
        .filter(|index| *index < snapshot.parts)
        .ok_or(ContentError::NoSuchPart)?;
    let aad = aad(snapshot.channel, snapshot.position(), part);
    let (content, proof) = open_content(key, snapshot.epoch, &aad, sealed)?;
    let leaf = part_hash(&content);
    verify_inclusion(&leaf, (index, snapshot.parts), &proof, &snapshot.root)?;
    read_part(&content)
}

/// Parses the items of a part.
pub fn read_part(content: &[u8]) -> Result<Vec<Item>, ContentError> {
    if content.len() > CONTENT_BYTES_MAX {
        return Err(ParseError::TooLong.into());
    }
    let mut values = Vec::<Value>::from_value(cbor::decode(content)?)?.into_iter();
    let salt = values.next().map(Vec::<u8>::from_value).transpose()?;
    if salt.is_none_or(|salt| salt.len() != Salt::default().len()) {
        return Err(ParseError::WrongShape("a part must begin with 16 random bytes").into());
    }
    match values.len() {
        0 => return Err(ContentError::EmptyPart),
        1..=PART_ITEMS_MAX => {}
        _ => return Err(ContentError::TooManyItems),
    }
    let items = values.map(Item::of_value).collect::<Result<Vec<_>, _>>()?;
    let mut places = items.iter().zip(items.iter().skip(1));
    places.try_for_each(|(before, item)| follows(before.place(), item))?;
    Ok(items)
}

fn follows(before: (Section, &str), item: &Item) -> Result<(), ContentError> {
    match item.place().cmp(&before) {
        std::cmp::Ordering::Greater => Ok(()),
        std::cmp::Ordering::Equal => Err(ContentError::ItemTwice),
        std::cmp::Ordering::Less => Err(ContentError::ItemsOutOfOrder),
    }
}

/// Fills parts with a snapshot's items.
#[derive(Debug)]
pub struct PartFiller {
    filler: Filler,
    salt: Vec<u8>,
    last: Option<(Section, String)>,
}

impl PartFiller {
    /// Starts the first part with `salt`.
    #[must_use]
    pub fn new(salt: Salt) -> Self {
        Self {
            filler: Filler::new(PART_ITEMS_MAX),
            salt: encoded(salt),
            last: None,
        }
    }

    /// Adds the next item. If the current part has no room for it, returns that part and starts the next one with
    /// `salt`. Refuses an item that is too long or out of order.
    pub fn push(&mut self, item: &Item, salt: Salt) -> Result<Option<Vec<u8>>, ContentError> {
        if let Some((section, id)) = &self.last {
            follows((*section, id), item)?;
        }
        let bytes = item.encode()?;
        let full = (!self.filler.fits(&self.salt, &bytes)).then(|| {
            let part = self.filler.take(&self.salt);
            self.salt = encoded(salt);
            part
        });
        self.filler.push(&self.salt, &bytes)?;
        self.last = Some((item.section(), item.id.clone()));
        Ok(full)
    }

    /// The last part. `None` if no item was added.
    #[must_use]
    pub fn end(mut self) -> Option<Vec<u8>> {
        (!self.filler.is_empty()).then(|| self.filler.take(&self.salt))
    }
}

fn encoded(salt: Salt) -> Vec<u8> {
    let mut writer = Writer::with_capacity(17);
    writer.bytes(&salt);
    writer.finish()
}

/// Reads a snapshot's parts in order and checks the order of their items. It stores only its position, so it needs
/// little memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartsReader {
    /// The number of the next part, from 1.
    pub next: u64,
    /// The sort key of the last item.
    pub last: Option<(Section, String)>,
    /// The sequence of the customer's item, after it was read.
    pub customer: Sequence,
}

impl PartsReader {
    /// Starts before the first part.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            next: 1,
            last: None,
            customer: Sequence::ZERO,
        }
    }

    /// Opens the next part of the `snapshot` of `customer`. After an error the reader's position has not changed.
    pub fn read(
        &mut self,
        snapshot: &Snapshot,
        key: &MessageKey,
        customer: &CustomerId,
        sealed: &[u8],
    ) -> Result<Vec<Item>, ContentError> {
        let items = open_part(snapshot, key, self.next, sealed)?;
        let mut after = self.clone();
        for item in &items {
            after.follow(customer, item)?;
        }
        after.next += 1;
        *self = after;
        Ok(items)
    }

    fn follow(&mut self, customer: &CustomerId, item: &Item) -> Result<(), ContentError> {
        if let Some((section, id)) = &self.last {
            follows((*section, id), item)?;
        }
        match item.section() {
            Section::Customer if self.last.is_some() => return Err(ContentError::CustomerTwice),
            Section::Customer if item.id != customer.as_str() => {
                return Err(ContentError::AnotherCustomer);
            }
            Section::Customer => self.customer = item.sequence,
            _ if self.last.is_none() => return Err(ContentError::CustomerMissing),
            Section::Account => {}
            _ if item.sequence != self.customer => return Err(ContentError::AnotherSequence),
            _ => {}
        }
        self.last = Some((item.section(), item.id.clone()));
        Ok(())
    }

    /// Whether all parts of `snapshot` were read.
    #[must_use]
    pub const fn is_complete(&self, snapshot: &Snapshot) -> bool {
        self.next > snapshot.parts
    }
}

impl Default for PartsReader {
    fn default() -> Self {
        Self::new()
    }
}
