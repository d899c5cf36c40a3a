//! Hands accepted orders to the core bank, until it has answered for each.

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::store::intent::{self, IntentRow, Progress};
use crate::store::{brake, burnt, challenge, voucher};
use core_bank::{CoreBankError, OrderState, Placing};
use futures_util::future::{join_all, join4};
use order::{Assertion, Intent, OrderKind, Reason, SignedIntent};
use protocol::ParseError;
use protocol::cbor::{self, Fields, FromValue as _};
use protocol::cbor_array;
use protocol::http::OrderProgress;
use std::time::Duration;
use tokio::task::JoinHandle;
use types::IntentId;

const SIGNED: &str = "gateway.intent.signed";

/// Time between two looks for orders that were not handed on, because the process ended or the core bank was away, and for
/// stops.
const SWEEP: Duration = Duration::from_millis(500);

/// An order is looked for this long after its acceptance, because a request hands its own order on.
const SWEPT_AFTER_MS: u64 = 2_000;

/// Maximum orders of one look.
const SWEEP_ORDERS: u32 = 256;

/// Time between two deletions of what is too old to be asked for.
const FORGETTING: Duration = Duration::from_secs(3_600);

/// Ids and answers are kept this long.
const KEPT_MS: u64 = 400 * 86_400_000;

/// Vouchers are kept this long after they expired, so that a refusal says that they did.
const VOUCHERS_KEPT_MS: u64 = 30 * 86_400_000;

impl Gateway {
    /// Carries out stops that the core bank has not done, hands orders to it that their requests did not hand on, ends
    /// those whose challenge nobody answered, tells notification of facts of gateway's own and other apps of what changed, and
    /// deletes what is too old. Runs until it is dropped.
    pub async fn run(&self) {
        // What another service does not answer keeps nothing else waiting.
        join4(
            self.keep_stopping(),
            self.keep_handing_on(),
            self.keep_telling(),
            self.keep_telling_apps(),
        )
        .await;
    }

    async fn keep_stopping(&self) {
        let mut knows_all = false;
        loop {
            if let Err(failure) = self.look_for_stops(&mut knows_all).await {
                let failure = types::error_chain(&failure);
                tracing::error!("orders of stopped customers are not stopped yet: {failure}");
            }
            tokio::time::sleep(SWEEP).await;
        }
    }

    async fn keep_handing_on(&self) {
        let mut forget_in = Duration::ZERO;
        loop {
            if let Err(failure) = self.sweep().await {
                let failure = types::error_chain(&failure);
                tracing::warn!("orders wait for the core bank: {failure}");
            }
            if let Err(failure) = self.end_unanswered().await {
                let failure = types::error_chain(&failure);
                tracing::warn!("challenges that expired were not ended: {failure}");
            }
            if forget_in.is_zero() {
                if let Err(failure) = self.forget().await {
                    let failure = types::error_chain(&failure);
                    tracing::warn!("old orders were not deleted: {failure}");
                }
                forget_in = FORGETTING;
            }
            forget_in = forget_in.saturating_sub(SWEEP);
            tokio::time::sleep(SWEEP).await;
        }
    }

    /// Places every order that has waited for a while.
    pub(super) async fn sweep(&self) -> Result<(), Failure> {
        let until = self.now().minus_ms(SWEPT_AFTER_MS);
        let rows = self
            .0
            .database
            .read(async move |tx| {
                Ok::<_, Failure>(intent::not_placed(tx, until, SWEEP_ORDERS).await?)
            })
            .await?;
        let placing = rows.iter().filter_map(|row| self.take_in_hand(row));
        // One order that fails keeps no other waiting.
        join_all(placing).await.into_iter().collect()
    }

    /// Places an order beside the request that brought it. If it is not taken in hand, a look finds it.
    pub(super) fn place_soon(&self, row: IntentRow) -> Option<JoinHandle<()>> {
        let held = self.0.in_hand.take_waiting(&row)?;
        let gateway = self.clone();
        Some(tokio::spawn(async move {
            if let Err(failure) = held.in_turn(gateway.place(&row)).await {
                let failure = types::error_chain(&failure);
                tracing::warn!(intent = %row.intent, "an order waits for the core bank: {failure}");
            }
        }))
    }

