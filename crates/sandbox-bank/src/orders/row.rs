//! The row of an order, and all SQL over it.

use crate::BankError;
use database::{Row, Transaction, params};
use order::{Order, Reason};
use protocol::cbor::{self, Value};
use protocol::cbor_array;
use types::{BusinessDate, CustomerId, Hash, IntentId, Sequence, StandingOrderId, Time, crockford};

/// What happens next with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The day of a dated order comes: it is executed as if it came now.
    Begin,
    /// The held money goes to clearing, or the other bank refuses it.
    Clear,
    /// The other bank has the money, and the clearing account is settled.
    Settle,
    /// The other bank returns the money.
    Return,
}

impl Step {
    const ALL: [Self; 4] = [Self::Begin, Self::Clear, Self::Settle, Self::Return];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Clear => "clear",
            Self::Settle => "settle",
            Self::Return => "return",
        }
    }
}

/// The state of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Executed,
    Refused(Reason),
    Cancelled,
}

impl State {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Executed => "executed",
            Self::Refused(_) => "refused",
            Self::Cancelled => "cancelled",
        }
    }

    fn of(state: &str, reason: Option<String>) -> Result<Self, BankError> {
        let reason = reason.map(|reason| reason.parse()).transpose();
        let reason = reason.map_err(|_| BankError::Broken("the reason of a refusal"))?;
        match (state, reason) {
            ("pending", None) => Ok(Self::Pending),
            ("executed", None) => Ok(Self::Executed),
            ("refused", Some(reason)) => Ok(Self::Refused(reason)),
            ("cancelled", None) => Ok(Self::Cancelled),
            _ => Err(BankError::Broken("an order's state")),
        }
    }
}

/// An order as stored.
#[derive(Debug, Clone)]
pub(crate) struct OrderRow {
    pub(crate) customer: CustomerId,
    pub(crate) intent: IntentId,
    pub(crate) order: Order,
    /// The bank's reference.
    pub(crate) reference: String,
    /// The standing order that it is a payment of.
    pub(crate) standing: Option<StandingOrderId>,
    pub(crate) state: State,
    /// The day of the next step, or of the last one.
    pub(crate) date: Option<BusinessDate>,
    /// What it costs beside its amount, in minor units.
    pub(crate) fee: i64,
    /// What is held for it on the debit account, in minor units: amount and fee.
    pub(crate) held: i64,
    /// What happens next, and when.
    pub(crate) next: Option<(Step, Time)>,
    /// The sequence of the debit's event, in the transaction that books it. Not stored.
    pub(crate) booked: Option<Sequence>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT customer, intent, bytes, reference, standing, state, reason, date, held, step, due, fee
             FROM customer_order ",
            $rest
        )
    };
}

impl OrderRow {
    /// A new order, pending.
    pub(crate) fn new(customer: CustomerId, intent: IntentId, order: Order) -> Self {
        Self {
            reference: reference(&customer, &intent.to_string()),
            customer,
            intent,
            order,
            standing: None,
            state: State::Pending,
            date: None,
            fee: 0,
            held: 0,
            next: None,
            booked: None,
        }
    }

    fn of(row: &Row) -> Result<Self, BankError> {
        let step: Option<String> = row.get(9)?;
        let due: Option<Time> = row.get(10)?;
        let step = step.map(|word| {
            let mut all = Step::ALL.into_iter();
            all.find(|step| step.as_str() == word)
                .ok_or(BankError::Broken("an order's step"))
        });
        Ok(Self {
            customer: row.get(0)?,
            intent: row.get(1)?,
            order: Order::parse(&row.get::<Vec<u8>>(2)?)?,
            reference: row.get(3)?,
            standing: row.get(4)?,
            state: State::of(&row.get::<String>(5)?, row.get(6)?)?,
            date: row.get(7)?,
            held: row.get(8)?,
            next: step.transpose()?.zip(due),
            fee: row.get(11)?,
            booked: None,
        })
    }

    /// The id that the booked entries of this order name: of the standing order, or of the intent.
    pub(crate) fn named(&self) -> String {
        let standing = self.standing.as_ref().map(ToString::to_string);
        standing.unwrap_or_else(|| self.intent.to_string())
    }

    pub(crate) async fn find(
        tx: &mut Transaction<'_>,
        customer: &CustomerId,
        intent: IntentId,
    ) -> Result<Option<Self>, BankError> {
        const FIND: &str = select!("WHERE customer = $1 AND intent = $2");
        let row = tx.query_optional(FIND, params![customer, intent]).await?;
        row.as_ref().map(Self::of).transpose()
    }

    /// The first order with a step that is due.
    pub(crate) async fn due(
        tx: &mut Transaction<'_>,
        now: Time,
    ) -> Result<Option<Self>, BankError> {
        const DUE: &str =
            select!("WHERE due IS NOT NULL AND due <= $1 ORDER BY due, reference LIMIT 1");
        let row = tx.query_optional(DUE, params![now]).await?;
        row.as_ref().map(Self::of).transpose()
    }

    /// The customer's pending orders, ordered by intent.
    pub(crate) async fn pending(
        tx: &mut Transaction<'_>,
        customer: &CustomerId,
    ) -> Result<Vec<Self>, BankError> {
        const PENDING: &str = select!("WHERE customer = $1 AND state = 'pending' ORDER BY intent");
        let rows = tx.query(PENDING, params![customer]).await?;
        rows.iter().map(Self::of).collect()
    }

    /// Stores the order, new or changed.
    pub(crate) async fn put(&self, tx: &mut Transaction<'_>) -> Result<(), BankError> {
        let put = "INSERT INTO customer_order
                (customer, intent, bytes, reference, standing, state, reason, date, held, step, due, fee)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (customer, intent) DO UPDATE SET state = excluded.state, reason = excluded.reason,
                date = excluded.date, held = excluded.held, step = excluded.step, due = excluded.due";
        let reason = match &self.state {
            State::Refused(reason) => Some(reason.as_str()),
            _ => None,
        };
        let params = params![
            &self.customer,
            self.intent,
            self.order.encode(),
            &self.reference,
            self.standing.as_ref(),
            self.state.as_str(),
            reason,
            self.date,
            self.held,
            self.next.map(|(step, _)| step.as_str()),
            self.next.map(|(_, due)| due),
            self.fee,
        ];
        tx.execute(put, params).await?;
        Ok(())
    }
}

/// Eighty bits.
const REFERENCE_CHARACTERS: usize = 16;

/// A reference of the bank: the same for the same customer and id, and another for all others.
pub(crate) fn reference(customer: &CustomerId, id: &str) -> String {
    let content: Value = cbor_array!["sandbox bank reference", 1, customer, id];
    let hash = Hash::of(&cbor::encode(&content));
    crockford::encode(hash.as_bytes(), REFERENCE_CHARACTERS)
}
