//! Orders: their stored answers, and how far they have come.

use super::{CustomerIndex, initiation};
use core_bank::OrderState;
use database::{DatabaseError, Row, Transaction, params};
use order::OrderKind;
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
    pub(crate) moved: Option<Moved>,
    pub(crate) progress: Progress,
    /// The code with which gateway ended the order after it had accepted it.
    pub(crate) ended: Option<u16>,
}

/// What an order moves out of the customer's accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    /// In minor units of the limits' currency, rounded up.
    pub(crate) minor_units: i64,
    /// The blind index of the payee.
    pub(crate) payee: [u8; 32],
    /// The order's kind. `None` if an earlier version stored the order.
    pub(crate) kind: Option<OrderKind>,
}

/// What the customer's orders to a payee have moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ToPayee {
    /// In minor units of the limits' currency.
    pub(crate) minor_units: i64,
    /// When the first of them was received.
    pub(crate) first: Option<Time>,
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

const STATES: [(OrderProgress, &str); 6] = [
    (OrderProgress::Received, "received"),
    (OrderProgress::Challenged, "challenged"),
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
        let kind: Option<String> = row.get("kind")?;
        let kind = kind.and_then(|kind| kind.parse().ok());
        Ok(Self {
            customer: row.get("customer")?,
            intent: row.get("intent")?,
            hash: row.get("hash")?,
            device: row.get("device")?,
            received: row.get("received_ms")?,
            refusal: row.get("refusal")?,
            answer: row.get("answer")?,
            signed: row.get("signed")?,
            moved: row.get::<Option<i64>>("moved")?.zip(row.get("payee")?).map(
                |(minor_units, payee)| Moved {
                    minor_units,
                    payee,
                    kind,
                },
            ),
            progress: Progress {
                state: state.map_or(OrderProgress::Received, |(state, _)| *state),
                reason: row.get("reason")?,
                bank_reference: row.get("bank_reference")?,
                date: row.get("date")?,
            },
            ended: row.get("ended")?,
        })
    }
}

/// Stores a new order.
pub(crate) async fn insert(tx: &mut Transaction<'_>, row: &IntentRow) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO intent (customer, intent, hash, device, received_ms, refusal, answer, signed, state, moved, payee,
            kind, reason, bank_reference, date) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
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
            row.moved.as_ref().map(|moved| moved.minor_units),
            row.moved.as_ref().map(|moved| moved.payee),
            row.moved
                .as_ref()
                .and_then(|moved| moved.kind)
                .map(OrderKind::as_str),
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

/// Ends the wait for the answer to an order's challenge. Returns whether the order was waiting: of two calls at once, one
/// is told that it was.
pub(crate) async fn end_challenge(
    tx: &mut Transaction<'_>,
    (customer, intent): (CustomerIndex, IntentId),
    state: OrderProgress,
    ended: Option<u16>,
) -> Result<bool, DatabaseError> {
    let update = "UPDATE intent SET state = $1, ended = $2 WHERE customer = $3 AND intent = $4 AND state = 'challenged'";
    let values = params![word(state), ended, customer, intent];
    let was_waiting = tx.execute(update, values).await? > 0;
    if was_waiting {
        initiation::count_change(tx, (customer, intent)).await?;
    }
    Ok(was_waiting)
}

/// The number of the customer's orders since `time` that move money, and what they move; then the same of one device's.
pub(crate) async fn activity_since(
    tx: &mut Transaction<'_>,
    (customer, device): (CustomerIndex, DeviceId),
    time: Time,
) -> Result<[(u64, i64); 2], DatabaseError> {
    let select = "SELECT COUNT(*), CAST(COALESCE(SUM(moved), 0) AS BIGINT),
        COUNT(*) FILTER (WHERE device = $1), CAST(COALESCE(SUM(moved) FILTER (WHERE device = $1), 0) AS BIGINT)
        FROM intent WHERE customer = $2 AND received_ms > $3
        AND moved IS NOT NULL AND state NOT IN ('refused', 'cancelled')";
    let row = tx
        .query_one(select, params![device, customer, time])
        .await?;
    Ok([(row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?)])
}

