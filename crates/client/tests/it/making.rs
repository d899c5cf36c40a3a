//! The bank's snapshots in parts, and histories in pages.

use crate::bank::{Bank, CUSTOMER, subject};
use envelope::merkle::MerkleTree;
use envelope::{
    History, Item, ItemState, PageFiller, PartFiller, Snapshot, page_hash, part_hash, seal_page,
    seal_part,
};
use protocol::cbor::{Key, Map, Value};
use protocol::http::{PagesAnswer, PartsAnswer, SignedSnapshot};
use protocol::{Base64UrlBytes, Body, Entry, Message};
use rand::Rng as _;
use std::collections::BTreeMap;
use types::{ErrorCode, Hash, KeyEpoch, Nonce, Position, SnapshotId};

/// Parts or pages, and the tree over them.
pub(crate) struct Leaves {
    contents: Vec<Vec<u8>>,
    tree: MerkleTree,
}

impl Leaves {
    fn new(contents: Vec<Vec<u8>>, hash: fn(&[u8]) -> Hash) -> Self {
        let hashes: Vec<Hash> = contents.iter().map(|content| hash(content)).collect();
        let tree = MerkleTree::new(&hashes);
        Self { contents, tree }
    }
}

/// A snapshot that was made.
pub(crate) struct Made {
    at: Position,
    epoch: KeyEpoch,
    parts: Leaves,
    /// By account: the part with its item, and its pages.
    histories: BTreeMap<String, (u64, Leaves)>,
}

fn pages_of(booked: &[Entry]) -> Leaves {
    let mut filler = PageFiller::new();
    let mut pages: Vec<_> = booked
        .iter()
        .filter_map(|entry| filler.push(entry).unwrap())
        .collect();
    pages.extend(filler.end());
    Leaves::new(pages, page_hash)
}

impl Bank {
    fn items(&self, histories: &mut BTreeMap<String, (u64, Leaves)>) -> Vec<Item> {
        let mut items = vec![Item::customer(&CUSTOMER.parse().unwrap(), self.customer)];
        for (account, held) in &self.accounts {
            let pages = pages_of(&held.booked);
            let history = History {
                pages: pages.contents.len() as u64,
                root: pages.tree.root(),
            };
            histories.insert(account.to_string(), (0, pages));
            let item = Item::account(account, held.sequence, held.state.clone(), history);
            items.push(item);
        }
        items.extend((0..self.payees).map(|payee| {
            let id = format!("payee {payee:06}");
            let arguments = Map::from([(Key::from("payee"), Value::from(id.as_str()))]);
            Item {
                id,
                sequence: self.customer,
                state: ItemState::Payee(arguments),
            }
        }));
        let item = |id: &String, state| Item {
            id: id.clone(),
            sequence: self.customer,
            state,
        };
        for (id, arguments) in &self.payees_added {
            items.push(item(id, ItemState::Payee(arguments.clone())));
        }
        for (id, arguments) in &self.standing {
            items.push(item(id, ItemState::Standing(arguments.clone())));
        }
        for (id, arguments) in &self.pending {
            items.push(item(id, ItemState::Order(arguments.clone())));
        }
        items
    }

    pub(crate) fn signed_snapshot(&mut self, nonce: Option<Nonce>) -> SignedSnapshot {
        let mut histories = BTreeMap::new();
        let items = self.items(&mut histories);
        let mut salt = [0; 16];
        self.rng.fill_bytes(&mut salt);
        let mut filler = PartFiller::new(salt);
        let mut parts = Vec::new();
        for item in &items {
            self.rng.fill_bytes(&mut salt);
            parts.extend(filler.push(item, salt).unwrap());
            if let Some(history) = histories.get_mut(&item.id) {
                history.0 = parts.len() as u64 + 1;
            }
        }
        parts.extend(filler.end());
        let parts = Leaves::new(parts, part_hash);
        let snapshot = Snapshot {
            channel: self.channel,
            generation: self.head.generation,
            number: self.head.number,
            hash: self.head.hash,
            incarnation: self.incarnation,
            time: self.time().max(self.head.time),
            epoch: self.epoch,
            parts: parts.contents.len() as u64,
            root: parts.tree.root(),
            nonce,
        };
        let newest = self.signed.get(&self.head.position());
        let (before, message) = match newest.filter(|_| self.head.number.get() > 0) {
            Some((before, message)) => {
                let hole = Message {
                    body: Body::Hole(message.body.hash()),
                    ..message.clone()
                };
                (Some(*before), Some(hole.encode().into()))
            }
            None => (None, None),
        };
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        let id = SnapshotId::new(id);
        let made = Made {
            at: snapshot.position(),
            epoch: snapshot.epoch,
            parts,
            histories,
        };
        self.snapshots.insert(id, made);
        SignedSnapshot {
            id,
            snapshot: snapshot.sign(&self.head_key).unwrap().into(),
            before,
            message,
            parts: self.parts(id, 1).unwrap().parts,
        }
    }

