//! The bank's side of a customer's channel: messages sealed, signed and published, keys and grants.

use crate::bank::Bank;
use bytes::Bytes;
use envelope::{GrantTerms, Head, seal_entry, seal_grant};
use protocol::{Body, Entry, Message, MessageKind, Rekey};
use rand::Rng as _;
use types::{DeviceId, KeyEpoch, MessageKey, Number, Position};

impl Bank {
    pub(crate) fn seal(&mut self, at: Position, entry: &[u8]) -> Vec<u8> {
        let mut iv = [0; 12];
        self.rng.fill_bytes(&mut iv);
        seal_entry(
            (self.message_key(), self.epoch),
            self.channel,
            at,
            &iv,
            entry,
        )
        .unwrap()
    }

    /// The next message, signed. The head advances to it.
    pub(crate) fn message(
        &mut self,
        kind: MessageKind,
        body: impl FnOnce(&mut Self, Position) -> Vec<u8>,
    ) -> Message {
        let number = self.head.number.next();
        let body = body(self, Position::new(self.head.generation, number));
        let message = Message {
            number,
            kind,
            time: self.time().max(self.head.time),
            expires: None,
            body: Body::Bytes(body.into()),
            signature: Bytes::new(),
        };
        self.signed(message)
    }

    /// Signs the head that the message makes, and advances to it.
    pub(crate) fn signed(&mut self, mut message: Message) -> Message {
        let before = self.head.hash;
        self.head = self.head.after(&message);
        message.signature = self.head.sign(&self.head_key).unwrap().into();
        let made = (before, message.clone());
        self.signed.insert(self.head.position(), made);
        message
    }

    pub(crate) fn publish(&mut self, message: &Message) {
        let bytes: Bytes = message.encode().into();
        self.log.push(bytes.clone());
        self.broker.log.push(bytes);
    }

    /// A new key epoch, with grants for all remaining readers.
    pub(crate) fn rekey(&mut self) {
        let message = self.rekey_message(|_| {});
        self.publish(&message);
    }

    pub(crate) fn rekey_message(&mut self, tamper: impl FnOnce(&mut Vec<Vec<u8>>)) -> Message {
        let epoch = self.epoch.next();
        self.keys
            .insert(epoch, MessageKey::new([epoch.get() as u8; 32]));
        let first_number = self.head.number.next().next();
        self.first_number = first_number;
        let left: Vec<_> = self
            .readers
            .iter()
            .filter(|(_, reader)| !reader.removed)
            .map(|(id, _)| *id)
            .collect();
        let mut grants: Vec<Vec<u8>> = left
            .into_iter()
            .map(|device| self.grant_for(device, epoch, first_number))
            .collect();
        tamper(&mut grants);
        let message = self.message(MessageKind::Rekey, |_, _| {
            Rekey { epoch, grants }.encode().unwrap()
        });
        self.epoch = epoch;
        message
    }

    pub(crate) fn grant_for(
        &mut self,
        device: DeviceId,
        epoch: KeyEpoch,
        first_number: Number,
    ) -> Vec<u8> {
        let agreement = self.readers[&device].agreement;
        let terms = self.terms(device, epoch, first_number);
        let key = self.keys[&epoch].clone();
        let grant = seal_grant(&terms, &agreement, &key, &self.grant_key, &mut self.rng).unwrap();
        self.grants.insert((device, epoch), grant.clone());
        grant
    }

    pub(crate) fn terms(
        &self,
        device: DeviceId,
        epoch: KeyEpoch,
        first_number: Number,
    ) -> GrantTerms {
        GrantTerms {
            channel: self.channel,
            generation: self.head.generation,
            device,
            agreement: self.readers[&device].agreement.thumbprint(),
            epoch,
            first_number,
            time: self.time(),
        }
    }

    pub(crate) fn current_grant(&mut self, device: DeviceId) -> Vec<u8> {
        match self.grants.get(&(device, self.epoch)) {
            Some(grant) => grant.clone(),
            None => self.grant_for(device, self.epoch, self.first_number),
        }
    }

    /// Revokes a device: a rekey without it, and the entry for the others.
    pub(crate) fn revoke(&mut self, device: DeviceId) {
        self.readers.get_mut(&device).unwrap().removed = true;
        self.rekey();
        let id = format!("device.removed/{device}").parse().unwrap();
        let entry = Entry::device_removed(id, self.time(), device);
        self.tell(&entry);
    }

    /// Starts the next generation with a key of its own.
    pub(crate) fn restart(&mut self) {
        let generation = self.head.generation.next();
        self.epoch = KeyEpoch::new(self.epoch.get() + 1_024).unwrap();
        self.first_number = Number::FIRST;
        self.keys.insert(self.epoch, MessageKey::new([77; 32]));
        self.head = Head::start(self.channel, generation);
        self.log.clear();
        self.broker.log.clear();
        self.broker.generation = generation.get();
        self.broker.oldest = 1;
    }
}
