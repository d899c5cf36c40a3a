//! The order: what the bank is told to do.

use crate::checking::{check_presence, check_text};
use crate::reading::{MapFields, check_currency, date, map_of, money, text, word};
use crate::{Creditor, Field, OrderError, OrderKind, Schedule};
use protocol::cbor::{self, Value};
use types::{BusinessDate, Money};

/// The fields of an order, not checked yet. [`Order::new`] checks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFields {
    /// 0: what to do.
    pub kind: OrderKind,
    /// 1: the account that pays. Any text of an id's length is well-formed, also one that no account of the bank can
    /// have.
    pub debit_account: Option<String>,
    /// 2: the amount, greater than zero.
    pub amount: Option<Money>,
    /// 3: who gets the money.
    pub creditor: Option<Creditor>,
    /// 4: the text that the creditor reads.
    pub reference: Option<String>,
    /// 5: the day of execution; without one, at once.
    pub execution_date: Option<BusinessDate>,
    /// 6: when a standing order pays.
    pub schedule: Option<Schedule>,
    /// 7: the id of the intent, standing order or payee that the order is about.
    pub target: Option<String>,
    /// 8: the person's own name for a payee.
    pub own_name: Option<String>,
}

impl OrderFields {
    /// The fields of an order of this kind, all absent.
    #[must_use]
    pub const fn new(kind: OrderKind) -> Self {
        Self {
            kind,
            debit_account: None,
            amount: None,
            creditor: None,
            reference: None,
            execution_date: None,
            schedule: None,
            target: None,
            own_name: None,
        }
    }

    /// Reads the fields from an order's map, without checking what belongs together.
    pub(crate) fn from_value(value: Value) -> Result<Self, OrderError> {
        let mut fields = MapFields::of(value)?;
        let order = Self {
            kind: fields.required(Field::Kind, word)?,
            debit_account: fields.optional(Field::DebitAccount, text)?,
            amount: fields.optional(Field::Amount, money)?,
            creditor: fields.optional(Field::Creditor, Creditor::from_value)?,
            reference: fields.optional(Field::Reference, text)?,
            execution_date: fields.optional(Field::ExecutionDate, date(Field::ExecutionDate))?,
            schedule: fields.optional(Field::Schedule, Schedule::from_value)?,
            target: fields.optional(Field::Target, text)?,
            own_name: fields.optional(Field::OwnName, text)?,
        };
        fields.end()?;
        Ok(order)
    }

    /// The fields as an order's map.
    pub(crate) fn to_value(&self) -> Value {
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        map_of([
            (Field::Kind, Some(self.kind.as_str().into())),
            (Field::DebitAccount, text(&self.debit_account)),
            (Field::Amount, self.amount.map(Value::from)),
            (
                Field::Creditor,
                self.creditor.as_ref().map(Creditor::to_value),
            ),
            (Field::Reference, text(&self.reference)),
            (Field::ExecutionDate, self.execution_date.map(Value::from)),
            (Field::Schedule, self.schedule.map(Schedule::to_value)),
            (Field::Target, text(&self.target)),
            (Field::OwnName, text(&self.own_name)),
        ])
    }

    fn check(&self) -> Result<(), OrderError> {
        let present = [
            (Field::DebitAccount, self.debit_account.is_some()),
            (Field::Amount, self.amount.is_some()),
            (Field::Creditor, self.creditor.is_some()),
            (Field::Reference, self.reference.is_some()),
            (Field::ExecutionDate, self.execution_date.is_some()),
            (Field::Schedule, self.schedule.is_some()),
            (Field::Target, self.target.is_some()),
            (Field::OwnName, self.own_name.is_some()),
        ];
        let (required, optional) = self.kind.fields();
        check_presence(&present, required, optional)?;
        let texts = [
            (Field::DebitAccount, &self.debit_account),
            (Field::Reference, &self.reference),
            (Field::Target, &self.target),
            (Field::OwnName, &self.own_name),
        ];
        for (field, text) in texts {
            if let Some(text) = text {
                check_text(field, text)?;
            }
        }
        if let Some(amount) = self.amount
            && check_currency(amount)?.minor_units() <= 0
        {
            return Err(OrderError::AmountNotPositive);
        }
        if let Some(creditor) = &self.creditor {
            if !self.kind.allows(creditor.scheme) {
                return Err(OrderError::SchemeNotAllowed);
            }
            creditor.check()?;
        }
        self.schedule
            .as_ref()
            .map_or(Ok(()), |schedule| schedule.check())
    }
}

/// An order. It has exactly the fields of its kind, each in its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order(OrderFields);

impl Order {
    /// Makes an order of fields that follow all rules for their kind.
    pub fn new(fields: OrderFields) -> Result<Self, OrderError> {
        fields.check()?;
        Ok(Self(fields))
    }

    /// Parses an order and checks it.
    pub fn parse(bytes: &[u8]) -> Result<Self, OrderError> {
        Self::from_value(cbor::decode(bytes)?)
    }

    /// Reads an order from its map and checks it.
    pub fn from_value(value: Value) -> Result<Self, OrderError> {
        Self::new(OrderFields::from_value(value)?)
    }

    /// The order's only encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&self.to_value())
    }

    /// The order as a CBOR map.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.0.to_value()
    }

    /// All fields.
    #[must_use]
    pub const fn fields(&self) -> &OrderFields {
        &self.0
    }

    /// What to do.
    #[must_use]
    pub const fn kind(&self) -> OrderKind {
        self.0.kind
    }

    /// The account that pays. It is a text of 1 to 128 characters: an [`AccountId`](types::AccountId) has at most 128
    /// bytes, and a text that is none is an account that the bank does not have.
    #[must_use]
    pub fn debit_account(&self) -> Option<&str> {
        self.0.debit_account.as_deref()
    }

    /// The amount.
    #[must_use]
    pub const fn amount(&self) -> Option<Money> {
        self.0.amount
    }

    /// Who gets the money.
    #[must_use]
    pub const fn creditor(&self) -> Option<&Creditor> {
        self.0.creditor.as_ref()
    }

    /// The text that the creditor reads.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The day of execution; `None` is at once.
    #[must_use]
    pub const fn execution_date(&self) -> Option<BusinessDate> {
        self.0.execution_date
    }

    /// When a standing order pays.
    #[must_use]
    pub const fn schedule(&self) -> Option<&Schedule> {
        self.0.schedule.as_ref()
    }

    /// The id of the intent, standing order or payee that the order is about.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.0.target.as_deref()
    }

    /// The person's own name for a payee.
    #[must_use]
    pub fn own_name(&self) -> Option<&str> {
        self.0.own_name.as_deref()
    }
}
