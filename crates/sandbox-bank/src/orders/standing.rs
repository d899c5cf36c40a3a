//! Standing orders, and their payments.
//!
//! A payment is an order of its own, with an id that the bank makes. So it is reported, held, cleared and returned like
//! the customer's own orders; its booked entries name the standing order. A payment whose day is no business day is made
//! on the next one. A month without the first payment's day pays on its last day.

use super::cancelling::copies;
use super::payment::{self, Moment};
use super::row::OrderRow;
use crate::calendar::Calendar;
use crate::{BankError, fees, outbox};
use core_bank::{Arrangement, Target};
use database::{Row, Transaction, params};
use order::{Order, OrderFields, OrderKind, OutcomeKind, Reason};
use protocol::cbor::{self, Map};
use protocol::{EntryKind, cbor_array};
use types::{CustomerId, Hash, IntentId, StandingOrderId, Time};

/// A standing order as stored.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    customer: CustomerId,
    id: StandingOrderId,
    order: Order,
    state: String,
    /// How many payments were made or refused.
    paid: u32,
    /// When the next payment is made.
    pub(crate) due: Option<Time>,
}

const ACTIVE: &str = "active";
const ENDED: &str = "ended";
const FINISHED: &str = "finished";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT customer, id, bytes, state, paid, due FROM standing_order ",
            $rest
        )
    };
}

impl Standing {
    fn of(row: &Row) -> Result<Self, BankError> {
        Ok(Self {
            customer: row.get(0)?,
            id: row.get(1)?,
            order: Order::parse(&row.get::<Vec<u8>>(2)?)?,
            state: row.get(3)?,
            paid: row.get(4)?,
            due: row.get(5)?,
        })
    }

    async fn find(
        tx: &mut Transaction<'_>,
        customer: &CustomerId,
        id: &str,
    ) -> Result<Option<Self>, BankError> {
        const FIND: &str = select!("WHERE customer = $1 AND id = $2");
        let row = tx.query_optional(FIND, params![customer, id]).await?;
        row.as_ref().map(Self::of).transpose()
    }

    /// The first standing order with a payment that is due.
    pub(crate) async fn due(
        tx: &mut Transaction<'_>,
        now: Time,
    ) -> Result<Option<Self>, BankError> {
        const DUE: &str = select!("WHERE due IS NOT NULL AND due <= $1 ORDER BY due, id LIMIT 1");
        let row = tx.query_optional(DUE, params![now]).await?;
        row.as_ref().map(Self::of).transpose()
    }

    /// When the next payment is made. `None` if the schedule has no further payment.
    fn next(&self, calendar: &Calendar) -> Option<Time> {
        payment_due(&self.order, self.paid, calendar)
    }

    async fn put(&self, tx: &mut Transaction<'_>) -> Result<(), BankError> {
        let put = "INSERT INTO standing_order (customer, id, bytes, state, paid, due)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (customer, id) DO UPDATE SET state = excluded.state, paid = excluded.paid, due = excluded.due";
        let params = params![
            &self.customer,
            &self.id,
            self.order.encode(),
            self.state.as_str(),
            self.paid,
            self.due
        ];
        tx.execute(put, params).await?;
        Ok(())
    }

    /// Ends it, and reports it.
    async fn end(
        &mut self,
        tx: &mut Transaction<'_>,
        state: &str,
        now: Time,
    ) -> Result<(), BankError> {
        state.clone_into(&mut self.state);
        self.due = None;
        self.put(tx).await?;
        let fact = (EntryKind::StandingEnded, arguments(&self.id, None));
        outbox::record_of_customer(tx, &self.customer, now, fact).await
    }

    /// The next payment as an order of its own. The same payment always has the same id.
    fn payment(&self, due: Time) -> Result<OrderRow, BankError> {
        let content = cbor_array!["sandbox bank payment", 1, &self.id, u64::from(self.paid)];
        let hash = Hash::of(&cbor::encode(&content));
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().zip(hash.as_bytes()) {
            *to = *from;
        }
        let fields = self.order.fields();
        let order = Order::new(OrderFields {
            debit_account: fields.debit_account.clone(),
            amount: fields.amount,
            creditor: fields.creditor.clone(),
            reference: fields.reference.clone(),
            ..OrderFields::new(OrderKind::Transfer)
        })?;
        let intent = IntentId::at(due, random);
        let mut row = OrderRow::new(self.customer.clone(), intent, order);
        row.standing = Some(self.id.clone());
        Ok(row)
    }

