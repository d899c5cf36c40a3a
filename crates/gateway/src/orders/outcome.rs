//! How far an order has come, for the device that asks.

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::store::CustomerIndex;
use crate::store::intent::{self, IntentRow, Progress};
use protocol::http::{OrderAnswer, OrderChallenge, OrderProgress};
use types::{CustomerId, DeviceId, ErrorCode, IntentId};

impl Gateway {
    /// How far the order with that id has come, of the customer of `device`. `None` if it never arrived.
    pub async fn order(
        &self,
        device: DeviceId,
        intent: IntentId,
    ) -> Result<Option<OrderAnswer>, Failure> {
        let Some(stated) = self.stated(device).await? else {
            return Ok(None);
        };
        let Some(row) = self.order_of(&stated.statement.customer, intent).await? else {
            return Ok(None);
        };
        let challenge = self.open_challenge(&row).await?;
        Ok(Some(answer(row, challenge)))
    }

    /// The customer's order with that id, as far as it has come now.
    pub(crate) async fn order_of(
        &self,
        customer: &CustomerId,
        intent: IntentId,
    ) -> Result<Option<IntentRow>, Failure> {
        let index = self.customer_index(customer);
        let Some(mut row) = self.row(index, intent).await? else {
            return Ok(None);
        };
        if row.progress.state == OrderProgress::Pending {
            let state = self.0.core_bank.order_state(customer, intent).await?;
            if let Some(progress) = state.map(Progress::from)
                && progress != row.progress
            {
                self.set_progress(&row, progress.clone()).await?;
                row.progress = progress;
            }
        }
        Ok(Some(row))
    }

    async fn row(
        &self,
        customer: CustomerIndex,
        intent: IntentId,
    ) -> Result<Option<IntentRow>, Failure> {
        self.0
            .database
            .read(async move |tx| Ok::<_, Failure>(intent::find(tx, (customer, intent)).await?))
            .await
    }
}

fn answer(row: IntentRow, challenge: Option<OrderChallenge>) -> OrderAnswer {
    let refused = ErrorCode::from_number(row.ended.unwrap_or(row.refusal));
    OrderAnswer {
        intent: row.intent,
        received: row.received,
        state: row.progress.state,
        reason: row
            .progress
            .reason
            .or_else(|| refused.map(|code| code.slug().to_owned())),
        code: refused.map(|code| code.number()),
        bank_reference: row.progress.bank_reference,
        date: row.progress.date,
        challenge,
    }
}
