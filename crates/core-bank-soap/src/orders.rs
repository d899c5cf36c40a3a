//! What is asked about orders, and the answers.

use crate::content::{Content, Corrupt, sequence};
use crate::values::DateTime;
use crate::xml::Element;
use core_bank::{OrderState, PayeeCheck, Placing, Target};
use order::{Creditor, Fee, Frequency, Order, OrderFields, OrderKind, OutcomeKind, Reason, Scheme};
use types::{AccountId, BusinessDate, Currency, CustomerId, DeviceId, IntentId, Money, Rate, Role};

macro_rules! words {
    ($($type:ty),+ $(,)?) => {$(
        impl Content for $type {
            fn write(&self, into: &mut Element) {
                into.text = self.as_str().to_owned();
            }

            fn read(element: Element, name: &'static str) -> Result<Self, Corrupt> {
                let word = String::read(element, name)?;
                word.parse().map_err(|_| Corrupt::Value(name))
            }
        }
    )+};
}

words!(OrderKind, OutcomeKind, Reason, Scheme, Frequency);

sequence! {
    /// An element without content.
    Nothing {}

    StatedAmount {
        value: String = "Value",
        currency: Currency = "Currency",
    }

    StatedCreditor {
        scheme: Scheme = "Scheme",
        identification: String = "Identification",
        bank: Option<String> = "Bank",
        name: Option<String> = "Name",
        references: Vec<String> = "Reference",
    }

    StatedSchedule {
        frequency: Frequency = "Frequency",
        first: BusinessDate = "First",
        last: Option<BusinessDate> = "Last",
    }

    /// An order, with the elements of its kind.
    StatedOrder {
        kind: OrderKind = "Transaction",
        debit_account: Option<String> = "AccountNumber",
        amount: Option<Money> = "Amount",
        creditor: Option<Creditor> = "Creditor",
        reference: Option<String> = "Reference",
        execution_date: Option<BusinessDate> = "EffectiveDate",
        schedule: Option<StatedSchedule> = "Schedule",
        target: Option<String> = "Target",
        own_name: Option<String> = "OwnName",
    }

    PlaceAsked {
        customer: CustomerId = "Customer",
        device: DeviceId = "Device",
        intent: IntentId = "Order",
        created: DateTime = "Created",
        order: Order = "Payment",
    }

    /// The state of an order. What the state does not have is absent.
    StatedState {
        status: PaymentStatus = "PaymentStatus",
        bank_reference: Option<String> = "BankReference",
        date: Option<BusinessDate> = "EffectiveDate",
        reason: Option<Reason> = "Reason",
    }

    StateAsked {
        customer: CustomerId = "Customer",
        intent: IntentId = "Order",
    }

    StateFound {
        state: Option<OrderState> = "State",
    }

    TargetAsked {
        customer: CustomerId = "Customer",
        kind: OrderKind = "Transaction",
        target: String = "Target",
    }

    /// What an order ends or removes: the order that made it, the outcome it had, or neither if it is unknown.
    TargetAnswer {
        active: Option<Order> = "Payment",
        done: Option<OutcomeKind> = "Outcome",
    }

    RoleAsked {
        customer: CustomerId = "Customer",
        account: AccountId = "AccountNumber",
    }

    RoleAnswer {
        role: Option<Role> = "Role",
    }

    ExamineAsked {
        customer: CustomerId = "Customer",
        order: Order = "Payment",
    }

    ExamineAnswer {
        reason: Option<Reason> = "Reason",
    }

    CheckAsked {
        creditor: Creditor = "Creditor",
    }

    CheckAnswer {
        check: Check = "Check",
        name: Option<String> = "Name",
    }

    StopAsked {
        customer: CustomerId = "Customer",
        number: u64 = "Number",
    }

    StopAnswer {
        cancelled: u64 = "Cancelled",
    }

    RateAsked {
        from: Currency = "From",
        to: Currency = "To",
    }

    /// A rate as a decimal: `coefficient / 10^scale`.
    StatedRate {
        coefficient: i64 = "Coefficient",
        scale: u8 = "Scale",
    }

    RateAnswer {
        rate: Option<StatedRate> = "Rate",
    }

    StatedFee {
        scheme: Scheme = "Scheme",
        amount: Money = "Amount",
        from: DateTime = "From",
    }

    FeesAnswer {
        fees: Vec<Fee> = "Fee",
    }
}

