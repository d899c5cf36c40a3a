//! Signs the answer to a challenge and stores it. It is sent only after that.

use crate::advance::Next;
use crate::bank::Bank;
use crate::command::ToSign;
use crate::error::SyncError;
use crate::keys::{DeviceKey, Keys as _};
use crate::outbox::outgoing::Outgoing;
use crate::outbox::progress::Progress;
use crate::outbox::shown_order::ShownOrder;
use crate::platform::Platform;
use crate::state::State;
use crate::store::Store;
use envelope::Sign1;
use order::Challenge;
use types::IntentId;

impl<S: Store> State<S> {
    /// Signs an order, or the second approval of one.
    pub(crate) async fn sign<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        to_sign: &ToSign,
    ) -> Result<ShownOrder, SyncError> {
        match to_sign {
            ToSign::Order(review) => self.submit(bank, review).await,
            ToSign::Approval(intent) => self.approve(bank, *intent).await,
        }
    }

    /// Signs the challenge to an order with the approval key and stores the answer. An answer that is stored already is not
    /// signed again.
    pub(crate) async fn approve<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        intent: IntentId,
    ) -> Result<ShownOrder, SyncError> {
        self.refresh_if_stale().await?;
        let outgoing = self.unlocked()?.books.outbox.get(&intent).cloned();
        let outgoing = outgoing.ok_or(SyncError::NotChallenged)?;
        let asked = match &outgoing.progress {
            Progress::Challenged(asked) if asked.can_be_answered() => asked.clone(),
            Progress::Challenged(_) => return Err(SyncError::ChallengeUnknown),
            Progress::Approved(..) => return Ok(ShownOrder::of(&outgoing)),
            _ => return Err(SyncError::NotChallenged),
        };
        let payload = Challenge {
            customer: outgoing.intent.customer.clone(),
            intent,
            hash: outgoing.intent.hash(),
            challenge: asked.challenge,
        };
        let signed = sign(bank, &payload.encode()).await?;
        let outgoing = Outgoing {
            progress: Progress::Approved(asked, signed),
            ..outgoing
        };
        let shown = ShownOrder::of(&outgoing);
        let mut stage = self.stage()?;
        stage.put_order(outgoing)?;
        let staged = stage.finish()?;
        self.advance(Next {
            durable: true,
            ..Next::of(staged)
        })
        .await?;
        Ok(shown)
    }
}

/// A Sign1 by the approval key, which may ask the person.
pub(crate) async fn sign<P: Platform>(
    bank: &Bank<P>,
    payload: &[u8],
) -> Result<Vec<u8>, SyncError> {
    let kid = bank.keys.public(DeviceKey::Approval).await?.kid();
    let to_be_signed = Sign1::to_be_signed(kid, payload);
    let signature = bank.keys.sign(DeviceKey::Approval, &to_be_signed).await?;
    Ok(Sign1::assemble_embedded(kid, payload, &signature))
}
