//! What the bank's answers, and the time, say of orders and vouchers.

use crate::advance::Next;
use crate::bank::Bank;
use crate::error::SyncError;
use crate::outbox::asked::Asked;
use crate::outbox::outgoing::Outgoing;
use crate::outbox::progress::{Progress, Source};
use crate::outbox::stated_fees;
use crate::outbox::stated_limits::StatedLimits;
use crate::platform::Platform;
use crate::state::State;
use crate::store::Store;
use order::Voucher;
use protocol::http::VouchersAnswer;
use std::sync::Arc;
use types::{ErrorCode, IntentId, Time};

/// The codes with which the bank's answer to an order is final.
const ORDER_CODES: std::ops::RangeInclusive<u16> = 8001..=8999;

impl<S: Store> State<S> {
    /// Records what is known of orders: that they are about to be sent, or what an answer says of them.
    pub(crate) async fn hear_of_orders(
        &mut self,
        all: &[(IntentId, Progress)],
    ) -> Result<(), SyncError> {
        let mut stage = self.stage()?;
        for (intent, news) in all {
            let outgoing = stage.books.outbox.get(intent).cloned();
            if let Some(outgoing) = outgoing {
                stage.hear(outgoing, news.clone(), Source::Answer)?;
            }
        }
        if stage.batch.is_empty() {
            return Ok(());
        }
        let staged = stage.finish()?;
        // An order whose sending was forgotten in a power failure would be said to have expired.
        let about_to_be_sent = all.iter().any(|(_, news)| *news == Progress::Sent);
        let next = match about_to_be_sent {
            true => Next::durable(staged),
            false => Next::of(staged),
        };
        self.advance(next).await
    }

    /// Marks the orders as expired that were never sent and are too late now.
    pub(crate) async fn expire_orders(&mut self, now: Time) -> Result<(), SyncError> {
        let outbox = &self.unlocked()?.books.outbox;
        let expired = outbox.all().filter(|outgoing| outgoing.is_too_late(now));
        let expired: Vec<_> = expired
            .map(|outgoing| (outgoing.intent.intent, Progress::Expired))
            .collect();
        self.hear_of_orders(&expired).await
    }

    /// Remembers that an order's answer was lost.
    pub(crate) fn is_unanswered(&mut self, intent: &IntentId) {
        let Some(unlocked) = &mut self.unlocked else {
            return;
        };
        let outbox = &mut unlocked.books.outbox;
        if let Some(outgoing) = outbox.get(intent).cloned() {
            outbox.insert(Outgoing {
                unanswered: true,
                ..outgoing
            });
        }
        self.publish();
    }

    /// Stores the vouchers that the bank gave, as far as it signed them for this device.
    pub(crate) async fn accept_vouchers<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        (answer, asked): (&VouchersAnswer, Asked),
    ) -> Result<(), SyncError> {
        let moment = bank.moment();
        let mut stage = self.stage()?;
        let ahead_ms = moment.ahead_ms();
        let ahead_ms = ahead_ms.unwrap_or(stage.books.vouchers.clock_offset_ms);
        let now = moment.banks_time(ahead_ms);
        let (customer, device) = (&self.identity.customer, self.identity.device);
        let trust = &self.trust.list;
        let given = answer
            .vouchers
            .iter()
            .filter_map(|bytes| Voucher::verify(bytes.as_ref(), trust, customer, device, now).ok());
        let given = given.collect();
        let vouchers = Arc::make_mut(&mut stage.books.vouchers);
        vouchers.replace(given, &stage.books.outbox);
        vouchers.clock_offset_ms = ahead_ms;
        vouchers.contained = vouchers.contained.max(asked.changes);
        if let Some(limits) = answer.limits.clone() {
            vouchers.limits = Some(StatedLimits {
                limits,
                at: now,
                unanswered: asked.unanswered,
            });
        }
        vouchers.fees = stated_fees::known(&answer.fees);
        stage.put_vouchers()?;
        let staged = stage.finish()?;
        self.advance(Next::of(staged)).await
    }
}

/// What a refusal says of an order. `None` if it says nothing: the bank was not available, or refuses the device.
pub(crate) fn refusal(error: &SyncError) -> Option<Progress> {
    let SyncError::Refused(refused) = error else {
        return None;
    };
    let problem = refused.problem.as_ref()?;
    if !ORDER_CODES.contains(&problem.code) {
        return None;
    }
    if problem.code == ErrorCode::OrderUnknown.number() {
        return None;
    }
    Some(Progress::of_code(problem.code, problem.detail.clone()))
}
