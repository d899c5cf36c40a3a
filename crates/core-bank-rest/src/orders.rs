//! What is asked about orders, and the answers.

use core_bank::{OrderState, PayeeCheck, Placing, Target};
use order::{Creditor, Order, OrderError, OrderFields, Reason, Schedule};
use protocol::http::{OrderCreditor, OrderFee};
use serde::{Deserialize, Serialize};
use types::{
    AccountId, BusinessDate, Currency, CustomerId, DeviceId, IdError, IntentId, Money, Rate, Role,
    Time,
};

/// An empty object.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatedSchedule {
    frequency: String,
    first: BusinessDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<BusinessDate>,
}

/// An order, with the fields of its kind.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatedOrder {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    debit_account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    creditor: Option<OrderCreditor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    execution_date: Option<BusinessDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schedule: Option<StatedSchedule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own_name: Option<String>,
}

impl From<&Order> for StatedOrder {
    fn from(order: &Order) -> Self {
        let fields = order.fields().clone();
        let schedule = fields.schedule.map(|schedule| StatedSchedule {
            frequency: schedule.frequency.as_str().to_owned(),
            first: schedule.first,
            last: schedule.last,
        });
        Self {
            kind: fields.kind.as_str().to_owned(),
            debit_account: fields.debit_account,
            amount: fields.amount,
            creditor: fields.creditor.map(Into::into),
            reference: fields.reference,
            execution_date: fields.execution_date,
            schedule,
            target: fields.target,
            own_name: fields.own_name,
        }
    }
}

impl TryFrom<StatedOrder> for Order {
    type Error = OrderError;

