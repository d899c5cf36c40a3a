//! What an account has, with the orders that its balances do not include yet.

use crate::book::Book;
use crate::error::SyncError;
use crate::shown::{Page, Shown};
use envelope::Section;
use order::OrderKind;
use types::{AccountId, BalanceType, Money};

/// The money of an account, in the account's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funds {
    /// The booked balance.
    pub booked: Money,
    /// The sum of the pending amounts: of orders whose booking has not arrived.
    pub pending: Money,
    /// The booked balance after the pending amounts.
    pub expected: Money,
    /// What can be spent after the pending amounts, with the account's limit. `None` if the bank states no available
    /// balance.
    pub available: Option<Money>,
}

impl Shown {
    /// The money of an account. `None` if the device does not know its balances, or a sum is out of range.
    pub fn funds(&self, account: &AccountId) -> Result<Option<Funds>, SyncError> {
        let page = self.page()?;
        let book = page.accounts.get(account);
        Ok(book.and_then(|book| funds(page, account, book)))
    }
}

fn funds(page: &Page, account: &AccountId, book: &Book) -> Option<Funds> {
    let balances = book.balances_shown();
    let booked = *balances.get(&BalanceType::Booked)?;
    let mut pending = Money::new(0, booked.currency());
    for amount in page.outbox.pending(account).chain(elsewhere(page, account)) {
        // An amount of another currency is refused by the bank.
        if amount.currency() == booked.currency() {
            pending = pending.checked_add(&amount).ok()?;
        }
    }
    let expected = booked.checked_sub(&pending).ok()?;
    let available = balances.get(&BalanceType::Available).and_then(|available| {
        let limit = balances.get(&BalanceType::Limit).copied();
        let limit = limit.unwrap_or(Money::new(0, booked.currency()));
        // The bank may hold some of the pending amounts already, and amounts of other holders' orders.
        let unheld = expected.checked_add(&limit).ok()?;
        Some(*available)
            .filter(|available| available.minor_units() < unheld.minor_units())
            .or(Some(unheld))
    });
    Some(Funds {
        booked,
        pending,
        expected,
        available,
    })
}

/// The pending amounts of orders that another device of the customer gave.
fn elsewhere(page: &Page, account: &AccountId) -> impl Iterator<Item = Money> {
    let orders = page.arrangements.current(Section::Order);
    let elsewhere = orders.filter(|pending| {
        let own = pending.id.parse().ok();
        !pending.booked && own.is_none_or(|own| page.outbox.get(&own).is_none())
    });
    elsewhere.filter_map(|pending| {
        let order = pending.order()?;
        let once = matches!(order.kind(), OrderKind::Transfer | OrderKind::Bill);
        let debits = order.debit_account() == Some(account.as_str());
        order.amount().filter(|_| once && debits)
    })
}
