//! Generates a bank to try Passbook with: plausible customers, their accounts and three months of transactions.

use crate::directory::{Biller, Proxy, Unwilling, put_biller, put_proxy, put_unwilling};
use crate::fees::put_fee;
use crate::load::{load_account, load_customer, load_holder};
use crate::post::post;
use crate::{BankError, SandboxBank};
use database::{Transaction, params};
use order::{Fee, Scheme};
use protocol::http::{AccountRow, CustomerRow, HolderRow, PostTransaction};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use types::{
    AccountId, AccountKind, BusinessDate, Currency, CustomerId, IdError, Money, Role, Time,
};

const GIVEN_NAMES: &[&str] = &[
    "Adam", "Alena", "Anna", "David", "Eva", "Filip", "Hana", "Ivan", "Jakub", "Jana", "Karel",
    "Klára", "Lucie", "Marek", "Marie", "Ondřej", "Pavel", "Petra", "Tomáš", "Věra",
];
const FAMILY_NAMES: &[&str] = &[
    "Bartoš",
    "Beneš",
    "Dušek",
    "Fiala",
    "Holub",
    "Horák",
    "Janda",
    "Kolář",
    "Konečný",
    "Kučera",
    "Marek",
    "Pokorný",
    "Sedlák",
    "Šimek",
    "Urban",
    "Zeman",
];
const SHOPS: &[&str] = &["Albert", "Billa", "Bookshop", "Chemist", "Lidl", "Railways"];
const BANKS: &[&str] = &["AB", "KL", "QR", "ST", "YZ"];

/// What a payment abroad costs, in minor units of the account's currency.
const FEES_ABROAD: &[(&str, i64)] = &[("CZK", 20_000), ("EUR", 800), ("USD", 900)];

/// Days of history before today.
const DAYS: u64 = 90;
const DAY_MS: u64 = 86_400_000;
/// Minor units of the Czech crown. All generated amounts are in crowns.
const CROWN: i64 = 100;

impl SandboxBank {
    /// Fills an empty bank with `customers` generated customers, each with a mobile number in the directory, and with the
    /// billers `water` and `power`. Payments abroad cost a fee, all others nothing. At other banks, the account 1111111111 refuses payments and 2222222222 returns them. The result depends only on `seed` and the day. A bank
    /// that has customers is not changed. Returns whether the bank was empty.
    pub async fn generate(&self, customers: u32, seed: u64) -> Result<bool, BankError> {
        let now = (self.clock)();
        let bank = self.clone();
        self.commit(async move |tx: &mut Transaction<'_>| {
            let any = tx
                .query_optional("SELECT id FROM customer LIMIT 1", params![])
                .await?;
            if any.is_some() {
                return Ok(false);
            }
            let mut generator = Generator {
                random: StdRng::seed_from_u64(seed),
                currency: "CZK".parse()?,
                now,
                bank: &bank,
                transactions: 0,
            };
            for (currency, minor_units) in FEES_ABROAD {
                let fee = Fee {
                    scheme: Scheme::Swift,
                    amount: Money::new(*minor_units, currency.parse()?),
                    from: Time::from_ms(0),
                };
                put_fee(tx, &fee).await?;
            }
            let mut before = None;
            for index in 0..u64::from(customers) {
                before = Some(generator.customer(tx, index, before).await?);
            }
            fill_directory(tx).await?;
            Ok(true)
        })
        .await
    }
}

/// Registers two billers, and at other banks an account that refuses what it is sent and one that returns it.
async fn fill_directory(tx: &mut Transaction<'_>) -> Result<(), BankError> {
    for (id, name) in [("water", "Waterworks"), ("power", "Power company")] {
        let biller = Biller {
            id: id.to_owned(),
            name: name.to_owned(),
            account: None,
            references: 1,
            checked: true,
        };
        put_biller(tx, &biller).await?;
    }
    let (refuses, returns) = (Unwilling::Refuses, Unwilling::Returns(2));
    put_unwilling(tx, (Scheme::Domestic, "1111111111"), refuses).await?;
    put_unwilling(tx, (Scheme::Domestic, "2222222222"), returns).await
}

struct Generator<'b> {
    random: StdRng,
    currency: Currency,
    now: Time,
    bank: &'b SandboxBank,
    transactions: u64,
}

fn id<T: TryFrom<String, Error = IdError>>(text: String) -> Result<T, BankError> {
    T::try_from(text).map_err(|_| BankError::Invalid("generated ids are valid"))
}