    /// Places an order in its turn, if it is not in hand already.
    fn take_in_hand<'a>(
        &'a self,
        row: &'a IntentRow,
    ) -> Option<impl Future<Output = Result<(), Failure>> + 'a> {
        let held = self.0.in_hand.take((row.customer, row.intent))?;
        Some(async move { held.in_turn(self.place(row)).await })
    }

    /// Places an order and stores the core bank's answer. Placing it again is harmless.
    pub(super) async fn place(&self, row: &IntentRow) -> Result<(), Failure> {
        self.stop_first(row.customer).await?;
        let intent = self.open_intent(row)?;
        if intent.order.kind() == OrderKind::Cancel {
            self.place_target_of(row, &intent).await?;
        }
        self.place_one(row, intent).await
    }

    /// A cancellation must not overtake the order that it cancels.
    async fn place_target_of(&self, row: &IntentRow, cancel: &Intent) -> Result<(), Failure> {
        let target: Option<IntentId> = cancel.order.target().and_then(|id| id.parse().ok());
        let Some(target) = target else { return Ok(()) };
        let customer = row.customer;
        let target = self
            .0
            .database
            .read(async move |tx| Ok::<_, Failure>(intent::find(tx, (customer, target)).await?))
            .await?;
        match target {
            Some(target) if target.progress.state == OrderProgress::Received => {
                let intent = self.open_intent(&target)?;
                self.place_one(&target, intent).await
            }
            _ => Ok(()),
        }
    }

    async fn place_one(&self, row: &IntentRow, intent: Intent) -> Result<(), Failure> {
        let placing = Placing {
            customer: intent.customer,
            device: row.device,
            intent: intent.intent,
            order: intent.order,
            created: intent.created,
        };
        let state = match self.0.core_bank.place(placing).await {
            // The customer's other order has the id, so this one can never be executed.
            Err(CoreBankError::OrderConflict(intent)) => {
                tracing::error!(%intent, "the core bank has another order with this id");
                OrderState::Refused(Reason::Other("id_used".to_owned()))
            }
            state => state?,
        };
        self.set_progress(row, Progress::from(state)).await
    }

    /// Stores how far an order has come.
    pub(super) async fn set_progress(
        &self,
        row: &IntentRow,
        progress: Progress,
    ) -> Result<(), Failure> {
        let key = (row.customer, row.intent);
        self.0
            .database
            .write(async move |tx| {
                Ok::<_, Failure>(intent::set_progress(tx, key, &progress).await?)
            })
            .await
    }

    pub(super) async fn forget(&self) -> Result<(), Failure> {
        let now = self.now();
        let (orders, vouchers) = (now.minus_ms(KEPT_MS), now.minus_ms(VOUCHERS_KEPT_MS));
        self.0
            .database
            .write(async move |tx| {
                intent::forget(tx, orders).await?;
                burnt::forget(tx, orders).await?;
                challenge::forget(tx, orders).await?;
                brake::forget(tx, now).await?;
                voucher::forget(tx, vouchers).await?;
                Ok::<_, Failure>(())
            })
            .await
    }

    /// Seals a signed intent, the evidence of what the customer ordered.
    pub(super) fn seal_signed(&self, signed: &SignedIntent) -> Result<Vec<u8>, Failure> {
        self.seal_evidence(SIGNED, &signed.signed, signed.assertion.as_ref())
    }

    /// Seals a Sign1 and the assertion beside it for a column.
    pub(super) fn seal_evidence(
        &self,
        column: &str,
        signed: &[u8],
        assertion: Option<&Assertion>,
    ) -> Result<Vec<u8>, Failure> {
        let stored = cbor::encode(&cbor_array![signed, assertion]);
        Ok(self.0.columns.seal(column, &stored)?)
    }

    /// Opens the intent of a stored order.
    pub(super) fn open_intent(&self, row: &IntentRow) -> Result<Intent, Failure> {
        let stored = self.0.columns.open(SIGNED, &row.signed)?;
        let signed = signed(&stored)?;
        let bytes = signed.intent_bytes().map_err(|_| Failure::StoredOrder)?;
        Intent::parse(&bytes).map_err(|_| Failure::StoredOrder)
    }
}

fn signed(stored: &[u8]) -> Result<SignedIntent, Failure> {
    let read = || {
        let mut fields = Fields::new(Vec::from_value(cbor::decode(stored)?)?);
        let signed = SignedIntent {
            signed: fields.take()?,
            assertion: fields.take()?,
        };
        fields.end()?;
        Ok(signed)
    };
    read().map_err(|_: ParseError| Failure::StoredOrder)
}
