//! Signs a reviewed order, and stores it with its voucher spent. It is sent only after that.

use crate::advance::Next;
use crate::approved::Approved;
use crate::bank::Bank;
use crate::error::SyncError;
use crate::outbox::fees;
use crate::outbox::objection::Objection;
use crate::outbox::outgoing::Outgoing;
use crate::outbox::review::Review;
use crate::outbox::shown_order::ShownOrder;
use crate::platform::Platform;
use crate::state::State;
use crate::store::Store;
use order::{Intent, Orderer};
use types::Time;

/// How long the bank may accept an order after it was signed.
const GOOD_FOR_MS: u64 = 24 * 60 * 60 * 1000;

impl<S: Store> State<S> {
    /// Has the person approve a reviewed order and stores it. An order that is stored already is not signed again.
    pub(crate) async fn submit<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        review: &Review,
    ) -> Result<ShownOrder, SyncError> {
        self.refresh_if_stale().await?;
        let books = &self.unlocked()?.books;
        if let Some(outgoing) = books.outbox.get(&review.intent()) {
            return Ok(ShownOrder::of(outgoing));
        }
        let shown = self.shown(bank.moment());
        let now = shown.banks_time();
        let objections = shown.objections(review.order(), now)?;
        if objections.iter().any(Objection::blocks) {
            return Err(SyncError::Objected(objections));
        }
        let fee = fees::fee(shown.page()?, review.order(), now);
        if fee != review.fee() {
            return Err(SyncError::Objected(vec![Objection::FeeChanged(fee)]));
        }
        let intent = self.intent(review, now)?;
        let approved = Approved::by_person(bank, &intent.encode()).await?;

        let voucher = intent.voucher;
        let outgoing = Outgoing::new(intent, approved, fee);
        let shown = ShownOrder::of(&outgoing);
        let mut stage = self.stage()?;
        stage.drop_old_orders();
        stage.put_order(outgoing)?;
        if let Some(voucher) = voucher {
            stage.spend_voucher(voucher)?;
        }
        let staged = stage.finish()?;
        self.advance(Next::durable(staged)).await?;
        Ok(shown)
    }

    /// The intent of a reviewed order, good for a day, and no longer than its voucher.
    fn intent(&self, review: &Review, now: Time) -> Result<Intent, SyncError> {
        let order = review.order().clone();
        let vouchers = &self.unlocked()?.books.vouchers;
        let needs_voucher = !order.kind().has_target();
        let voucher = vouchers.choose(&order, now).filter(|_| needs_voucher);
        let latest = now.plus_ms(GOOD_FOR_MS);
        let not_after = voucher.map_or(latest, |voucher| latest.min(voucher.expires));
        let orderer = Orderer {
            customer: self.identity.customer.clone(),
            channel: self.channel,
            device: self.identity.device,
        };
        let voucher = voucher.map(|voucher| voucher.voucher);
        let id = review.intent();
        let times = (now, not_after);
        Ok(Intent::new(
            id,
            orderer,
            order,
            voucher,
            times,
            review.locale(),
        )?)
    }
}