/// A closed list of words.
macro_rules! closed {
    ($($name:ident { $($variant:ident = $word:literal),+ })+) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name {
            $($variant,)+
        }

        impl Content for $name {
            fn write(&self, into: &mut Element) {
                into.text = match self {
                    $(Self::$variant => $word,)+
                }
                .to_owned();
            }

            fn read(element: Element, name: &'static str) -> Result<Self, Corrupt> {
                match &*String::read(element, name)? {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(Corrupt::Value(name)),
                }
            }
        }
    )+};
}

closed! {
    PaymentStatus {
        Pending = "pending",
        Executed = "executed",
        Refused = "refused",
        Cancelled = "cancelled"
    }
    Check {
        Match = "match",
        Close = "close",
        None = "none",
        CannotSay = "cannot_say"
    }
}

/// The port's own types, which stand in elements as other sequences.
macro_rules! stated {
    ($($type:ty as $stated:ty),+ $(,)?) => {$(
        impl Content for $type {
            fn write(&self, into: &mut Element) {
                <$stated>::from(self).write(into);
            }

            fn read(element: Element, name: &'static str) -> Result<Self, Corrupt> {
                let stated = <$stated>::read(element, name)?;
                stated.try_into().map_err(|_| Corrupt::Value(name))
            }
        }
    )+};
}

stated!(
    Money as StatedAmount,
    Creditor as StatedCreditor,
    Order as StatedOrder,
    OrderState as StatedState,
    Fee as StatedFee,
);

/// The parts are those of the schema, but do not fit each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misfit;

impl From<&Money> for StatedAmount {
    /// The amount in units of the currency, with the decimals of ISO 4217; without any where it defines none.
    fn from(money: &Money) -> Self {
        let places = usize::from(money.currency().decimals().unwrap_or(0));
        let sign = if money.minor_units() < 0 { "-" } else { "" };
        let digits = format!("{:0>1$}", money.minor_units().unsigned_abs(), places + 1);
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(places));
        let point = if places > 0 { "." } else { "" };
        Self {
            value: format!("{sign}{whole}{point}{fraction}"),
            currency: money.currency(),
        }
    }
}

impl TryFrom<StatedAmount> for Money {
    type Error = Misfit;

    fn try_from(stated: StatedAmount) -> Result<Self, Misfit> {
        let StatedAmount { value, currency } = stated;
        if currency.decimals().is_some() {
            return Self::from_decimal(&value, currency).map_err(|_| Misfit);
        }
        let units = value.parse().map_err(|_| Misfit)?;
        Ok(Self::new(units, currency))
    }
}

impl From<&Creditor> for StatedCreditor {
    fn from(creditor: &Creditor) -> Self {
        let creditor = creditor.clone();
        Self {
            scheme: creditor.scheme,
            identification: creditor.identification,
            bank: creditor.bank,
            name: creditor.name,
            references: creditor.references,
        }
    }
}

impl From<StatedCreditor> for Creditor {
    fn from(stated: StatedCreditor) -> Self {
        Self {
            scheme: stated.scheme,
            identification: stated.identification,
            bank: stated.bank,
            name: stated.name,
            references: stated.references,
        }
    }
}

impl From<&Order> for StatedOrder {
    fn from(order: &Order) -> Self {
        let fields = order.fields().clone();
        let schedule = fields.schedule.map(|schedule| StatedSchedule {
            frequency: schedule.frequency,
            first: schedule.first,
            last: schedule.last,
        });
        Self {
            kind: fields.kind,
            debit_account: fields.debit_account,
            amount: fields.amount,
            creditor: fields.creditor,
            reference: fields.reference,
            execution_date: fields.execution_date,
            schedule,
            target: fields.target,
            own_name: fields.own_name,
        }
    }
}

impl TryFrom<StatedOrder> for Order {
    type Error = order::OrderError;

    fn try_from(stated: StatedOrder) -> Result<Self, order::OrderError> {
        let schedule = stated.schedule.map(|schedule| order::Schedule {
            frequency: schedule.frequency,
            first: schedule.first,
            last: schedule.last,
        });
        Self::new(OrderFields {
            kind: stated.kind,
            debit_account: stated.debit_account,
            amount: stated.amount,
            creditor: stated.creditor,
            reference: stated.reference,
            execution_date: stated.execution_date,
            schedule,
            target: stated.target,
            own_name: stated.own_name,
        })
    }
}