impl Generator<'_> {
    /// Generates a customer with a current account, usually a savings account, and sometimes the right to use the
    /// previous customer's current account. Returns the current account.
    async fn customer(
        &mut self,
        tx: &mut Transaction<'_>,
        index: u64,
        before: Option<AccountId>,
    ) -> Result<AccountId, BankError> {
        let customer: CustomerId = id((1_001 + index).to_string())?;
        let name = format!("{} {}", self.pick(GIVEN_NAMES), self.pick(FAMILY_NAMES));
        let row = CustomerRow {
            customer: customer.clone(),
            name: Some(name.clone()),
        };
        load_customer(tx, &row).await?;
        if let Some(account) = before
            && self.random.random_ratio(1, 4)
        {
            self.hold(tx, (&account, &customer), Role::Authorised, 0)
                .await?;
        }

        let current: AccountId = id((2_000_000_010 + index * 10).to_string())?;
        let proxy = Proxy {
            id: format!("mobile:42070000{customer}"),
            account: current.to_string(),
            bank: None,
            name: Some(name),
        };
        put_proxy(tx, &proxy).await?;
        let limit = self.money(2_000_000);
        self.open(tx, &current, AccountKind::Current, "Current account", limit)
            .await?;
        self.hold(tx, (&current, &customer), Role::Owner, DAYS)
            .await?;
        self.live(tx, &current).await?;

        if self.random.random_ratio(2, 3) {
            let savings = id((2_000_000_011 + index * 10).to_string())?;
            let limit = self.money(0);
            self.open(tx, &savings, AccountKind::Savings, "Savings", limit)
                .await?;
            self.hold(tx, (&savings, &customer), Role::Owner, DAYS)
                .await?;
            self.save(tx, &savings).await?;
        }
        Ok(current)
    }

    fn pick(&mut self, from: &'static [&'static str]) -> &'static str {
        from.choose(&mut self.random).copied().unwrap_or_default()
    }

    fn money(&self, minor_units: i64) -> Money {
        Money::new(minor_units, self.currency)
    }

    async fn open(
        &mut self,
        tx: &mut Transaction<'_>,
        account: &AccountId,
        kind: AccountKind,
        name: &str,
        limit: Money,
    ) -> Result<(), BankError> {
        let row = AccountRow {
            account: account.clone(),
            kind,
            name: name.to_owned(),
            currency: self.currency,
            opened: Some(self.date(DAYS)),
            limit: Some(limit),
        };
        load_account(tx, &row, self.time(DAYS)).await.map(drop)
    }

    async fn hold(
        &mut self,
        tx: &mut Transaction<'_>,
        (account, customer): (&AccountId, &CustomerId),
        role: Role,
        days_ago: u64,
    ) -> Result<(), BankError> {
        let row = HolderRow {
            account: account.clone(),
            customer: customer.clone(),
            role,
        };
        load_holder(tx, &row, self.time(days_ago)).await.map(drop)
    }

    fn time(&self, days_ago: u64) -> Time {
        self.now.minus_ms(days_ago * DAY_MS)
    }

    fn date(&self, days_ago: u64) -> BusinessDate {
        self.bank.date(self.time(days_ago))
    }

    /// Generates salary, rent and purchases.
    async fn live(
        &mut self,
        tx: &mut Transaction<'_>,
        account: &AccountId,
    ) -> Result<(), BankError> {
        let salary = self.random.random_range(32_000..75_000) * CROWN;
        let rent = self.random.random_range(9_000..16_000) * -CROWN;
        for days_ago in (1..=DAYS).rev() {
            match days_ago % 30 {
                0 => {
                    self.book(tx, account, days_ago, salary, "transfer_in", "salary")
                        .await?
                }
                27 => {
                    self.book(tx, account, days_ago, rent, "transfer_out", "household")
                        .await?
                }
                _ if self.random.random_ratio(1, 4) => {
                    let amount = -self.random.random_range(4_900..189_000);
                    let shop = self.pick(SHOPS);
                    self.book(tx, account, days_ago, amount, "card_payment", shop)
                        .await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Generates a first deposit and interest.
    async fn save(
        &mut self,
        tx: &mut Transaction<'_>,
        account: &AccountId,
    ) -> Result<(), BankError> {
        let deposit = self.random.random_range(500..250_000) * CROWN;
        self.book(tx, account, DAYS, deposit, "cash_deposit", "")
            .await?;
        for days_ago in [60, 30] {
            let interest = deposit / 400;
            self.book(
                tx,
                account,
                days_ago,
                interest,
                "interest",
                "interest_credited",
            )
            .await?;
        }
        Ok(())
    }

    async fn book(
        &mut self,
        tx: &mut Transaction<'_>,
        account: &AccountId,
        days_ago: u64,
        minor_units: i64,
        operation: &str,
        purpose: &str,
    ) -> Result<(), BankError> {
        self.transactions += 1;
        let transfer = operation.starts_with("transfer");
        let bank = transfer.then(|| self.pick(BANKS).to_owned());
        let counterparty = transfer.then(|| self.random.random_range(10_000_000_u64..99_999_999));
        let order = PostTransaction {
            transaction: id(format!("generated-{}", self.transactions))?,
            account: account.clone(),
            amount: self.money(minor_units),
            operation: operation.to_owned(),
            date: Some(self.date(days_ago)),
            purpose: (!purpose.is_empty()).then(|| purpose.to_owned()),
            counterparty_bank: bank,
            counterparty_account: counterparty.map(|account| account.to_string()),
        };
        let when = (self.time(days_ago), self.date(days_ago));
        post(tx, &order, when).await.map(drop)
    }
}
