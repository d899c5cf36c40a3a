//! Requests checkpoints, and compares the device's state with them.

use crate::advance::Next;
use crate::bank::Bank;
use crate::discrepancy::{Discrepancy, Found, Remedy};
use crate::error::SyncError;
use crate::instant::Instant;
use crate::keyring::Keyring;
use crate::keys::{DeviceKey, Keys};
use crate::names;
use crate::platform::Platform;
use crate::records::{Awaited, Received, Rest};
use crate::state::{Books, State};
use crate::store::Store;
use envelope::{Checkpoint, GrantFor, GrantToOpen, Judgement};
use protocol::http::{CheckpointAnswer, CheckpointRequest};
use std::sync::Arc;
use types::{ErrorCode, Generation, KeyEpoch, Nonce, Time};

/// A requested checkpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    nonce: Nonce,
    asked_at: Instant,
}

impl<S: Store> State<S> {
    /// The newest epoch that this device has a key for. While locked, the epoch of the last received message.
    pub(crate) fn epoch_held(&self) -> Option<KeyEpoch> {
        match &self.unlocked {
            Some(unlocked) => unlocked.books.keyring.newest(),
            None => Some(self.received.epoch),
        }
    }

    /// Prepares the request. From here on heads are stored, because the answer may refer to any moment since.
    pub(crate) fn question<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> (Question, CheckpointRequest) {
        let question = Question {
            nonce: bank.random.nonce(),
            asked_at: bank.instant(),
        };
        self.trail = Some(vec![self.received.head]);
        let request = CheckpointRequest {
            nonce: question.nonce,
            epoch: self.epoch_held(),
            trust_version: Some(self.trust.list.version()),
        };
        (question, request)
    }

