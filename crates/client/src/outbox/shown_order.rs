//! Orders, payees and standing orders as they are shown.

use crate::arrangements::Arrangement;
use crate::error::SyncError;
use crate::outbox::challenge::Challenge;
use crate::outbox::outgoing::Outgoing;
use crate::outbox::progress::Progress;
use crate::outbox::refusal::Refusal;
use crate::outbox::vouchers::Allowance;
use crate::shown::Shown;
use envelope::Section;
use order::{Locale, Order, shown_text};
use std::str::FromStr;
use types::{BusinessDate, IntentId, Money, PayeeId, StandingOrderId, Time};

/// The state of an order, as a person understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderState {
    /// Signed; it is sent when there is a network.
    WaitingForNetwork,
    /// Sent; the answer is under way.
    Sent,
    /// Sent, and the answer was lost: whether the bank has the order is unknown, and the bank is asked.
    Asking,
    /// The bank has the order, and executes it when the person has approved it again.
    ApprovalNeeded(Challenge),
    /// The person approved it again; the bank is told when there is a network.
    Approved,
    /// The bank has the order.
    Accepted,
    /// The bank executes it on that day.
    Scheduled(BusinessDate),
    /// Executed.
    Done {
        /// The day of execution, if the bank stated it.
        date: Option<BusinessDate>,
        /// The bank's reference, if there is one.
        bank_reference: Option<String>,
    },
    /// Not executed, or its money was returned.
    Refused(Refusal),
    /// Not executed, because the bank did not get it in time.
    Expired,
    /// Cancelled before it was executed.
    Cancelled,
}

impl OrderState {
    fn of(outgoing: &Outgoing) -> Self {
        match &outgoing.progress {
            Progress::Waiting => Self::WaitingForNetwork,
            Progress::Sent if outgoing.unanswered => Self::Asking,
            Progress::Sent => Self::Sent,
            Progress::Challenged(asked) => Self::ApprovalNeeded(asked.clone()),
            Progress::Approved(..) => Self::Approved,
            Progress::Accepted | Progress::Pending(None) => Self::Accepted,
            Progress::Pending(Some(date)) => Self::Scheduled(*date),
            Progress::Executed {
                date,
                bank_reference,
            } => Self::Done {
                date: *date,
                bank_reference: bank_reference.clone(),
            },
            Progress::Refused(refusal) => Self::Refused(refusal.clone()),
            Progress::Expired => Self::Expired,
            Progress::Cancelled => Self::Cancelled,
        }
    }

    /// The stable word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::WaitingForNetwork => "waiting_for_network",
            Self::Sent => "sent",
            Self::Asking => "unknown_asking",
            Self::ApprovalNeeded(_) => "approval_needed",
            Self::Approved => "approved",
            Self::Accepted => "accepted",
            Self::Scheduled(_) => "scheduled",
            Self::Done { .. } => "done",
            Self::Refused(_) => "refused",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the order has its outcome.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Done { .. } | Self::Refused(_) | Self::Expired | Self::Cancelled
        )
    }

    /// Says to a person how far the order is and, if something is to be done, what.
    #[must_use]
    pub fn text(&self, locale: Locale) -> String {
        let (english, thai) = match self {
            Self::WaitingForNetwork => ("waiting for the network", "รอการเชื่อมต่อ"),
            Self::Sent => ("sent", "ส่งแล้ว"),
            Self::Asking => (
                "unknown: the answer was lost, and the bank is being asked",
                "ไม่ทราบผล กำลังสอบถามธนาคาร",
            ),
            Self::ApprovalNeeded(asked) => return asked.text(locale),
            Self::Approved => (
                "approved again; the bank is being told",
                "อนุมัติอีกครั้งแล้ว กำลังแจ้งธนาคาร",
            ),
            Self::Accepted => ("accepted by the bank", "ธนาคารรับรายการแล้ว"),
            Self::Scheduled(date) => {
                return match locale {
                    Locale::En => format!("scheduled for {date}"),
                    Locale::Th => format!("กำหนดดำเนินการวันที่ {date}"),
                };
            }
            Self::Done { .. } => ("done", "สำเร็จ"),
            Self::Refused(refusal) => {
                let text = refusal.text(locale);
                return match locale {
                    Locale::En => format!("refused: {text}"),
                    Locale::Th => format!("ปฏิเสธ: {text}"),
                };
            }
            Self::Expired => (
                "expired: the bank did not get it in time, and it was not executed; order again",
                "หมดเวลา ธนาคารไม่ได้รับรายการทันเวลาและไม่ได้ดำเนินการ โปรดทำรายการใหม่",
            ),
            Self::Cancelled => ("cancelled", "ยกเลิกแล้ว"),
        };
        match locale {
            Locale::En => english.to_owned(),
            Locale::Th => thai.to_owned(),
        }
    }
}

