//! Sets the customer's own brakes, and asks for the limits as they are now.

use crate::advance::Next;
use crate::bank::Bank;
use crate::device::Device;
use crate::error::SyncError;
use crate::outbox::asked::Asked;
use crate::outbox::stated_limits::StatedLimits;
use crate::platform::Platform;
use crate::stage::Stage;
use crate::state::State;
use crate::store::Store;
use protocol::http::{OrderLimits, SetBrake};
use protocol::{Entry, EntryKind};
use std::sync::Arc;

impl<P: Platform> Device<P> {
    /// Sets or ends a brake: see [`Handle::set_brake`](crate::Handle::set_brake).
    pub async fn set_brake(&mut self, request: &SetBrake) -> Result<OrderLimits, SyncError> {
        self.state.brake(&self.bank, Some(request)).await
    }

    /// Asks for the limits and brakes: see [`Handle::ask_for_limits`](crate::Handle::ask_for_limits).
    pub async fn ask_for_limits(&mut self) -> Result<OrderLimits, SyncError> {
        self.state.brake(&self.bank, None).await
    }
}

impl<S: Store> Stage<'_, S> {
    /// An entry says that a brake or a limit changed: the limits are to be asked for.
    pub(crate) fn hear_of_brakes(&mut self, entry: &Entry) -> Result<(), SyncError> {
        if !matches!(entry.kind, EntryKind::BrakeChanged | EntryKind::LimitRaised) {
            return Ok(());
        }
        Arc::make_mut(&mut self.books.vouchers).changes += 1;
        self.put_vouchers()
    }
}

impl<S: Store> State<S> {
    /// Sets a brake, or asks for the limits, and stores what the bank answers unless the passbook is locked.
    pub(crate) async fn brake<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        request: Option<&SetBrake>,
    ) -> Result<OrderLimits, SyncError> {
        self.refresh().await?;
        let books = self.unlocked.as_ref().map(|unlocked| &unlocked.books);
        let asked = books.map(|books| Asked::with(&books.vouchers, &books.outbox));
        let limits = bank.brake(&self.token, request).await?;
        if let Some(asked) = asked {
            self.accept_limits(bank, limits.clone(), asked).await?;
        }
        Ok(limits)
    }

    async fn accept_limits<P: Platform<Store = S>>(
        &mut self,
        bank: &Bank<P>,
        limits: OrderLimits,
        asked: Asked,
    ) -> Result<(), SyncError> {
        let moment = bank.moment();
        let mut stage = self.stage()?;
        let vouchers = Arc::make_mut(&mut stage.books.vouchers);
        let at = moment.banks_time(vouchers.clock_offset_ms);
        vouchers.contained = vouchers.contained.max(asked.changes);
        vouchers.limits = Some(StatedLimits {
            limits,
            at,
            unanswered: asked.unanswered,
        });
        stage.put_vouchers()?;
        let staged = stage.finish()?;
        self.advance(Next::of(staged)).await
    }
}
