//! Orders: their stored answers, and how far they have come.

use super::CustomerIndex;
use core_bank::OrderState;
use database::{DatabaseError, Row, Transaction, params};
use protocol::http::OrderProgress;
use types::{BusinessDate, DeviceId, Hash, IntentId, Time};

/// An order of a customer.
#[derive(Debug, Clone)]
pub(crate) struct IntentRow {
    pub(crate) customer: CustomerIndex,
    pub(crate) intent: IntentId,
    /// SHA-256 of the intent's bytes.
    pub(crate) hash: Hash,
    pub(crate) device: DeviceId,
    pub(crate) received: Time,
    /// The code of gateway's refusal; 0 if gateway accepted the order.
    pub(crate) refusal: u16,
    /// The body of the answer.
    pub(crate) answer: Vec<u8>,
    /// Sealed.
    pub(crate) signed: Vec<u8>,
    pub(crate) progress: Progress,
}

/// How far an order has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) state: OrderProgress,
    pub(crate) reason: Option<String>,
    pub(crate) bank_reference: Option<String>,
    pub(crate) date: Option<BusinessDate>,
}

impl Progress {
    /// The progress of an order in this state, with nothing more to say.
    pub(crate) const fn of(state: OrderProgress) -> Self {
        Self {
            state,
            reason: None,
            bank_reference: None,
            date: None,
        }
    }
}

impl From<OrderState> for Progress {
    fn from(state: OrderState) -> Self {
        match state {
            OrderState::Pending { date } => Self {
                date,
                ..Self::of(OrderProgress::Pending)
            },
            OrderState::Executed {
                bank_reference,
                date,
            } => Self {
                bank_reference,
                date: Some(date),
                ..Self::of(OrderProgress::Executed)
            },
            OrderState::Refused(reason) => Self {
                reason: Some(reason.to_string()),
                ..Self::of(OrderProgress::Refused)
            },
            OrderState::Cancelled => Self::of(OrderProgress::Cancelled),
        }
    }
}

const STATES: [(OrderProgress, &str); 5] = [
    (OrderProgress::Received, "received"),
    (OrderProgress::Pending, "pending"),
    (OrderProgress::Executed, "executed"),
    (OrderProgress::Refused, "refused"),
    (OrderProgress::Cancelled, "cancelled"),
];

/// The state as it is stored.
pub(crate) fn word(state: OrderProgress) -> &'static str {
    let found = STATES.iter().find(|(known, _)| *known == state);
    found.map_or("received", |(_, word)| word)
}

impl IntentRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let stored: String = row.get("state")?;
        let state = STATES.iter().find(|(_, word)| *word == stored);
        Ok(Self {
            customer: row.get("customer")?,
            intent: row.get("intent")?,
            hash: row.get("hash")?,
            device: row.get("device")?,
            received: row.get("received_ms")?,
            refusal: row.get("refusal")?,
            answer: row.get("answer")?,
            signed: row.get("signed")?,
            progress: Progress {
                state: state.map_or(OrderProgress::Received, |(state, _)| *state),
                reason: row.get("reason")?,
                bank_reference: row.get("bank_reference")?,
                date: row.get("date")?,
            },
        })
    }
}

/// Stores a new order.
pub(crate) async fn insert(tx: &mut Transaction<'_>, row: &IntentRow) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO intent (customer, intent, hash, device, received_ms, refusal, answer, signed, state, reason,
            bank_reference, date) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            row.customer,
            row.intent,
            row.hash,
            row.device,
            row.received,
            row.refusal,
            &row.answer,
            &row.signed,
            word(row.progress.state),
            row.progress.reason.as_deref(),
            row.progress.bank_reference.as_deref(),
            row.progress.date,
        ],
    )
    .await?;
    Ok(())
}

/// The customer's order with that id.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    (customer, intent): (CustomerIndex, IntentId),
) -> Result<Option<IntentRow>, DatabaseError> {
    let select = "SELECT * FROM intent WHERE customer = $1 AND intent = $2";
    let row = tx.query_optional(select, params![customer, intent]).await?;
    row.as_ref().map(IntentRow::read).transpose()
}

/// The first `limit` accepted orders from before `time` that the core bank has not answered, oldest first.
pub(crate) async fn not_placed(
    tx: &mut Transaction<'_>,
    time: Time,
    limit: u32,
) -> Result<Vec<IntentRow>, DatabaseError> {
    let select = "SELECT * FROM intent WHERE state = 'received' AND received_ms < $1 ORDER BY received_ms LIMIT $2";
    let rows = tx.query(select, params![time, limit]).await?;
    rows.iter().map(IntentRow::read).collect()
}

/// Stores how far the order has come. An order that has its outcome keeps it.
pub(crate) async fn set_progress(
    tx: &mut Transaction<'_>,
    (customer, intent): (CustomerIndex, IntentId),
    progress: &Progress,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE intent SET state = $1, reason = $2, bank_reference = $3, date = $4
         WHERE customer = $5 AND intent = $6 AND state IN ('received', 'pending')",
        params![
            word(progress.state),
            progress.reason.as_deref(),
            progress.bank_reference.as_deref(),
            progress.date,
            customer,
            intent,
        ],
    )
    .await?;
    Ok(())
}

/// Deletes the orders that were received before `time`, unless they wait for the core bank.
pub(crate) async fn forget(tx: &mut Transaction<'_>, time: Time) -> Result<(), DatabaseError> {
    let delete =
        "DELETE FROM intent WHERE received_ms < $1 AND state NOT IN ('received', 'pending')";
    tx.execute(delete, params![time]).await?;
    Ok(())
}
