//! How a device reads a snapshot: it verifies the bank's signature, reads all parts, then all pages of all histories.

use crate::phone::Phone;
use envelope::{HeadProof, Item, PartsReader, Section, Snapshot, open_page};
use notification::{Notification, StatementRefused};
use protocol::Entry;
use protocol::http::{SignedSnapshot, SnapshotRequest};
use types::{Nonce, SnapshotId};

/// A snapshot that a device verified, with the parts that came with it.
pub(crate) struct Taken {
    pub(crate) id: SnapshotId,
    pub(crate) snapshot: Snapshot,
    pub(crate) parts: Vec<Vec<u8>>,
}

impl Phone {
    /// Requests a snapshot, and verifies it with the proof of its head.
    pub(crate) async fn ask_snapshot(
        &mut self,
        notification: &Notification,
    ) -> Result<Taken, StatementRefused> {
        let nonce = Nonce::new(rand::random());
        let request = SnapshotRequest {
            nonce,
            epoch: self.keys.keys().last().copied(),
            trust_version: None,
        };
        let answer = notification
            .snapshot(self.channel, self.device, request)
            .await?;
        assert_eq!(answer.trust.unwrap().0, self.trust.as_bytes());
        let taken = self.verify(answer.snapshot, Some(nonce));
        if let Some(grant) = answer.grant {
            self.take_grant_of(taken.snapshot.generation, &grant.0);
        }
        Ok(taken)
    }

    /// Verifies a snapshot. If it is of a later generation, the device continues there.
    pub(crate) fn verify(&mut self, signed: SignedSnapshot, nonce: Option<Nonce>) -> Taken {
        let bytes = &signed.snapshot.0;
        let snapshot = Snapshot::verify(bytes, self.channel, nonce, &self.trust).unwrap();
        let proof = signed
            .before
            .zip(signed.message)
            .map(|(before, hole)| HeadProof::parse(before, hole.0.to_vec()).unwrap());
        let head = snapshot
            .judge(
                proof.as_ref(),
                Some(self.head.generation),
                None,
                &self.trust,
            )
            .unwrap();
        if snapshot.generation > self.head.generation {
            self.head = head;
            self.epoch = Some(snapshot.epoch);
        }
        Taken {
            id: signed.id,
            snapshot,
            parts: signed
                .parts
                .into_iter()
                .map(|part| part.0.to_vec())
                .collect(),
        }
    }

    /// All items of a snapshot, each with the number of its part.
    pub(crate) async fn items(
        &self,
        notification: &Notification,
        taken: &Taken,
    ) -> Vec<(u64, Item)> {
        let (mut reader, mut items) = (PartsReader::new(), Vec::new());
        let mut parts = taken.parts.clone();
        loop {
            for sealed in &parts {
                let part = reader.next;
                let key = &self.keys[&taken.snapshot.epoch];
                let read = reader.read(&taken.snapshot, key, &self.customer, sealed);
                items.extend(read.unwrap().into_iter().map(|item| (part, item)));
            }
            if reader.is_complete(&taken.snapshot) {
                return items;
            }
            parts = self.parts(notification, taken, reader.next).await.unwrap();
        }
    }

    pub(crate) async fn parts(
        &self,
        notification: &Notification,
        taken: &Taken,
        from: u64,
    ) -> Result<Vec<Vec<u8>>, StatementRefused> {
        let answer = notification
            .parts_from(self.channel, self.device, taken.id, from)
            .await?;
        Ok(answer
            .parts
            .into_iter()
            .map(|part| part.0.to_vec())
            .collect())
    }

    pub(crate) async fn pages(
        &self,
        notification: &Notification,
        taken: &Taken,
        (part, account, from): (u64, &str, u64),
    ) -> Result<Vec<Vec<u8>>, StatementRefused> {
        let asked = (part, account.parse().unwrap(), from);
        let answer = notification
            .pages_from(self.channel, self.device, taken.id, asked)
            .await?;
        Ok(answer
            .pages
            .into_iter()
            .map(|page| page.0.to_vec())
            .collect())
    }

    /// The whole history of an account in a snapshot.
    pub(crate) async fn history(
        &self,
        notification: &Notification,
        taken: &Taken,
        (part, item): &(u64, Item),
    ) -> Vec<Entry> {
        let history = item.history().unwrap();
        let (mut entries, mut page) = (Vec::<Entry>::new(), 1);
        while page <= history.pages {
            let sealed = self
                .pages(notification, taken, (*part, &item.id, page))
                .await
                .unwrap();
            for sealed in sealed {
                let before = entries.last().map_or(0, number_of);
                let key = &self.keys[&taken.snapshot.epoch];
                let of = (item.id.as_str(), history);
                let opened = open_page(&taken.snapshot, key, of, page, Some(before), &sealed);
                entries.extend(opened.unwrap());
                page += 1;
            }
        }
        entries
    }

    /// Reads a snapshot completely: the accounts, each with its history.
    pub(crate) async fn snapshot(
        &mut self,
        notification: &Notification,
    ) -> Vec<(Item, Vec<Entry>)> {
        let taken = self.ask_snapshot(notification).await.unwrap();
        let mut accounts = Vec::new();
        for placed in self.items(notification, &taken).await {
            if placed.1.section() == Section::Account {
                let history = self.history(notification, &taken, &placed).await;
                accounts.push((placed.1, history));
            }
        }
        accounts
    }
}

/// The number of a booked entry in its account.
pub(crate) fn number_of(entry: &Entry) -> u64 {
    entry.booking.as_ref().unwrap().number
}
