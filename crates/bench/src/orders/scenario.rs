//! What is replayed: orders of every kind, or a real bank's standing orders.

use super::books::{self, Customer};
use super::plan::{Plan, Told, Wishes};
use crate::cli::ReplayOrders;
use crate::progress::{Progress, Steps};
use crate::replay::{Data, bank, read_rows};
use crate::servers::UNLIMITED_ORDERS;
use anyhow::{Context as _, ensure};
use operator::Operator;
use order::{Creditor, Frequency, OrderFields, OrderKind, Schedule, Scheme};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use types::{AccountId, BusinessDate, CustomerId, Money, Role};

/// Most orders of one device, which keeps that many.
const ORDERS_MAX: usize = 1_000;

/// Days until dated orders are executed, and until everything is executed and settled.
const DAYS_LATER: u32 = 2;
const DAYS_IN_ALL: u32 = 40;

/// The days in which a real bank's standing orders begin, and the days that pass: a quarter, and what clearing takes.
const BEGINNINGS: u32 = 28;
const DAYS_OF_A_QUARTER: u32 = 100;

/// The months after the first payment in which a real bank's standing orders pay once more.
const MONTHS: u32 = 2;

/// A row of `standing_orders.csv`.
pub(super) struct StandingRow {
    account: AccountId,
    fields: OrderFields,
}

/// What is replayed.
pub(super) enum Scenario {
    /// Customers with two accounts each order so much of every kind.
    Mixed(Arc<Vec<Customer>>, usize),
    /// A real bank's customers, and their standing orders.
    Standing(Box<Data>, Vec<StandingRow>),
}

impl Scenario {
    /// Makes it, or refuses the arguments.
    pub(super) fn of(arguments: &ReplayOrders) -> anyhow::Result<Self> {
        if let Some(directory) = &arguments.standing {
            let data = Data::read(directory, "CZK".parse()?)?;
            let rows = standing_rows(directory, &data)?;
            return Ok(Self::Standing(Box::new(data), rows));
        }
        ensure!(arguments.customers > 0, "--customers is at least 1");
        ensure!(
            arguments.orders.div_ceil(arguments.customers) <= ORDERS_MAX,
            "a device keeps at most {ORDERS_MAX} orders; give more --customers"
        );
        let customers = Arc::new(books::customers(arguments.customers)?);
        Ok(Self::Mixed(customers, arguments.orders))
    }

    /// More settings of the servers.
    pub(super) const fn settings(&self) -> &'static str {
        match self {
            Self::Mixed(..) => "",
            Self::Standing(..) => UNLIMITED_ORDERS,
        }
    }

    pub(super) fn orders(&self) -> usize {
        match self {
            Self::Mixed(_, orders) => *orders,
            Self::Standing(_, rows) => rows.len(),
        }
    }

    pub(super) const fn days(&self) -> u32 {
        match self {
            Self::Mixed(..) => DAYS_IN_ALL,
            Self::Standing(..) => DAYS_OF_A_QUARTER,
        }
    }

    /// Whether each standing order makes all its payments: nobody ends one, and no account has a limit.
    pub(super) const fn pays_all(&self) -> bool {
        matches!(self, Self::Standing(..))
    }

    /// The customers with their accounts.
    pub(super) fn customers(&self) -> Vec<Customer> {
        let Self::Standing(data, _) = self else {
            let Self::Mixed(customers, _) = self else {
                return Vec::new();
            };
            return customers.to_vec();
        };
        let mut held: BTreeMap<&CustomerId, Vec<AccountId>> = BTreeMap::new();
        for holder in &data.holders {
            let accounts = held.entry(&holder.customer).or_default();
            accounts.push(holder.account.clone());
        }
        let customers = data.customers.iter();
        let customers = customers.map(|customer| Customer {
            customer: customer.clone(),
            accounts: held.remove(customer).unwrap_or_default(),
        });
        customers.collect()
    }

    /// Loads the books.
    pub(super) async fn load(
        &self,
        operator: &Operator,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        let steps = |rows| -> Steps<'_> { progress.steps(rows, "rows loaded") };
        match self {
            Self::Mixed(customers, _) => {
                let steps = steps(books::steps(customers));
                books::load(operator, customers, &steps).await?;
                steps.finish();
            }
            Self::Standing(data, _) => {
                let rows = data.customers.len() + data.accounts.len() + data.holders.len();
                let steps = steps(rows);
                bank::load(operator, data, &steps).await?;
                steps.finish();
            }
        }
        Ok(())
    }

    /// The plan of each customer's device. `today` is the bank's date.
    pub(super) fn plans(
        &self,
        (seed, today): (u64, BusinessDate),
        told: &watch::Sender<Told>,
    ) -> anyhow::Result<Vec<Plan>> {
        let mut random = StdRng::seed_from_u64(seed);
        let customers = self.customers();
        let wishes: Vec<Wishes> = match self {
            Self::Mixed(everybody, orders) => {
                let later = later(today, DAYS_LATER)?;
                let count = customers.len();
                let wishes = |index| Wishes::Mixed {
                    everybody: Arc::clone(everybody),
                    count: (index..*orders).step_by(count).count(),
                    later,
                };
                (0..count).map(wishes).collect()
            }
            Self::Standing(data, rows) => standing_wishes(data, rows, today)?,
        };
        let plans = customers.into_iter().zip(wishes);
        let plans = plans.map(|(customer, wishes)| Plan {
            customer,
            wishes,
            seed: random.random(),
            told: told.clone(),
        });
        Ok(plans.collect())
    }
}

