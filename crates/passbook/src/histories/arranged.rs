//! What has been ordered and has not happened yet: at the core bank, and as a device shows it.

use super::phone::Simulated;
use super::servers::Servers;
use client::Device;
use core_bank::CoreBank as _;
use order::Order;
use protocol::cbor::FromValue as _;
use std::collections::{BTreeMap, BTreeSet};
use types::{AccountId, CustomerId, IntentId, Money};

/// What a customer has ordered and what has not happened yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Arranged {
    pending: BTreeSet<IntentId>,
    standing: BTreeSet<String>,
    /// The pending amounts of accounts, in minor units.
    amounts: BTreeMap<AccountId, i64>,
}

/// What the core bank has of a customer's orders. Amounts are of the accounts with these ids.
pub(super) fn at_the_bank(
    servers: &Servers,
    customer: &CustomerId,
    held: impl Iterator<Item = AccountId>,
) -> Arranged {
    let bank = servers.services.sandbox();
    let snapshot = servers.block_on(bank.snapshot(customer)).unwrap();
    let mut arranged = Arranged {
        amounts: held.map(|account| (account, 0)).collect(),
        standing: snapshot.standing.into_iter().map(|one| one.id).collect(),
        ..Arranged::default()
    };
    for one in snapshot.orders {
        let order = one.arguments.get(&"order".into()).cloned().unwrap();
        let order = Order::from_value(order).unwrap();
        let debit = order.debit_account().map(|id| id.parse().unwrap());
        if let Some(amount) = debit.and_then(|debit| arranged.amounts.get_mut(&debit)) {
            let fee = one.arguments.get(&"fee".into()).cloned();
            let fee = fee.map_or(0, |fee| Money::from_value(fee).unwrap().minor_units());
            *amount += order.amount().unwrap().minor_units() + fee;
        }
        arranged.pending.insert(one.id.parse().unwrap());
    }
    arranged
}

/// What a device shows of its customer's orders.
pub(super) fn shown(device: &Device<Simulated>) -> Arranged {
    let shown = device.shown();
    let accounts = device.accounts(None).unwrap().into_iter();
    let amount = |account: AccountId| {
        let funds = shown.funds(&account).unwrap();
        let pending = funds.map_or(0, |funds| funds.pending.minor_units());
        (account, pending)
    };
    let standing = shown.standing_orders().unwrap().into_iter();
    let pending = shown.pending_orders().unwrap().into_iter();
    Arranged {
        pending: pending.map(|one| one.id).collect(),
        standing: standing.map(|one| one.id.to_string()).collect(),
        amounts: accounts.map(|account| amount(account.account)).collect(),
    }
}
