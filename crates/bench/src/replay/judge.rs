//! Compares the devices' content with the bank's own files, entry by entry.

use super::data::{Data, Transaction};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use types::{AccountId, CustomerId, DeviceId};

/// The content of one device's store, opened with its own keys.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Held {
    pub(crate) customer: CustomerId,
    pub(crate) device: DeviceId,
    pub(crate) complete: bool,
    pub(crate) accounts: Vec<HeldAccount>,
}

/// One account on a device, its entries oldest first.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct HeldAccount {
    pub(crate) account: AccountId,
    pub(crate) entries: Vec<HeldEntry>,
}

/// One booked entry. Amounts are minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct HeldEntry {
    pub(crate) number: u64,
    pub(crate) transaction: String,
    pub(crate) date: String,
    pub(crate) amount: i64,
    pub(crate) balance: Option<i64>,
    pub(crate) operation: String,
    pub(crate) purpose: String,
    pub(crate) counterparty_bank: String,
    pub(crate) counterparty_account: String,
}

/// The result of the comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) device_entries_expected: u64,
    pub(crate) device_entries_delivered: u64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    pub(crate) reordered: u64,
    pub(crate) invented: u64,
    pub(crate) balance_mismatches: u64,
    pub(crate) content_mismatches: u64,
    pub(crate) incomplete_devices: u64,
}

impl Verdict {
    /// Whether there was no failure.
    pub(crate) fn is_clean(&self) -> bool {
        let Self {
            device_entries_expected: expected,
            device_entries_delivered: delivered,
            ..
        } = self;
        *self
            == Self {
                device_entries_expected: *expected,
                device_entries_delivered: *expected,
                ..Self::default()
            }
            && expected == delivered
    }

    /// Adds the comparison of `device` to the verdict.
    pub(crate) fn judge(
        &mut self,
        data: &Data,
        held: &HashMap<&CustomerId, BTreeSet<&AccountId>>,
        device: &Held,
    ) {
        if !device.complete {
            self.incomplete_devices += 1;
        }
        let nothing = BTreeSet::new();
        let expected = held.get(&device.customer).unwrap_or(&nothing);
        let shown: BTreeMap<_, _> = device
            .accounts
            .iter()
            .map(|account| (&account.account, &account.entries))
            .collect();
        self.invented += shown
            .keys()
            .filter(|account| !expected.contains(**account))
            .map(|_| 1)
            .sum::<u64>();
        for account in expected {
            let wanted = data
                .transactions
                .get(*account)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let entries = shown
                .get(account)
                .map(|entries| entries.as_slice())
                .unwrap_or_default();
            self.judge_account(wanted, entries);
        }
    }

    fn judge_account(&mut self, wanted: &[Transaction], entries: &[HeldEntry]) {
        let by_id: HashMap<&str, &Transaction> =
            wanted.iter().map(|row| (row.id.as_str(), row)).collect();
        let mut seen: HashMap<&str, u64> = HashMap::new();
        let mut newest = 0;
        for entry in entries {
            let Some(row) = by_id.get(entry.transaction.as_str()) else {
                self.invented += 1;
                continue;
            };
            let times = seen.entry(row.id.as_str()).or_default();
            *times += 1;
            if *times > 1 {
                self.duplicated += 1;
                continue;
            }
            if row.number < newest {
                self.reordered += 1;
            }
            newest = newest.max(row.number);
            self.device_entries_delivered += 1;
            if entry.balance != Some(row.balance) {
                self.balance_mismatches += 1;
            }
            if *entry
                != (HeldEntry {
                    balance: entry.balance,
                    ..HeldEntry::from(*row)
                })
            {
                self.content_mismatches += 1;
            }
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.device_entries_expected += count(wanted.len());
        self.lost += count(
            wanted
                .iter()
                .filter(|row| !seen.contains_key(row.id.as_str()))
                .count(),
        );
    }
}

impl From<&Transaction> for HeldEntry {
    fn from(row: &Transaction) -> Self {
        Self {
            number: row.number,
            transaction: row.id.to_string(),
            date: row.date.to_string(),
            amount: row.amount,
            balance: Some(row.balance),
            operation: row.operation.clone(),
            purpose: row.purpose.clone(),
            counterparty_bank: row.counterparty_bank.clone(),
            counterparty_account: row.counterparty_account.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Time;

    fn row(number: u64) -> Transaction {
        Transaction {
            date: "1993-01-01".parse().unwrap(),
            account: "a".parse().unwrap(),
            number,
            id: format!("t{number}").parse().unwrap(),
            amount: 5,
            balance: i64::try_from(number).unwrap() * 5,
            operation: "cash_deposit".into(),
            purpose: String::new(),
            counterparty_bank: String::new(),
            counterparty_account: String::new(),
        }
    }

    fn check(change: impl FnOnce(&mut Vec<HeldEntry>), expected: Verdict) {
        let customer: CustomerId = "c".parse().unwrap();
        let account: AccountId = "a".parse().unwrap();
        let rows: Vec<_> = (1..=3).map(row).collect();
        let mut entries: Vec<HeldEntry> = rows.iter().map(HeldEntry::from).collect();
        change(&mut entries);
        let data = Data {
            currency: "CZK".parse().unwrap(),
            customers: vec![customer.clone()],
            accounts: vec![(account.clone(), "1993-01-01".parse().unwrap())],
            holders: Vec::new(),
            transactions: [(account.clone(), rows)].into(),
        };
        let held = [(&customer, BTreeSet::from([&account]))].into();
        let mut verdict = Verdict::default();
        let accounts = vec![HeldAccount {
            account: account.clone(),
            entries,
        }];
        let device = DeviceId::at(Time::from_ms(1), [0; 10]);
        verdict.judge(
            &data,
            &held,
            &Held {
                customer: customer.clone(),
                device,
                complete: true,
                accounts,
            },
        );
        let clean = Verdict {
            device_entries_expected: 3,
            device_entries_delivered: 3,
            ..Verdict::default()
        };
        assert_eq!(verdict.is_clean(), expected == clean);
        assert_eq!(verdict, expected);
    }

    #[test]
    fn each_failure_is_counted() {
        let clean = Verdict {
            device_entries_expected: 3,
            device_entries_delivered: 3,
            ..Verdict::default()
        };
        check(|_| (), clean.clone());
        check(
            |entries| {
                entries.remove(1);
            },
            Verdict {
                device_entries_delivered: 2,
                lost: 1,
                ..clean.clone()
            },
        );
        check(
            |entries| {
                let again = entries[1].clone();
                entries.push(again);
            },
            Verdict {
                duplicated: 1,
                ..clean.clone()
            },
        );
        check(
            |entries| entries.swap(0, 1),
            Verdict {
                reordered: 1,
                ..clean.clone()
            },
        );
        check(
            |entries| entries[2].balance = Some(9),
            Verdict {
                balance_mismatches: 1,
                ..clean.clone()
            },
        );
        check(
            |entries| entries[2].purpose = "x".into(),
            Verdict {
                content_mismatches: 1,
                ..clean.clone()
            },
        );
        check(
            |entries| entries[0].transaction = "other".into(),
            Verdict {
                device_entries_delivered: 2,
                lost: 1,
                invented: 1,
                ..clean
            },
        );
    }
}