    pub(crate) fn parts(&mut self, id: SnapshotId, from: u64) -> Result<PartsAnswer, ErrorCode> {
        let mut ivs = self.ivs();
        let made = self.snapshots.get(&id).ok_or(ErrorCode::SnapshotUnknown)?;
        let key = (&self.keys[&made.epoch], made.epoch);
        let parts = consecutive(
            &made.parts,
            from,
            self.answer_bytes_max,
            |part, content, proof| {
                let at = (self.channel, made.at);
                seal_part(key, at, part, &ivs.next().unwrap(), content, proof).unwrap()
            },
        )?;
        Ok(PartsAnswer { parts })
    }

    pub(crate) fn pages(
        &mut self,
        id: SnapshotId,
        (part, account, from): (u64, &str, u64),
    ) -> Result<PagesAnswer, ErrorCode> {
        let mut ivs = self.ivs();
        let made = self.snapshots.get(&id).ok_or(ErrorCode::SnapshotUnknown)?;
        let key = (&self.keys[&made.epoch], made.epoch);
        let (of, pages) = made.histories.get(account).ok_or(ErrorCode::NotFound)?;
        assert_eq!(part, *of, "the part that has the account's item");
        let pages = consecutive(
            pages,
            from,
            self.answer_bytes_max,
            |page, content, proof| {
                let at = (self.channel, made.at);
                let place = (account, page);
                seal_page(key, at, place, &ivs.next().unwrap(), content, proof).unwrap()
            },
        )?;
        let mut answer = PagesAnswer { pages };
        if let Some(tamper) = &mut self.tamper_page {
            tamper(&mut answer);
        }
        Ok(answer)
    }

    /// IVs that are new for each sealing.
    fn ivs(&mut self) -> impl Iterator<Item = [u8; 12]> + use<> {
        let first = self.rng.next_u64();
        (first..).map(|iv| {
            let mut bytes = [0; 12];
            bytes[..8].copy_from_slice(&iv.to_be_bytes());
            bytes
        })
    }

    /// Restores the books from an older copy, as other books. The channel's events stay unchanged.
    pub(crate) fn restore_books(&mut self, copy: &BooksCopy) {
        let before = *self.incarnation.as_bytes().first().unwrap();
        self.incarnation = types::Incarnation::new([before + 1; 16]);
        self.told_apart = format!(" of books {}", before + 1);
        self.accounts = copy.accounts.clone();
        self.customer = copy.customer;
    }

    pub(crate) fn copy_books(&self) -> BooksCopy {
        BooksCopy {
            accounts: self.accounts.clone(),
            customer: self.customer,
        }
    }
}

/// A copy of the bank's books.
pub(crate) struct BooksCopy {
    accounts: BTreeMap<types::AccountId, crate::bank::Held>,
    customer: types::Sequence,
}

fn consecutive(
    leaves: &Leaves,
    from: u64,
    most: usize,
    mut seal: impl FnMut(u64, &[u8], &[Hash]) -> Vec<u8>,
) -> Result<Vec<Base64UrlBytes>, ErrorCode> {
    let first = usize::try_from(from).unwrap().checked_sub(1).unwrap();
    let mut answer: Vec<Base64UrlBytes> = Vec::new();
    let mut length = 0;
    for (index, content) in leaves.contents.iter().enumerate().skip(first) {
        let sealed = seal(
            index as u64 + 1,
            content,
            &leaves.tree.proof(index).unwrap(),
        );
        length += sealed.len();
        if !answer.is_empty() && length > most {
            break;
        }
        answer.push(sealed.into());
    }
    match answer.is_empty() {
        true => Err(ErrorCode::NotFound),
        false => Ok(answer),
    }
}

#[test]
fn a_subject_names_what_it_is_of() {
    assert_eq!(subject("576").as_str(), "account:576");
}
