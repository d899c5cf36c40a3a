//! A device: it trusts only the root, opens its grants with its own key, and reads its channel as any device does.

use broker::Broker;
use channel_log::{Read, ReadLimit};
use envelope::{
    Checkpoint, GrantFor, GrantToOpen, Head, Judgement, Signer as _, SoftwareKey, TrustList,
    follow_epoch, open_entry, open_rekey, verify_forwards,
};
use notification::ports::Revocation;
use notification::{Notification, StatementRefused};
use protocol::http::{CheckpointAnswer, CheckpointRequest};
use protocol::{ChannelKind, Entry, EntryKind, Message, MessageKind};
use std::collections::BTreeMap;
use types::{
    ChannelId, CustomerId, DeviceId, Generation, KeyEpoch, MessageKey, Nonce, PublicKey, SubjectId,
};

pub(crate) struct Phone {
    pub(crate) customer: CustomerId,
    pub(crate) channel: ChannelId,
    pub(crate) device: DeviceId,
    pub(crate) statement: Vec<u8>,
    pub(crate) agreement: SoftwareKey,
    pub(crate) trust: TrustList,
    pub(crate) keys: BTreeMap<KeyEpoch, MessageKey>,
    /// The epoch of the last message that it read. `None` before it reads the channel's first message.
    pub(crate) epoch: Option<KeyEpoch>,
    pub(crate) head: Head,
    pub(crate) signature: Option<Vec<u8>>,
    pub(crate) entries: Vec<Entry>,
    /// Whether a rekey excluded this device.
    pub(crate) left_out: bool,
}

impl Phone {
    pub(crate) fn revocation(&self, number: u64) -> Revocation {
        Revocation {
            number,
            channel: self.channel,
            device: self.device,
        }
    }

    /// Opens a grant: for this device and its channel, signed by the bank.
    pub(crate) fn take_grant(&mut self, grant: &[u8]) -> KeyEpoch {
        self.take_grant_of(self.head.generation, grant)
    }

    pub(crate) fn take_grant_of(&mut self, generation: Generation, grant: &[u8]) -> KeyEpoch {
        let public: PublicKey = *self.agreement.public_key();
        let expected = GrantFor {
            channel: self.channel,
            generation,
            device: self.device,
            agreement: &public,
            epoch: None,
            first_number: None,
        };
        let grant = GrantToOpen::verify(grant, &expected, &self.trust).unwrap();
        self.open_grant(&grant)
    }

    fn open_grant(&mut self, grant: &GrantToOpen) -> KeyEpoch {
        let x = self.agreement.agree(grant.enc()).unwrap();
        let epoch = grant.terms().epoch;
        self.keys.insert(epoch, grant.open(&x).unwrap());
        epoch
    }

    /// Enrols: opens the grant, and reads from the channel's start.
    pub(crate) async fn enrol(&mut self, notification: &Notification) {
        let granted = notification.grant(&self.statement).await.unwrap();
        assert_eq!(granted.channel, self.channel);
        self.head = Head::start(self.channel, granted.position.generation);
        assert_eq!(self.take_grant(&granted.grant), granted.epoch);
        self.epoch = None;
    }

    /// The broker's messages after the device's position.
    pub(crate) async fn pull(&self, broker: &Broker) -> Vec<Message> {
        let position = self.head.position();
        match broker
            .read(self.channel, position, ReadLimit::default())
            .await
            .unwrap()
        {
            Read::Records { records, .. } => records
                .into_iter()
                .map(|record| Message::parse(record.bytes).unwrap())
                .collect(),
            // The broker does not know the restart yet, so the device waits.
            Read::Ahead { .. } => Vec::new(),
            other => panic!("{}: {other:?}", self.customer),
        }
    }

    /// Reads all of the broker's messages, verifies them, and opens those that it can.
    pub(crate) async fn sync(&mut self, broker: &Broker) {
        loop {
            let messages = self.pull(broker).await;
            if messages.is_empty() {
                return;
            }
            let run = verify_forwards(&self.head, ChannelKind::Customer, &messages, &self.trust);
            let (head, new) = run.map(|run| (run.head, run.new.len())).unwrap();
            assert_eq!(new, messages.len());
            self.head = head;
            self.signature = messages.last().map(|message| message.signature.to_vec());
            for message in &messages {
                self.open(message);
            }
        }
    }