/// An order that this device signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownOrder {
    /// Its id.
    pub intent: IntentId,
    /// The order.
    pub order: Order,
    /// The language in which it was approved.
    pub locale: Locale,
    /// When it was signed, by the bank's clock as far as the device knew it.
    pub created: Time,
    /// The last moment at which the bank accepts it.
    pub not_after: Time,
    /// What it costs beside its amount; of a standing order, each payment. It was shown before the order was signed.
    pub fee: Option<Money>,
    /// Its state.
    pub state: OrderState,
    /// Whether its amount is shown as pending, because its booking has not arrived.
    pub amount_is_pending: bool,
}

impl ShownOrder {
    pub(crate) fn of(outgoing: &Outgoing) -> Self {
        let intent = &outgoing.intent;
        Self {
            intent: intent.intent,
            order: intent.order.clone(),
            locale: intent.locale,
            created: intent.created,
            not_after: intent.not_after,
            fee: outgoing.fee,
            state: OrderState::of(outgoing),
            amount_is_pending: outgoing.debit().is_some() && outgoing.is_pending_amount(),
        }
    }

    /// The text that was approved.
    #[must_use]
    pub fn text(&self) -> String {
        shown_text(&self.order, self.locale)
    }
}

/// A payee, a standing order, or a pending order of any device of the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arranged<Id> {
    /// Its id.
    pub id: Id,
    /// The order that made it. `None` if the bank does not state it, or this version does not understand it.
    pub order: Option<Order>,
    /// The day of a pending order's execution, if it is known.
    pub date: Option<BusinessDate>,
}

impl<Id: FromStr> Arranged<Id> {
    fn of(arrangement: &Arrangement) -> Option<Self> {
        Some(Self {
            id: arrangement.id.parse().ok()?,
            order: arrangement.order(),
            date: arrangement
                .argument("date")
                .and_then(|date| date.parse().ok()),
        })
    }
}

impl Shown {
    /// The orders that this device signed, the newest first.
    pub fn orders(&self) -> Result<Vec<ShownOrder>, SyncError> {
        let orders = self.page()?.outbox.all().rev();
        Ok(orders.map(ShownOrder::of).collect())
    }

    /// One of these orders.
    pub fn order(&self, intent: &IntentId) -> Result<Option<ShownOrder>, SyncError> {
        let outgoing = self.page()?.outbox.get(intent);
        Ok(outgoing.map(ShownOrder::of))
    }

    /// The customer's payees, ordered by their ids.
    pub fn payees(&self) -> Result<Vec<Arranged<PayeeId>>, SyncError> {
        self.arranged(Section::Payee)
    }

    /// The customer's standing orders, ordered by their ids.
    pub fn standing_orders(&self) -> Result<Vec<Arranged<StandingOrderId>>, SyncError> {
        self.arranged(Section::Standing)
    }

    /// The orders that the bank will execute later, whichever device gave them, ordered by their ids.
    pub fn pending_orders(&self) -> Result<Vec<Arranged<IntentId>>, SyncError> {
        self.arranged(Section::Order)
    }

    /// What can be ordered without a network.
    pub fn allowance(&self) -> Result<Allowance, SyncError> {
        Ok(self.page()?.vouchers.allowance(self.banks_time()))
    }

    fn arranged<Id: FromStr>(&self, section: Section) -> Result<Vec<Arranged<Id>>, SyncError> {
        let current = self.page()?.arrangements.current(section);
        let current = current.filter(|arrangement| !arrangement.executed);
        Ok(current.filter_map(Arranged::of).collect())
    }
}
