//! The terminal device's output about orders, as text or as JSON.

use crate::screen::Stamp;
use client::{Allowance, Arranged, Objection, Review, ShownOrder, fee_text};
use order::{Locale, Order, OrderKind, shown_text};
use protocol::http::OrderLimits;
use serde::Serialize;
use std::fmt;
use types::{BusinessDate, IntentId, Money, Time};

/// An order with its state, and the command that approves an order again.
pub(crate) struct OrderPage<'a>(
    pub(crate) &'a ShownOrder,
    pub(crate) Locale,
    pub(crate) &'a str,
);

impl fmt::Display for OrderPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(order, locale, approve) = self;
        writeln!(f, "{}  {}", order.intent, Stamp(order.created))?;
        for line in order.text().lines() {
            writeln!(f, "  {line}")?;
        }
        if let Some(fee) = order.fee {
            writeln!(f, "  {}", fee_text(&order.order, fee, *locale))?;
        }
        write!(f, "  => {}", order.state.text(*locale))?;
        if let client::OrderState::Done {
            bank_reference: Some(reference),
            ..
        } = &order.state
        {
            match locale {
                Locale::En => write!(f, ", reference {reference}")?,
                Locale::Th => write!(f, " เลขอ้างอิง {reference}")?,
            }
        }
        if let client::OrderState::ApprovalNeeded(asked) = &order.state {
            let until = Stamp(asked.expires());
            match locale {
                Locale::En => write!(f, " Until {until}: {approve} {}", order.intent)?,
                Locale::Th => write!(f, " ภายใน {until}: {approve} {}", order.intent)?,
            }
        }
        match (order.amount_is_pending, locale) {
            (true, Locale::En) => write!(f, "; the amount is pending"),
            (true, Locale::Th) => write!(f, " (จำนวนเงินรอดำเนินการ)"),
            (false, _) => Ok(()),
        }
    }
}

/// A payee, standing order or pending order.
pub(crate) struct ArrangedLine<'a, Id>(pub(crate) &'a Arranged<Id>, pub(crate) Locale);

impl<Id: fmt::Display> fmt::Display for ArrangedLine<'_, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(arranged, locale) = self;
        write!(f, "{}", arranged.id)?;
        if let Some(order) = &arranged.order {
            // In a list of payees or standing orders the title would say what was ordered then: to add it.
            let is_payment = matches!(order.kind(), OrderKind::Transfer | OrderKind::Bill);
            let text = shown_text(order, *locale);
            for line in text.lines().skip(usize::from(!is_payment)) {
                write!(f, "\n  {line}")?;
            }
        }
        match arranged.date {
            Some(date) => write!(f, "\n  => {date}"),
            None => Ok(()),
        }
    }
}

/// What can be ordered without a network, and the bank's limits.
pub(crate) struct AllowanceLine<'a>(pub(crate) &'a Allowance, pub(crate) Option<&'a OrderLimits>);

impl fmt::Display for AllowanceLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(allowance, limits) = self;
        match (allowance.orders, allowance.expires) {
            (0, _) | (_, None) => write!(
                f,
                "No orders can be given offline until the device was online."
            )?,
            (orders, Some(expires)) => {
                let most = allowance.each_max.iter().map(Money::to_string);
                let most: Vec<String> = most.collect();
                let until = Stamp(expires);
                write!(
                    f,
                    "{orders} orders of at most {} each can be given offline until {until}.",
                    most.join(" or ")
                )?;
            }
        }
        let Some(limits) = limits else {
            return Ok(());
        };
        let (day, left) = (limits.day, limits.day_left);
        write!(f, "\nOf the day's limit of {day} {left} are left.")?;
        match (limits.new_device_left, limits.new_device_until) {
            (Some(left), Some(until)) => write!(
                f,
                " This device is new: until {} its orders may move {left} more.",
                Stamp(until)
            ),
            _ => Ok(()),
        }
    }
}

