//! Changes the outbox as part of a commit: new orders, and what entries and snapshots say of them.

use crate::error::SyncError;
use crate::names;
use crate::outbox::outgoing::Outgoing;
use crate::outbox::progress::{Progress, Source};
use crate::outbox::refusal::Refusal;
use crate::stage::Stage;
use crate::store::Store;
use envelope::Section;
use order::{Outcome, OutcomeKind, Reason};
use protocol::Entry;
use std::sync::Arc;
use types::{IntentId, VoucherId};

impl<S: Store> Stage<'_, S> {
    /// What an entry says of this device's orders: what became of one, or that its booking has arrived.
    pub(crate) fn settle_order(&mut self, entry: &Entry) -> Result<(), SyncError> {
        if let Some(order) = entry.booking.as_ref().and_then(|b| b.order.as_deref()) {
            let intent: Option<IntentId> = order.parse().ok();
            let outgoing = intent.and_then(|intent| self.books.outbox.get(&intent));
            // The other side of a transfer between own accounts is another entry.
            let debited = |outgoing: &&Outgoing| {
                let debit = outgoing.debit();
                debit.is_some_and(|(account, _)| Some(&account) == entry.account.as_ref())
            };
            return match outgoing.filter(|one| !one.booked).filter(debited).cloned() {
                Some(outgoing) => self.put_order(Outgoing {
                    booked: true,
                    ..outgoing
                }),
                None => Ok(()),
            };
        }
        // The device reports no malformed outcome: the bank still answers what became of the order.
        let Some(Ok(outcome)) = Outcome::from_entry(&entry.kind, &entry.arguments) else {
            return Ok(());
        };
        if self.customers(entry).is_none() {
            return Ok(());
        }
        let outgoing = self.books.outbox.get(&outcome.intent).cloned();
        match outgoing {
            Some(outgoing) => self.hear(outgoing, progress(outcome), Source::Entry),
            None => Ok(()),
        }
    }

    /// Adopts news about an order, if they are news.
    pub(crate) fn hear(
        &mut self,
        mut outgoing: Outgoing,
        news: Progress,
        source: Source,
    ) -> Result<(), SyncError> {
        match outgoing.hear(news, source) {
            true => self.put_order(outgoing),
            false => Ok(()),
        }
    }

    /// The device continues from a snapshot: entries about orders may be among those that it does not get. What is not
    /// pending any more is asked for.
    pub(crate) fn pass_over_orders(&mut self) -> Result<(), SyncError> {
        let all = self.books.outbox.all();
        let open = all.filter(|outgoing| {
            let is_open = !outgoing.progress.is_final() || outgoing.is_pending_amount();
            is_open && outgoing.progress != Progress::Waiting
        });
        let open: Vec<Outgoing> = open.cloned().collect();
        for mut outgoing in open {
            outgoing.passed_over = true;
            match outgoing.progress {
                // The snapshot contains every event so far.
                Progress::Executed { .. } => outgoing.booked = true,
                Progress::Pending(_) => {
                    let id = outgoing.intent.intent.to_string();
                    let pending = self.books.arrangements.get(Section::Order, &id);
                    if pending.is_none_or(|pending| pending.ended || pending.executed) {
                        outgoing.progress = Progress::Accepted;
                    }
                }
                _ => {}
            }
            self.put_order(outgoing)?;
        }
        Ok(())
    }

    /// Stores an order.
    pub(crate) fn put_order(&mut self, outgoing: Outgoing) -> Result<(), SyncError> {
        let name = names::outgoing(self.key, outgoing.intent.intent);
        self.put(name, &outgoing.encode())?;
        self.books.outbox.insert(outgoing);
        Ok(())
    }

    /// Spends a voucher.
    pub(crate) fn spend_voucher(&mut self, voucher: VoucherId) -> Result<(), SyncError> {
        Arc::make_mut(&mut self.books.vouchers).spend(voucher);
        self.put_vouchers()
    }

    /// Stores the vouchers.
    pub(crate) fn put_vouchers(&mut self) -> Result<(), SyncError> {
        let bytes = self.books.vouchers.encode();
        self.put(names::VOUCHERS.to_vec(), &bytes)
    }

    /// Drops the oldest orders with an outcome, if there are too many.
    pub(crate) fn drop_old_orders(&mut self) {
        for intent in self.books.outbox.beyond_the_maximum() {
            self.batch.delete(names::outgoing(self.key, intent));
            self.books.outbox.remove(&intent);
        }
    }
}

fn progress(outcome: Outcome) -> Progress {
    match outcome.kind {
        OutcomeKind::Pending => Progress::Pending(outcome.date),
        OutcomeKind::Executed => Progress::Executed {
            date: outcome.date,
            bank_reference: outcome.bank_reference,
        },
        OutcomeKind::Refused => {
            let unknown = || Reason::Other("unknown".to_owned());
            Progress::Refused(Refusal::Reason(outcome.reason.unwrap_or_else(unknown)))
        }
        OutcomeKind::Cancelled => Progress::Cancelled,
    }
}