impl From<Placing> for PlaceAsked {
    fn from(placing: Placing) -> Self {
        Self {
            customer: placing.customer,
            device: placing.device,
            intent: placing.intent,
            created: DateTime(placing.created),
            order: placing.order,
        }
    }
}

impl From<PlaceAsked> for Placing {
    fn from(asked: PlaceAsked) -> Self {
        Self {
            customer: asked.customer,
            device: asked.device,
            intent: asked.intent,
            order: asked.order,
            created: asked.created.0,
        }
    }
}

impl From<&OrderState> for StatedState {
    fn from(state: &OrderState) -> Self {
        let (status, bank_reference, date, reason) = match state.clone() {
            OrderState::Pending { date } => (PaymentStatus::Pending, None, date, None),
            OrderState::Executed {
                bank_reference,
                date,
            } => (PaymentStatus::Executed, bank_reference, Some(date), None),
            OrderState::Refused(reason) => (PaymentStatus::Refused, None, None, Some(reason)),
            OrderState::Cancelled => (PaymentStatus::Cancelled, None, None, None),
        };
        Self {
            status,
            bank_reference,
            date,
            reason,
        }
    }
}

impl TryFrom<StatedState> for OrderState {
    type Error = Misfit;

    fn try_from(stated: StatedState) -> Result<Self, Misfit> {
        let StatedState {
            status,
            bank_reference,
            date,
            reason,
        } = stated;
        Ok(match (status, bank_reference, date, reason) {
            (PaymentStatus::Pending, None, date, None) => Self::Pending { date },
            (PaymentStatus::Executed, bank_reference, Some(date), None) => Self::Executed {
                bank_reference,
                date,
            },
            (PaymentStatus::Refused, None, None, Some(reason)) => Self::Refused(reason),
            (PaymentStatus::Cancelled, None, None, None) => Self::Cancelled,
            _ => return Err(Misfit),
        })
    }
}

impl From<Target> for TargetAnswer {
    fn from(target: Target) -> Self {
        let (active, done) = match target {
            Target::Active(order) => (Some(order), None),
            Target::Done(outcome) => (None, Some(outcome)),
            Target::Unknown => (None, None),
        };
        Self { active, done }
    }
}

impl TryFrom<TargetAnswer> for Target {
    type Error = Misfit;

    fn try_from(answer: TargetAnswer) -> Result<Self, Misfit> {
        match (answer.active, answer.done) {
            (Some(order), None) => Ok(Self::Active(order)),
            (None, Some(outcome)) => Ok(Self::Done(outcome)),
            (None, None) => Ok(Self::Unknown),
            (Some(_), Some(_)) => Err(Misfit),
        }
    }
}

impl From<PayeeCheck> for CheckAnswer {
    fn from(check: PayeeCheck) -> Self {
        let (check, name) = match check {
            PayeeCheck::Match => (Check::Match, None),
            PayeeCheck::Close(name) => (Check::Close, Some(name)),
            PayeeCheck::None => (Check::None, None),
            PayeeCheck::CannotSay => (Check::CannotSay, None),
        };
        Self { check, name }
    }
}

impl TryFrom<CheckAnswer> for PayeeCheck {
    type Error = Misfit;

    fn try_from(answer: CheckAnswer) -> Result<Self, Misfit> {
        match (answer.check, answer.name) {
            (Check::Match, None) => Ok(Self::Match),
            (Check::Close, Some(name)) => Ok(Self::Close(name)),
            (Check::None, None) => Ok(Self::None),
            (Check::CannotSay, None) => Ok(Self::CannotSay),
            _ => Err(Misfit),
        }
    }
}

impl From<Option<Rate>> for RateAnswer {
    fn from(rate: Option<Rate>) -> Self {
        let rate = rate.map(|rate| StatedRate {
            coefficient: rate.coefficient,
            scale: rate.scale,
        });
        Self { rate }
    }
}

impl From<RateAnswer> for Option<Rate> {
    fn from(answer: RateAnswer) -> Self {
        answer.rate.map(|rate| Rate {
            coefficient: rate.coefficient,
            scale: rate.scale,
        })
    }
}

impl From<&Fee> for StatedFee {
    fn from(fee: &Fee) -> Self {
        Self {
            scheme: fee.scheme,
            amount: fee.amount,
            from: DateTime(fee.from),
        }
    }
}

impl From<StatedFee> for Fee {
    fn from(stated: StatedFee) -> Self {
        Self {
            scheme: stated.scheme,
            amount: stated.amount,
            from: stated.from.0,
        }
    }
}