/// An order as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct OrderJson {
    intent: IntentId,
    kind: &'static str,
    state: &'static str,
    /// Why it was refused: a stable word.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What the bank said of this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    message: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    /// What it costs beside the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<Money>,
    amount_is_pending: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<BusinessDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_reference: Option<String>,
    /// Until when the bank accepts a second approval that it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    approve_until: Option<Time>,
    approval_needs_login: bool,
    /// Why it asks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    approval_reasons: Vec<String>,
    created: Time,
    not_after: Time,
}

impl OrderJson {
    pub(crate) fn new(order: &ShownOrder, locale: Locale) -> Self {
        use client::OrderState::{ApprovalNeeded, Done, Refused, Scheduled};
        let (date, bank_reference) = match &order.state {
            Done {
                date,
                bank_reference,
            } => (*date, bank_reference.clone()),
            Scheduled(date) => (Some(*date), None),
            _ => (None, None),
        };
        let asked = match &order.state {
            ApprovalNeeded(asked) => Some(asked),
            _ => None,
        };
        let refusal = match &order.state {
            Refused(refusal) => Some(refusal),
            _ => None,
        };
        let detail = refusal.and_then(client::Refusal::detail);
        let reasons = asked.map_or(&[][..], client::Challenge::reasons);
        Self {
            intent: order.intent,
            kind: order.order.kind().as_str(),
            state: order.state.as_str(),
            reason: refusal.map(ToString::to_string),
            detail: detail.map(str::to_owned),
            message: order.state.text(locale),
            text: order.text(),
            amount: exact(&order.order),
            fee: order.fee,
            amount_is_pending: order.amount_is_pending,
            date,
            bank_reference,
            approve_until: asked.map(client::Challenge::expires),
            approval_needs_login: asked.is_some_and(client::Challenge::needs_login),
            approval_reasons: reasons.iter().map(ToString::to_string).collect(),
            created: order.created,
            not_after: order.not_after,
        }
    }
}

/// A review as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct ReviewJson {
    state: &'static str,
    text: String,
    /// What it costs beside the amount, for each payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<Money>,
    can_be_signed: bool,
    objections: Vec<ObjectionJson>,
}

#[derive(Debug, Serialize)]
struct ObjectionJson {
    reason: &'static str,
    blocks: bool,
    message: String,
    /// When the customer's own brake that stops the order loosens.
    #[serde(skip_serializing_if = "Option::is_none")]
    loosens: Option<Time>,
}

impl ReviewJson {
    pub(crate) fn new(review: &Review, locale: Locale) -> Self {
        let objection = |one: &Objection| ObjectionJson {
            reason: one.as_str(),
            blocks: one.blocks(),
            message: one.text(locale),
            loosens: one.loosens(),
        };
        Self {
            state: "review",
            text: review.text(),
            fee: review.fee(),
            can_be_signed: review.can_be_signed(),
            objections: review.objections().iter().map(objection).collect(),
        }
    }
}

/// A payee, standing order or pending order as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct ArrangedJson {
    state: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<BusinessDate>,
}

impl ArrangedJson {
    pub(crate) fn new<Id: fmt::Display>(
        state: &'static str,
        arranged: &Arranged<Id>,
        locale: Locale,
    ) -> Self {
        let order = arranged.order.as_ref();
        Self {
            state,
            id: arranged.id.to_string(),
            text: order.map(|order| shown_text(order, locale)),
            amount: order.and_then(exact),
            date: arranged.date,
        }
    }
}

/// What can be ordered without a network, as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct AllowanceJson {
    state: &'static str,
    orders: usize,
    each_max: Vec<Money>,
    total: Vec<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<OrderLimits>,
}

impl AllowanceJson {
    pub(crate) fn new(allowance: &Allowance, limits: Option<&OrderLimits>) -> Self {
        Self {
            state: "allowance",
            orders: allowance.orders,
            each_max: allowance.each_max.clone(),
            total: allowance.total.clone(),
            expires: allowance.expires,
            limits: limits.cloned(),
        }
    }
}

/// An order's amount, unless JSON cannot represent it exactly.
fn exact(order: &Order) -> Option<Money> {
    order.amount().filter(|amount| amount.fits_json().is_ok())
}