    /// Makes the payment that is due, and schedules the next one.
    pub(crate) async fn pay(
        mut self,
        tx: &mut Transaction<'_>,
        calendar: &Calendar,
        now: Time,
    ) -> Result<(), BankError> {
        let Some(due) = self.due else {
            return Ok(());
        };
        let mut payment = self.payment(due)?;
        payment.fee = fees::fee(tx, &payment.order, due).await?;
        payment::begin(tx, calendar, &mut payment, Moment { due, now }).await?;
        self.paid = self
            .paid
            .checked_add(1)
            .ok_or(BankError::Broken("a standing order's payments"))?;
        self.due = self.next(calendar);
        if self.due.is_none() {
            return self.end(tx, FINISHED, now).await;
        }
        self.put(tx).await
    }
}

fn arguments(id: &StandingOrderId, order: Option<&Order>) -> Map {
    let order = order.map(|order| ("order".into(), order.to_value()));
    [("standing".into(), id.as_str().into())]
        .into_iter()
        .chain(order)
        .collect()
}

/// When a payment is made; the first one has the index 0. `None` if the schedule does not have it.
fn payment_due(order: &Order, index: u32, calendar: &Calendar) -> Option<Time> {
    let date = order.schedule()?.payment(index)?;
    Some(calendar.start(calendar.business_day(date)))
}

/// Checks an order that creates a standing order, but for the funds. Returns when the first payment is made.
pub(crate) async fn check(
    tx: &mut Transaction<'_>,
    (customer, order): (&CustomerId, &Order),
    calendar: &Calendar,
    now: Time,
) -> Result<Result<Time, Reason>, BankError> {
    let schedule = order.schedule();
    let schedule = schedule.ok_or(BankError::Broken("a standing order has a schedule"))?;
    if let Err(reason) = payment::check_standing(tx, customer, order).await? {
        return Ok(Err(reason));
    }
    if schedule.first < calendar.date(now) {
        return Ok(Err(Reason::DateInPast));
    }
    Ok(payment_due(order, 0, calendar).ok_or(Reason::ScheduleEmpty))
}

/// Creates a standing order.
pub(crate) async fn create(
    tx: &mut Transaction<'_>,
    calendar: &Calendar,
    row: &OrderRow,
    now: Time,
) -> Result<Result<(), Reason>, BankError> {
    let due = match check(tx, (&row.customer, &row.order), calendar, now).await? {
        Ok(due) => due,
        Err(reason) => return Ok(Err(reason)),
    };
    let id = StandingOrderId::try_from(row.reference.clone());
    let standing = Standing {
        customer: row.customer.clone(),
        id: id.map_err(|_| BankError::Invalid("a reference is a valid id"))?,
        order: row.order.clone(),
        state: ACTIVE.to_owned(),
        paid: 0,
        due: Some(due),
    };
    standing.put(tx).await?;
    let fact = (
        EntryKind::StandingCreated,
        arguments(&standing.id, Some(&row.order)),
    );
    outbox::record_of_customer(tx, &row.customer, now, fact).await?;
    Ok(Ok(()))
}

/// The standing order that `standing.end` names.
pub(crate) async fn target(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
    target: &str,
) -> Result<Target, BankError> {
    let standing = Standing::find(tx, customer, target).await?;
    Ok(match standing {
        None => Target::Unknown,
        Some(standing) => match standing.state.as_str() {
            ACTIVE => Target::Active(standing.order),
            FINISHED => Target::Done(OutcomeKind::Executed),
            _ => Target::Done(OutcomeKind::Cancelled),
        },
    })
}

/// Ends the order's target. Payments that were begun go on.
pub(crate) async fn end(
    tx: &mut Transaction<'_>,
    row: &OrderRow,
    now: Time,
) -> Result<Result<(), Reason>, BankError> {
    let id = row.order.target().unwrap_or_default();
    match Standing::find(tx, &row.customer, id).await? {
        Some(standing) if !copies(&row.order, &standing.order) => Ok(Err(Reason::TargetUnknown)),
        Some(mut standing) if standing.state == ACTIVE => {
            standing.end(tx, ENDED, now).await?;
            Ok(Ok(()))
        }
        Some(_) => Ok(Err(Reason::TooLate)),
        None => Ok(Err(Reason::TargetUnknown)),
    }
}

/// The customer's active standing orders, ordered by id.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
) -> Result<Vec<Arrangement>, BankError> {
    const ALL: &str = select!("WHERE customer = $1 AND state = 'active' ORDER BY id");
    let rows = tx.query(ALL, params![customer]).await?;
    rows.iter()
        .map(|row| {
            let standing = Standing::of(row)?;
            Ok(Arrangement {
                arguments: arguments(&standing.id, Some(&standing.order)),
                id: standing.id.to_string(),
            })
        })
        .collect()
}