    /// Requests a checkpoint and compares the device's state with it.
    pub(crate) async fn checkpoint<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
    ) -> Result<Option<Judgement>, SyncError> {
        let (question, request) = self.question(bank);
        match bank.checkpoint(&self.token, self.channel, &request).await {
            Ok(answer) => self.answered(bank, question, &answer).await,
            Err(error) => {
                self.doubt(&error).await?;
                Err(error)
            }
        }
    }

    /// If the bank makes no statement because its books are being corrected, the result of an earlier checkpoint no
    /// longer counts.
    pub(crate) async fn doubt(&mut self, error: &SyncError) -> Result<(), SyncError> {
        if !error.is_code(ErrorCode::BooksInRepair) || self.received.satisfied_at.is_none() {
            return Ok(());
        }
        let received = Received {
            satisfied_at: None,
            ..self.received.clone()
        };
        self.advance(Next {
            received: Some(received),
            ..Next::default()
        })
        .await
    }

    /// Compares the device's state with the answer. `None` if a snapshot has meanwhile passed the answer's position.
    pub(crate) async fn answered<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        question: Question,
        answer: &CheckpointAnswer,
    ) -> Result<Option<Judgement>, SyncError> {
        let now = bank.now();
        let Some(trail) = self.trail.take() else {
            return Ok(None);
        };
        if let Some(trust) = &answer.trust {
            self.accept_trust(trust.as_ref(), now).await?;
        }
        let checkpoint = Checkpoint::verify(
            answer.checkpoint.as_ref(),
            self.channel,
            question.nonce,
            &self.trust.list,
        )
        .map_err(|error| self.fault(&error, now))?;
        self.check_trust(checkpoint.time, now)?;

        let head = self.received.head;
        let held = if checkpoint.number < head.number {
            let then = trail.iter().find(|then| then.number == checkpoint.number);
            then.or(trail.first()).copied().unwrap_or(head)
        } else {
            head
        };
        let judgement = checkpoint
            .judge(&held, self.received.checkpoint)
            .map_err(|error| self.fault(&error, now))?;
        let mut received = self.received.clone();
        let mut found = self.found.clone();
        received.checkpoint = Some(checkpoint.time);
        received.proven = received.proven.max(checkpoint.time);
        let stated = Awaited {
            number: checkpoint.number,
            hash: checkpoint.hash,
            time: checkpoint.time,
            asked_at: question.asked_at,
            rest: Rest::default(),
        };
        match judgement {
            Judgement::Complete => {
                received.satisfy(&stated);
                resolve(&mut found, |what| {
                    matches!(what.remedy(), Remedy::Statement | Remedy::Restart)
                        && what != Discrepancy::AlteredPage
                });
            }
            Judgement::Withheld if checkpoint.number > head.number => {
                // The first unreached checkpoint determines the deadline; another request does not extend it.
                received.awaited.get_or_insert(stated);
            }
            Judgement::Withheld => {}
            // The result of an earlier checkpoint no longer counts.
            Judgement::Restarted | Judgement::Contradicted | Judgement::Below => {
                received.satisfied_at = None;
            }
        }

        let grant = match &answer.grant {
            Some(grant) => {
                let scope = (checkpoint.generation, checkpoint.epoch);
                self.open_grant(&bank.keys, grant.as_ref(), scope, now)
                    .await?
            }
            None => None,
        };
        let mut next = Next::default();
        if let (Some(unlocked), Some(keyring)) = (&self.unlocked, grant) {
            let name = names::GRANTS.to_vec();
            let key = unlocked.key.expose();
            self.records
                .put(&mut next.batch, key, name, &keyring.encode())?;
            next.books = Some(Books {
                keyring: Arc::new(keyring),
                ..unlocked.books.clone()
            });
            next.durable = true;
            resolve(&mut found, is_about_grants);
        }
        next.received = Some(received);
        next.found = Some(found);
        self.advance(next).await?;

        let named = match judgement {
            Judgement::Complete | Judgement::Withheld => return Ok(Some(judgement)),
            Judgement::Restarted => {
                self.restarted = Some(checkpoint.generation);
                return Ok(Some(judgement));
            }
            Judgement::Contradicted => (Discrepancy::Contradicted, judgement.as_str()),
            Judgement::Below => (Discrepancy::Below, judgement.as_str()),
        };
        Err(self.wrong(named, now))
    }

    /// Opens a grant that came with a statement. Returns the keyring including it. `None` while the passbook is locked,
    /// because the grant could not be stored; the next answer contains it again.
    pub(crate) async fn open_grant<K: Keys>(
        &self,
        keys: &K,
        grant: &[u8],
        (generation, epoch): (Generation, KeyEpoch),
        now: Time,
    ) -> Result<Option<Keyring>, SyncError> {
        let Some(unlocked) = &self.unlocked else {
            return Ok(None);
        };
        let agreement = keys.public(DeviceKey::Agreement).await?;
        let expected = GrantFor {
            channel: self.channel,
            generation,
            device: self.identity.device,
            agreement: &agreement,
            epoch: Some(epoch),
            first_number: None,
        };
        let grant = GrantToOpen::verify(grant, &expected, &self.trust.list)
            .map_err(|error| self.fault(&error, now))?;
        let x = keys.agree(grant.enc()).await?;
        let key = grant.open(&x).map_err(|error| self.fault(&error, now))?;
        let mut keyring = Keyring::clone(&unlocked.books.keyring);
        keyring.insert(epoch, key);
        Ok(Some(keyring))
    }
}

/// The discrepancies that a new grant resolves.
pub(crate) fn is_about_grants(what: Discrepancy) -> bool {
    matches!(
        what,
        Discrepancy::Revoked | Discrepancy::ForgedGrant | Discrepancy::ReplayedGrant
    )
}

/// Marks discrepancies as resolved.
pub(crate) fn resolve(found: &mut [Found], settled: impl Fn(Discrepancy) -> bool) {
    for one in found.iter_mut().filter(|one| settled(one.what)) {
        one.resolved = true;
    }
}