    fn try_from(stated: StatedOrder) -> Result<Self, OrderError> {
        let schedule = stated.schedule.map(|schedule| {
            Ok::<_, OrderError>(Schedule {
                frequency: schedule.frequency.parse()?,
                first: schedule.first,
                last: schedule.last,
            })
        });
        Self::new(OrderFields {
            kind: stated.kind.parse()?,
            debit_account: stated.debit_account,
            amount: stated.amount,
            creditor: stated.creditor.map(Creditor::try_from).transpose()?,
            reference: stated.reference,
            execution_date: stated.execution_date,
            schedule: schedule.transpose()?,
            target: stated.target,
            own_name: stated.own_name,
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceAsked {
    pub(crate) customer: CustomerId,
    pub(crate) device: DeviceId,
    pub(crate) intent: IntentId,
    order: StatedOrder,
    created: Time,
}

impl From<Placing> for PlaceAsked {
    fn from(placing: Placing) -> Self {
        Self {
            customer: placing.customer,
            device: placing.device,
            intent: placing.intent,
            order: StatedOrder::from(&placing.order),
            created: placing.created,
        }
    }
}

impl TryFrom<PlaceAsked> for Placing {
    type Error = OrderError;

    fn try_from(asked: PlaceAsked) -> Result<Self, OrderError> {
        Ok(Self {
            customer: asked.customer,
            device: asked.device,
            intent: asked.intent,
            order: asked.order.try_into()?,
            created: asked.created,
        })
    }
}

/// The state of an order. What the state does not have is absent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum StateAnswer {
    Pending {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date: Option<BusinessDate>,
    },
    Executed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bank_reference: Option<String>,
        date: BusinessDate,
    },
    Refused {
        reason: String,
    },
    Cancelled {},
}

impl From<OrderState> for StateAnswer {
    fn from(state: OrderState) -> Self {
        match state {
            OrderState::Pending { date } => Self::Pending { date },
            OrderState::Executed {
                bank_reference,
                date,
            } => Self::Executed {
                bank_reference,
                date,
            },
            OrderState::Refused(reason) => Self::Refused {
                reason: reason.as_str().to_owned(),
            },
            OrderState::Cancelled => Self::Cancelled {},
        }
    }
}

impl TryFrom<StateAnswer> for OrderState {
    type Error = IdError;

    fn try_from(answer: StateAnswer) -> Result<Self, IdError> {
        Ok(match answer {
            StateAnswer::Pending { date } => Self::Pending { date },
            StateAnswer::Executed {
                bank_reference,
                date,
            } => Self::Executed {
                bank_reference,
                date,
            },
            StateAnswer::Refused { reason } => Self::Refused(reason.parse()?),
            StateAnswer::Cancelled {} => Self::Cancelled,
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateAsked {
    pub(crate) customer: CustomerId,
    pub(crate) intent: IntentId,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateFound {
    pub(crate) order: Option<StateAnswer>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetAsked {
    pub(crate) customer: CustomerId,
    pub(crate) kind: String,
    pub(crate) target: String,
}

/// What an order ends or removes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "target", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum TargetAnswer {
    Active { order: Box<StatedOrder> },
    Done { outcome: String },
    Unknown {},
}

impl From<Target> for TargetAnswer {
    fn from(target: Target) -> Self {
        match target {
            Target::Active(order) => Self::Active {
                order: Box::new(StatedOrder::from(&order)),
            },
            Target::Done(outcome) => Self::Done {
                outcome: outcome.as_str().to_owned(),
            },
            Target::Unknown => Self::Unknown {},
        }
    }
}

impl TryFrom<TargetAnswer> for Target {
    type Error = OrderError;

    fn try_from(answer: TargetAnswer) -> Result<Self, OrderError> {
        Ok(match answer {
            TargetAnswer::Active { order } => Self::Active((*order).try_into()?),
            TargetAnswer::Done { outcome } => Self::Done(outcome.parse()?),
            TargetAnswer::Unknown {} => Self::Unknown,
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleAsked {
    pub(crate) customer: CustomerId,
    pub(crate) account: AccountId,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleAnswer {
    pub(crate) role: Option<Role>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExamineAsked {
    pub(crate) customer: CustomerId,
    pub(crate) order: StatedOrder,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExamineAnswer {
    reason: Option<String>,
}

impl From<Option<Reason>> for ExamineAnswer {
    fn from(reason: Option<Reason>) -> Self {
        Self {
            reason: reason.map(|reason| reason.as_str().to_owned()),
        }
    }
}

impl TryFrom<ExamineAnswer> for Option<Reason> {
    type Error = IdError;

    fn try_from(answer: ExamineAnswer) -> Result<Self, IdError> {
        answer.reason.map(|reason| reason.parse()).transpose()
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckAsked {
    pub(crate) creditor: OrderCreditor,
}

/// Whether the account is that of the named person.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "check", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CheckAnswer {
    Match {},
    Close { name: String },
    None {},
    CannotSay {},
}

impl From<PayeeCheck> for CheckAnswer {
    fn from(check: PayeeCheck) -> Self {
        match check {
            PayeeCheck::Match => Self::Match {},
            PayeeCheck::Close(name) => Self::Close { name },
            PayeeCheck::None => Self::None {},
            PayeeCheck::CannotSay => Self::CannotSay {},
        }
    }
}

impl From<CheckAnswer> for PayeeCheck {
    fn from(answer: CheckAnswer) -> Self {
        match answer {
            CheckAnswer::Match {} => Self::Match,
            CheckAnswer::Close { name } => Self::Close(name),
            CheckAnswer::None {} => Self::None,
            CheckAnswer::CannotSay {} => Self::CannotSay,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopAsked {
    pub(crate) customer: CustomerId,
    pub(crate) number: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopAnswer {
    pub(crate) cancelled: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateAsked {
    pub(crate) from: Currency,
    pub(crate) to: Currency,
}

/// A rate as a decimal: `coefficient / 10^scale`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatedRate {
    coefficient: i64,
    scale: u8,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateAnswer {
    rate: Option<StatedRate>,
}

impl From<Option<Rate>> for RateAnswer {
    fn from(rate: Option<Rate>) -> Self {
        Self {
            rate: rate.map(|rate| StatedRate {
                coefficient: rate.coefficient,
                scale: rate.scale,
            }),
        }
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

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeesAnswer {
    pub(crate) fees: Vec<OrderFee>,
}
