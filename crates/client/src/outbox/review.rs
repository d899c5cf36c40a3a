//! The review of an order before it is signed: the text to approve, and everything that is wrong with it.

use crate::error::SyncError;
use crate::outbox::fees;
use crate::outbox::freezes::freeze_objections;
use crate::outbox::limits::{identity, limit_objections};
use crate::outbox::objection::Objection;
use crate::outbox::outgoing::with_fee;
use crate::outbox::targets::target_objection;
use crate::shown::{Page, Shown};
use envelope::Section;
use order::{Creditor, Locale, Order, OrderFields, OrderKind, Scheme, moved_by, shown_text};
use types::{AccountId, BusinessDate, IntentId, Money, Role, Time};

/// Half a day: the day of a time zone begins at most so much later than the day in UTC.
const ZONES_MS: u64 = 12 * 60 * 60 * 1000;

/// An order for a person to review. Nothing of it is stored yet. Submitted twice, it is one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    intent: IntentId,
    order: Order,
    locale: Locale,
    fee: Option<Money>,
    objections: Vec<Objection>,
}

impl Review {
    /// The id that the order will have.
    #[must_use]
    pub const fn intent(&self) -> IntentId {
        self.intent
    }

    /// The review of the order that approves a payment which another app prepared: the order has its id.
    #[must_use]
    pub fn approving(self, initiation: IntentId) -> Self {
        Self {
            intent: initiation,
            ..self
        }
    }

    /// The order.
    #[must_use]
    pub const fn order(&self) -> &Order {
        &self.order
    }

    /// The language of the text.
    #[must_use]
    pub const fn locale(&self) -> Locale {
        self.locale
    }

    /// Exactly the text that is signed: show all of it, and let the person approve it.
    #[must_use]
    pub fn text(&self) -> String {
        shown_text(&self.order, self.locale)
    }

    /// What the bank charges beside the amount, for each payment. `None` if nothing. Show it beside the text, before the
    /// person approves: [`fee_text`](crate::fee_text) says it.
    #[must_use]
    pub const fn fee(&self) -> Option<Money> {
        self.fee
    }

    /// What is wrong, as far as the device knows.
    #[must_use]
    pub fn objections(&self) -> &[Objection] {
        &self.objections
    }

    /// Whether it can be signed.
    #[must_use]
    pub fn can_be_signed(&self) -> bool {
        !self.objections.iter().any(Objection::blocks)
    }
}

impl Shown {
    /// Reviews an order at the bank's time `now`. Refuses fields that are no order.
    pub(crate) fn review(
        &self,
        intent: IntentId,
        fields: OrderFields,
        locale: Locale,
        now: Time,
    ) -> Result<Review, SyncError> {
        let order = Order::new(fields)?;
        let objections = self.objections(&order, now)?;
        Ok(Review {
            fee: fees::fee(self.page()?, &order, now),
            intent,
            order,
            locale,
            objections,
        })
    }

    /// What is wrong with an order at the bank's time `now`.
    pub(crate) fn objections(&self, order: &Order, now: Time) -> Result<Vec<Objection>, SyncError> {
        let page = self.page()?;
        let mut objections = Vec::new();
        if order.kind().has_target() {
            objections.extend(target_objection(page, order));
            return Ok(objections);
        }
        objections.extend(account_objection(page, order));
        objections.extend(creditor_objection(page, order));
        objections.extend(date_objection(order, now));
        objections.extend(voucher_objection(page, order, now));
        if !objections.iter().any(Objection::blocks) {
            objections.extend(freeze_objections(page, order, now));
            objections.extend(limit_objections(page, order, now));
            objections.extend(self.funds_objection(order, now)?);
        }
        Ok(objections)
    }

    fn funds_objection(&self, order: &Order, now: Time) -> Result<Option<Objection>, SyncError> {
        let account = order
            .debit_account()
            .and_then(|account| account.parse().ok());
        let (Some(account), Some(amount)) = (account, order.amount()) else {
            return Ok(None);
        };
        if order.kind() == OrderKind::Standing {
            return Ok(None);
        }
        let funds = self.funds(&account)?;
        let available = funds.and_then(|funds| funds.available);
        let total = with_fee(amount, fees::fee(self.page()?, order, now));
        let short = available.filter(|available| {
            total.is_none_or(|total| available.minor_units() < total.minor_units())
        });
        Ok(short.map(Objection::NotEnough))
    }
}

fn account_objection(page: &Page, order: &Order) -> Option<Objection> {
    let debit = order.debit_account()?;
    let account: Option<AccountId> = debit.parse().ok();
    let book = account
        .as_ref()
        .and_then(|account| page.accounts.get(account));
    let Some(account) = account.filter(|_| book.is_some_and(|book| book.held)) else {
        return Some(Objection::NotHeld(debit.to_owned()));
    };
    // What the bank has not stated yet, the bank judges.
    let state = book?.state.as_ref()?;
    if !matches!(state.role, Role::Owner | Role::Authorised) {
        return Some(Objection::MayNotPay(account));
    }
    let currency = order.amount()?.currency();
    (currency != state.currency).then_some(Objection::OtherCurrency(state.currency))
}

fn creditor_objection(page: &Page, order: &Order) -> Option<Objection> {
    let creditor = order.creditor()?;
    let debit = order.debit_account();
    if creditor.scheme == Scheme::Account && debit == Some(creditor.identification.as_str()) {
        return Some(Objection::SameAccount);
    }
    let own = creditor.scheme == Scheme::Account
        && creditor
            .identification
            .parse()
            .is_ok_and(|account: AccountId| {
                page.accounts.get(&account).is_some_and(|book| book.held)
            });
    let payees = page.arrangements.current(Section::Payee);
    let payees = payees.filter_map(|payee| payee.order()?.creditor().cloned());
    let known: Vec<_> = payees
        .filter(|payee| identity(payee) == identity(creditor))
        .collect();
    let pays = matches!(
        order.kind(),
        OrderKind::Transfer | OrderKind::Bill | OrderKind::Standing
    );
    match known.first() {
        Some(_) if order.kind() == OrderKind::PayeeAdd => Some(Objection::PayeeKnown),
        Some(payee) if pays => {
            let name = creditor.name.as_ref()?.to_lowercase();
            let is_so = |one: &String| one.to_lowercase() == name;
            let is_named_so = |payee: &Creditor| payee.name.as_ref().is_none_or(is_so);
            let otherwise = payee
                .name
                .clone()
                .filter(|_| !known.iter().any(is_named_so));
            otherwise.map(Objection::PayeeNamed)
        }
        None if pays && !own => Some(Objection::NewPayee),
        _ => None,
    }
}

fn date_objection(order: &Order, now: Time) -> Option<Objection> {
    // Nowhere it is an earlier day. The bank judges by its own zone.
    let earliest = BusinessDate::of_utc(now.minus_ms(ZONES_MS));
    let first = order.schedule().map(|schedule| schedule.first);
    let date = order.execution_date().or(first)?;
    (date < earliest).then_some(Objection::DateInPast(date))
}

fn voucher_objection(page: &Page, order: &Order, now: Time) -> Option<Objection> {
    if moved_by(order).is_err() {
        return Some(Objection::TooLarge);
    }
    if page.vouchers.choose(order, now).is_some() {
        return None;
    }
    Some(match page.vouchers.count(now) {
        0 => Objection::NoVoucher,
        _ => Objection::AboveLimit(page.vouchers.limit_for(order, now)),
    })
}