/// The day so many days after another.
pub(super) fn later(date: BusinessDate, days: u32) -> anyhow::Result<BusinessDate> {
    date.plus_days(days).context("the bank's calendar ends")
}

fn standing_rows(directory: &Path, data: &Data) -> anyhow::Result<Vec<StandingRow>> {
    let columns = &["account_id", "to_bank", "to_account", "amount", "purpose"];
    let rows = read_rows(directory, "standing_orders.csv", columns, |row| {
        let text = |column| Some(row.text(column).to_owned()).filter(|text| !text.is_empty());
        let amount = Money::new(row.number("amount")?, data.currency);
        Ok(StandingRow {
            account: row.parse("account_id")?,
            fields: OrderFields {
                debit_account: text("account_id"),
                amount: Some(amount),
                creditor: Some(Creditor {
                    bank: text("to_bank"),
                    name: Some("Payee".to_owned()),
                    ..Creditor::new(Scheme::Domestic, row.text("to_account"))
                }),
                reference: text("purpose"),
                ..OrderFields::new(OrderKind::Standing)
            },
        })
    })?;
    Ok(rows)
}

/// What each customer's device orders: the standing orders of the accounts that the customer owns, monthly, three payments
/// each, which begin on any of the next days.
fn standing_wishes(
    data: &Data,
    rows: &[StandingRow],
    today: BusinessDate,
) -> anyhow::Result<Vec<Wishes>> {
    let owners = data.holders.iter();
    let owners = owners.filter(|holder| holder.role == Role::Owner);
    let owners: BTreeMap<&AccountId, &CustomerId> = owners
        .map(|holder| (&holder.account, &holder.customer))
        .collect();
    let mut of_each: BTreeMap<&CustomerId, Vec<OrderFields>> = BTreeMap::new();
    for (row, number) in rows.iter().zip(1..) {
        let owner = owners.get(&row.account);
        let owner = owner.with_context(|| format!("account {} has no owner", row.account))?;
        let first = later(today, number % BEGINNINGS + 1)?;
        let last = first.plus_months(MONTHS);
        let schedule = Schedule {
            frequency: Frequency::Month,
            first,
            last: Some(last.context("the bank's calendar ends")?),
        };
        of_each.entry(owner).or_default().push(OrderFields {
            schedule: Some(schedule),
            ..row.fields.clone()
        });
    }
    let wishes = data.customers.iter().map(|customer| {
        let orders = of_each.remove(customer).unwrap_or_default();
        Wishes::These(Arc::new(orders))
    });
    Ok(wishes.collect())
}