/// What the customer's orders have moved since `time`, in minor units of the limits' currency. An order counts unless it
/// was refused or cancelled.
pub(crate) async fn moved_since(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    time: Time,
) -> Result<i64, DatabaseError> {
    let select = "SELECT CAST(COALESCE(SUM(moved), 0) AS BIGINT) FROM intent WHERE customer = $1 AND received_ms > $2
        AND moved IS NOT NULL AND state NOT IN ('refused', 'cancelled')";
    tx.query_one(select, params![customer, time]).await?.get(0)
}

/// What the customer's orders of a kind have moved since `time`. Orders that an earlier version stored do not count.
pub(crate) async fn moved_of_kind(
    tx: &mut Transaction<'_>,
    (customer, kind): (CustomerIndex, OrderKind),
    time: Time,
) -> Result<i64, DatabaseError> {
    let select = "SELECT CAST(COALESCE(SUM(moved), 0) AS BIGINT) FROM intent WHERE customer = $1 AND received_ms > $2
        AND kind = $3 AND moved IS NOT NULL AND state NOT IN ('refused', 'cancelled')";
    tx.query_one(select, params![customer, time, kind.as_str()])
        .await?
        .get(0)
}

/// What the orders of one device have moved.
pub(crate) async fn moved_by_device(
    tx: &mut Transaction<'_>,
    (customer, device): (CustomerIndex, DeviceId),
) -> Result<i64, DatabaseError> {
    let select = "SELECT CAST(COALESCE(SUM(moved), 0) AS BIGINT) FROM intent WHERE customer = $1 AND device = $2
        AND moved IS NOT NULL AND state NOT IN ('refused', 'cancelled')";
    tx.query_one(select, params![customer, device])
        .await?
        .get(0)
}

/// What the customer's orders have moved to a payee.
pub(crate) async fn moved_to_payee(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    payee: [u8; 32],
) -> Result<ToPayee, DatabaseError> {
    let select = "SELECT CAST(COALESCE(SUM(moved), 0) AS BIGINT), MIN(received_ms) FROM intent WHERE customer = $1
        AND payee = $2 AND state NOT IN ('refused', 'cancelled')";
    let row = tx.query_one(select, params![customer, payee]).await?;
    Ok(ToPayee {
        minor_units: row.get(0)?,
        first: row.get(1)?,
    })
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

/// The customer's orders in a state, oldest first.
pub(crate) async fn in_state(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    state: OrderProgress,
) -> Result<Vec<IntentRow>, DatabaseError> {
    let select = "SELECT * FROM intent WHERE customer = $1 AND state = $2 ORDER BY received_ms";
    let rows = tx.query(select, params![customer, word(state)]).await?;
    rows.iter().map(IntentRow::read).collect()
}

/// Stores how far the order has come. An order that has its outcome keeps it.
pub(crate) async fn set_progress(
    tx: &mut Transaction<'_>,
    (customer, intent): (CustomerIndex, IntentId),
    progress: &Progress,
) -> Result<(), DatabaseError> {
    let update = "UPDATE intent SET state = $1, reason = $2, bank_reference = $3, date = $4
         WHERE customer = $5 AND intent = $6 AND state IN ('received', 'pending')";
    let values = params![
        word(progress.state),
        progress.reason.as_deref(),
        progress.bank_reference.as_deref(),
        progress.date,
        customer,
        intent,
    ];
    if tx.execute(update, values).await? > 0 {
        initiation::count_change(tx, (customer, intent)).await?;
    }
    Ok(())
}

/// Deletes the orders that were received before `time`, unless they wait for the core bank or for an answer.
pub(crate) async fn forget(tx: &mut Transaction<'_>, time: Time) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM intent WHERE received_ms < $1 AND state NOT IN ('received', 'pending', 'challenged')";
    tx.execute(delete, params![time]).await?;
    Ok(())
}
