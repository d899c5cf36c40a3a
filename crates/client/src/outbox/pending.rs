//! The pending amounts of an account: of orders that its balances do not include yet.

use crate::arrangements::Arrangement;
use crate::book::Book;
use crate::error::SyncError;
use crate::funds::Funds;
use crate::home::Account;
use crate::outbox::outgoing::with_fee;
use crate::shown::{Page, Shown};
use envelope::Section;
use order::OrderKind;
use types::{AccountId, BalanceType, Money};

impl Shown {
    /// The money of an account. `None` if the device does not know its balances, or a sum is out of range.
    pub fn funds(&self, account: &AccountId) -> Result<Option<Funds>, SyncError> {
        let page = self.page()?;
        let book = page.accounts.get(account);
        Ok(book.and_then(|book| funds(page, account, book)))
    }
}

impl Page {
    /// The money of those of the accounts that have pending amounts.
    pub(crate) fn pending_funds(&self, accounts: &[Account]) -> Vec<(AccountId, Funds)> {
        let funds = accounts.iter().filter_map(|one| {
            let book = self.accounts.get(&one.account)?;
            Some((one.account.clone(), funds(self, &one.account, book)?))
        });
        funds
            .filter(|(_, funds)| funds.pending.minor_units() != 0)
            .collect()
    }
}

fn funds(page: &Page, account: &AccountId, book: &Book) -> Option<Funds> {
    let balances = book.balances_shown();
    let booked = *balances.get(&BalanceType::Booked)?;
    let nothing = Money::new(0, booked.currency());
    let (mut pending, mut not_held) = (nothing, nothing);
    for (amount, is_held) in here(page, account).chain(elsewhere(page, account)) {
        // The bank refuses an amount of another currency.
        if amount.currency() != booked.currency() {
            continue;
        }
        pending = pending.checked_add(&amount).ok()?;
        if !is_held {
            not_held = not_held.checked_add(&amount).ok()?;
        }
    }
    let available = balances.get(&BalanceType::Available);
    Some(Funds {
        booked,
        pending,
        expected: booked.checked_sub(&pending).ok()?,
        available: available.and_then(|available| available.checked_sub(&not_held).ok()),
    })
}

/// The pending amounts of orders that this device gave, and whether the bank holds them.
fn here(page: &Page, account: &AccountId) -> impl Iterator<Item = (Money, bool)> {
    let pending = page.outbox.pending(account);
    pending.map(|(intent, amount)| {
        let known = page.arrangements.get(Section::Order, &intent.to_string());
        (amount, known.is_some_and(Arrangement::is_held))
    })
}

/// The same of orders that another device of the customer gave, and of the payments of standing orders.
fn elsewhere(page: &Page, account: &AccountId) -> impl Iterator<Item = (Money, bool)> {
    let orders = page.arrangements.current(Section::Order);
    let elsewhere = orders.filter(|pending| {
        let own = pending.id.parse().ok();
        !pending.booked && own.is_none_or(|own| page.outbox.get(&own).is_none())
    });
    elsewhere.filter_map(|pending| {
        let order = pending.order()?;
        let once = matches!(order.kind(), OrderKind::Transfer | OrderKind::Bill);
        let debits = order.debit_account() == Some(account.as_str());
        let amount = order.amount().filter(|_| once && debits)?;
        Some((with_fee(amount, pending.fee())?, pending.is_held()))
    })
}
