//! Signs the answer to a challenge and stores it. It is sent only after that.

use crate::advance::Next;
use crate::approved::Approved;
use crate::bank::Bank;
use crate::command::ToSign;
use crate::error::SyncError;
use crate::outbox::outgoing::Outgoing;
use crate::outbox::progress::Progress;
use crate::outbox::shown_order::ShownOrder;
use crate::platform::Platform;
use crate::state::State;
use crate::store::Store;
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

    /// Has the person approve the challenge to an order and stores the answer. An answer that is stored already is not
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
        let approved = Approved::by_person(bank, &payload.encode()).await?;
        let outgoing = Outgoing {
            progress: Progress::Approved(asked, Box::new(approved)),
            ..outgoing
        };
        let shown = ShownOrder::of(&outgoing);
        self.put_order(outgoing).await?;
        Ok(shown)
    }

    /// Drops the stored answer to a challenge: the bank does not accept it before the person has logged in. The person is
    /// asked again.
    pub(crate) async fn take_approval_back(&mut self, intent: IntentId) -> Result<(), SyncError> {
        let outgoing = self.unlocked()?.books.outbox.get(&intent).cloned();
        let Some(outgoing) = outgoing else {
            return Ok(());
        };
        let Progress::Approved(asked, _) = outgoing.progress else {
            return Ok(());
        };
        self.put_order(Outgoing {
            progress: Progress::Challenged(asked),
            ..outgoing
        })
        .await
    }

    async fn put_order(&mut self, outgoing: Outgoing) -> Result<(), SyncError> {
        let mut stage = self.stage()?;
        stage.put_order(outgoing)?;
        let staged = stage.finish()?;
        self.advance(Next::durable(staged)).await
    }
}