    fn open(&mut self, message: &Message) {
        let first = || {
            message
                .body
                .bytes()
                .and_then(|body| envelope::epoch_of(body).ok())
        };
        let current = self.epoch.or_else(first);
        if let Some(epoch) = current.filter(|_| !self.left_out) {
            match follow_epoch(epoch, message) {
                Ok(epoch) => self.epoch = Some(epoch),
                // A device that enrolled later reads earlier messages without their keys.
                Err(error) => assert!(!self.keys.contains_key(&epoch), "{error}"),
            }
        }
        let at = types::Position::new(self.head.generation, message.number);
        if message.kind == MessageKind::Rekey {
            let public: PublicKey = *self.agreement.public_key();
            let expected = GrantFor {
                channel: self.channel,
                generation: self.head.generation,
                device: self.device,
                agreement: &public,
                epoch: None,
                first_number: None,
            };
            match open_rekey(message, &expected, &self.trust) {
                Ok(grant) => {
                    self.open_grant(&grant);
                }
                Err(envelope::GrantError::NoGrantForThisDevice) => self.left_out = true,
                Err(error) => panic!("{error}"),
            }
            return;
        }
        let body = message.body.bytes().unwrap();
        let epoch = envelope::epoch_of(body).unwrap();
        if let Some(key) = self.keys.get(&epoch) {
            let entry = open_entry((key, epoch), self.channel, at, body).unwrap();
            self.entries.push(Entry::parse(&entry).unwrap());
        }
    }

    /// The sequences of an account that were read, in order of arrival.
    pub(crate) fn sequences(&self, account: &str) -> Vec<u64> {
        let subject = SubjectId::from(&account.parse::<types::AccountId>().unwrap());
        self.entries
            .iter()
            .filter_map(|entry| entry.subject.as_ref())
            .filter(|(of, _)| *of == subject)
            .map(|(_, sequence)| sequence.get())
            .collect()
    }

    pub(crate) fn count(&self, kind: EntryKind) -> usize {
        self.entries
            .iter()
            .filter(|entry| entry.kind == kind)
            .count()
    }

    /// Requests a checkpoint with a nonce of its own.
    pub(crate) async fn ask_for_checkpoint(
        &self,
        notification: &Notification,
    ) -> Result<(Nonce, CheckpointAnswer), StatementRefused> {
        let nonce = Nonce::new(rand::random());
        let request = CheckpointRequest {
            nonce,
            epoch: self.keys.keys().last().copied(),
            trust_version: Some(self.trust.version()),
        };
        let answer = notification.checkpoint(self.channel, self.device, request);
        Ok((nonce, answer.await?))
    }

    /// Requests a checkpoint, and opens the grant that may come with it.
    pub(crate) async fn checkpoint(&mut self, notification: &Notification) -> Checkpoint {
        let (nonce, answer) = self.ask_for_checkpoint(notification).await.unwrap();
        let checkpoint =
            Checkpoint::verify(&answer.checkpoint.0, self.channel, nonce, &self.trust).unwrap();
        assert!(answer.trust.is_none());
        if let Some(grant) = answer.grant {
            self.take_grant_of(checkpoint.generation, &grant.0);
        }
        checkpoint
    }

    pub(crate) async fn judge(&mut self, notification: &Notification) -> Judgement {
        let held = self.head;
        let checkpoint = self.checkpoint(notification).await;
        checkpoint.judge(&held, None).unwrap()
    }

    /// The report that the device would send.
    pub(crate) fn report(&self) -> protocol::http::Report {
        protocol::http::Report {
            finding: protocol::http::Finding::Below,
            reason: None,
            generation: self.head.generation,
            number: self.head.number,
            hash: self.head.hash,
            time: self.head.time,
            signature: self.signature.clone().map(Into::into),
        }
    }

    pub(crate) fn generation(&self) -> Generation {
        self.head.generation
    }
}
