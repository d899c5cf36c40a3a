//! The port to a core bank, and the answers of its lists.

use crate::{CoreBankError, CustomerSnapshot, History, OrderState, PayeeCheck, Placing, Target};
use async_trait::async_trait;
use order::{Creditor, Fee, Order, OrderKind, Reason};
use protocol::Event;
use types::{
    AccountId, Currency, CustomerId, Hash, Incarnation, IntentId, Rate, Role, Sequence, SubjectId,
};

/// Maximum events in one answer.
pub const EVENTS_MAX: usize = 1_000;

/// Maximum subjects in one call of [`CoreBank::events_of_each`].
pub const SUBJECTS_MAX: usize = 256;

/// Maximum heads in one answer.
pub const HEADS_MAX: usize = 10_000;

/// Maximum booked entries in one answer.
pub const HISTORY_MAX: usize = 1_000;

/// A position in the order in which subjects changed. It is valid only at the core bank that returned it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeadsCursor(u64);

impl HeadsCursor {
    /// The position before every change.
    pub const START: HeadsCursor = HeadsCursor(0);

    /// The position with this number, which [`get`](Self::get) returned.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The position as a number, so that the caller can store it.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// The newest event of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectHead {
    /// The subject.
    pub subject: SubjectId,
    /// The newest event's sequence.
    pub sequence: Sequence,
    /// SHA-256 of the newest event's entry: [`entry_hash`](crate::entry_hash).
    pub hash: Hash,
    /// The holders in the event: those as of its transaction, and a holder whom it removes.
    pub holders: Vec<CustomerId>,
}

/// Subjects that changed, each listed once with its newest event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads {
    /// The incarnation of the books at the time of the read.
    pub incarnation: Incarnation,
    /// The subjects, ordered by their last change. Empty if nothing changed after the cursor.
    pub subjects: Vec<SubjectHead>,
    /// The cursor for the next call.
    pub next: HeadsCursor,
    /// The cursor of the newest change of any subject, even if this answer ends before it. If the caller's cursor is beyond it, the books were restored from an older copy.
    pub newest: HeadsCursor,
}

/// A core bank, as notification and gateway see it.
#[async_trait]
pub trait CoreBank: Send + Sync {
    /// Reads the events of `subject` after a sequence, in order and without gaps. Returns at most `limit` and at most
    /// [`EVENTS_MAX`] events, each with the books' current incarnation. Returns none if the bank does not know the
    /// subject.
    async fn events_after(
        &self,
        subject: &SubjectId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Event>, CoreBankError>;

    /// Reads the events of several subjects, at most [`SUBJECTS_MAX`], in one call. For each subject, in the order asked,
    /// it returns what [`events_after`](Self::events_after) returns, at most `limit` events.
    async fn events_of_each(
        &self,
        subjects: &[(SubjectId, Sequence)],
        limit: usize,
    ) -> Result<Vec<Vec<Event>>, CoreBankError>;

    /// Reads the newest event of each subject that changed after the cursor. Returns at most `limit` and at most
    /// [`HEADS_MAX`] subjects. A subject that changes again is listed again later.
    async fn heads(&self, after: HeadsCursor, limit: usize) -> Result<Heads, CoreBankError>;

    /// Reads the customer, all accounts that the customer holds, and payees and orders, in one consistent read.
    async fn snapshot(&self, customer: &CustomerId) -> Result<CustomerSnapshot, CoreBankError>;

    /// Reads the booked entries, each without its order (28), of `account` with numbers greater than `after` and up to `through`, oldest first.
    /// Returns at most `limit` and at most [`HISTORY_MAX`] entries. Transactions may be older than the bank's event outbox; their entries have
    /// no subject and sequence.
    async fn history(
        &self,
        account: &AccountId,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<History, CoreBankError>;

    /// Reads the current holders of `account`.
    async fn holders(&self, account: &AccountId) -> Result<Vec<(CustomerId, Role)>, CoreBankError>;

    /// Places an order, and answers its state. The same order again answers the present state and is never executed
    /// again; another order of the customer with the same id is an [`OrderConflict`](CoreBankError::OrderConflict). An
    /// order that the bank refuses is an answer, not an error. After [`Unavailable`](CoreBankError::Unavailable) the
    /// order may or may not be placed: place it again.
    async fn place(&self, placing: Placing) -> Result<OrderState, CoreBankError>;

    /// The state of an order. `None` if the customer placed none with this id.
    async fn order_state(
        &self,
        customer: &CustomerId,
        intent: IntentId,
    ) -> Result<Option<OrderState>, CoreBankError>;

    /// What an order of `kind` (`cancel`, `standing.end`, `payee.remove`) is about.
    async fn target(
        &self,
        customer: &CustomerId,
        kind: OrderKind,
        target: &str,
    ) -> Result<Target, CoreBankError>;

    /// The role in which the customer holds the account. `None` if the customer does not hold it.
    async fn role(
        &self,
        customer: &CustomerId,
        account: &AccountId,
    ) -> Result<Option<Role>, CoreBankError>;

    /// Why the bank would refuse the customer's order if it were placed now, but for the funds. `None` if it knows nothing
    /// against the order. Changes nothing, and [`place`](Self::place) checks all of it again.
    async fn examine(
        &self,
        customer: &CustomerId,
        order: &Order,
    ) -> Result<Option<Reason>, CoreBankError>;

    /// Compares a creditor's name with the owners of the account.
    async fn check_payee(&self, creditor: &Creditor) -> Result<PayeeCheck, CoreBankError>;

    /// Stops the customer's orders. Those that wait, for their day or for clearing, are cancelled, and what is held for
    /// them is released; so are pending payments of standing orders. From then on an order that is placed is cancelled at
    /// once, whatever its kind, and a payment of a standing order that is due is refused with
    /// [`Reason::CustomerStopped`](order::Reason::CustomerStopped). What was executed stays executed, and standing orders
    /// stay. Returns how many orders were cancelled since the stop began.
    ///
    /// `number` orders the calls about a customer: a call whose number is below that of an earlier one changes nothing,
    /// and neither does a repeated one.
    async fn stop_orders(&self, customer: &CustomerId, number: u64) -> Result<u64, CoreBankError>;

    /// Ends the stop: orders that are placed from then on are executed. What was cancelled stays cancelled. `number` is as
    /// in [`stop_orders`](Self::stop_orders).
    async fn resume_orders(&self, customer: &CustomerId, number: u64) -> Result<(), CoreBankError>;

    /// How many units of `to` one unit of `from` is worth today. `None` if the bank has no such rate.
    async fn rate(&self, from: Currency, to: Currency) -> Result<Option<Rate>, CoreBankError>;

    /// The schedule of fees: the rows that count now, and those that are announced. A change is announced at least
    /// [`FEE_NOTICE_MS`](order::FEE_NOTICE_MS) before it takes effect. Each payment is charged the
    /// [`fee_of`](order::fee_of) of the moment at which its order was made ([`Placing::created`]), or at which a payment
    /// of a standing order is due: together with the amount or not at all. A payment that another bank returns keeps its fee.
    async fn fees(&self) -> Result<Vec<Fee>, CoreBankError>;
}
