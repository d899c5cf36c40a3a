//! What the bank knows of creditors that are not its accounts: proxies, billers, and who does not take what is sent.

use crate::account::Account;
use crate::{BankError, SandboxBank, text};
use database::{Row, Transaction, params};
use order::{Creditor, REFERENCES_MAX, Scheme};
use types::AccountId;

/// What a number of the country's proxy service stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The number, as an order has it: `mobile:`, `national:` or `ewallet:` and digits.
    pub id: String,
    /// The account.
    pub account: String,
    /// The account's bank; `None` if it is this bank.
    pub bank: Option<String>,
    /// The owner's name, if the service tells it.
    pub name: Option<String>,
}

/// A registered biller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Biller {
    /// The biller's id.
    pub id: String,
    /// The biller's name.
    pub name: String,
    /// Where the biller's money goes. `None` if the account is at another bank.
    pub account: Option<AccountId>,
    /// How many references a bill has.
    pub references: u8,
    /// Whether each reference is a number whose last digit is a check digit (ISO/IEC 7812-1, annex B).
    pub checked: bool,
}

impl Biller {
    /// Whether a bill of this biller can have these references.
    pub(crate) fn accepts(&self, references: &[String]) -> bool {
        references.len() == usize::from(self.references)
            && (!self.checked || references.iter().all(|reference| is_checked(reference)))
    }
}

/// Whether the last digit is right (ISO/IEC 7812-1, annex B).
fn is_checked(reference: &str) -> bool {
    let digits: Option<Vec<u32>> = reference.chars().map(|digit| digit.to_digit(10)).collect();
    let sum = |digits: Vec<u32>| -> u32 {
        let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
        let (mut sum, mut double) = (0, false);
        for digit in digits.into_iter().rev() {
            sum += if double { doubled(digit) } else { digit };
            double = !double;
        }
        sum
    };
    digits.is_some_and(|digits| digits.len() > 1 && sum(digits) % 10 == 0)
}

/// What another bank, or a biller, does with what it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwilling {
    /// It refuses it before it is booked.
    Refuses,
    /// It returns it so many business days after it was settled.
    Returns(u8),
}

macro_rules! select_proxy {
    ($rest:literal) => {
        concat!("SELECT id, account, bank, name FROM proxy ", $rest)
    };
}

impl Proxy {
    fn of(row: &Row) -> Result<Self, BankError> {
        Ok(Self {
            id: row.get(0)?,
            account: row.get(1)?,
            bank: row.get(2)?,
            name: row.get(3)?,
        })
    }
}

macro_rules! select_biller {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, account, bill_references, checked FROM biller ",
            $rest
        )
    };
}

impl Biller {
    fn of(row: &Row) -> Result<Self, BankError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            account: row.get(2)?,
            references: u8::try_from(row.get::<i64>(3)?)
                .map_err(|_| BankError::Broken("a biller's references"))?,
            checked: row.get(4)?,
        })
    }
}

impl Unwilling {
    fn of(answer: &str, days: i64) -> Result<Self, BankError> {
        match (answer, u8::try_from(days)) {
            ("refuse", _) => Ok(Self::Refuses),
            ("return", Ok(days)) => Ok(Self::Returns(days)),
            _ => Err(BankError::Broken("what another bank answers")),
        }
    }
}

pub(crate) async fn proxy(tx: &mut Transaction<'_>, id: &str) -> Result<Option<Proxy>, BankError> {
    let select = select_proxy!("WHERE id = $1");
    let row = tx.query_optional(select, params![id]).await?;
    row.as_ref().map(Proxy::of).transpose()
}

/// The first proxies, ordered by id.
pub(crate) async fn proxies(tx: &mut Transaction<'_>, limit: u32) -> Result<Vec<Proxy>, BankError> {
    let select = select_proxy!("ORDER BY id LIMIT $1");
    let rows = tx.query(select, params![limit]).await?;
    rows.iter().map(Proxy::of).collect()
}

pub(crate) async fn biller(
    tx: &mut Transaction<'_>,
    id: &str,
) -> Result<Option<Biller>, BankError> {
    let select = select_biller!("WHERE id = $1");
    let row = tx.query_optional(select, params![id]).await?;
    row.as_ref().map(Biller::of).transpose()
}

/// The first billers, ordered by id.
pub(crate) async fn billers(
    tx: &mut Transaction<'_>,
    limit: u32,
) -> Result<Vec<Biller>, BankError> {
    let select = select_biller!("ORDER BY id LIMIT $1");
    let rows = tx.query(select, params![limit]).await?;
    rows.iter().map(Biller::of).collect()
}

pub(crate) async fn unwilling(
    tx: &mut Transaction<'_>,
    (scheme, identification): (Scheme, &str),
) -> Result<Option<Unwilling>, BankError> {
    let select = "SELECT answer, days FROM unwilling WHERE scheme = $1 AND identification = $2";
    let row = tx
        .query_optional(select, params![scheme.as_str(), identification])
        .await?;
    row.map(|row| Unwilling::of(&row.get::<String>(0)?, row.get(1)?))
        .transpose()
}

/// The first creditors that do not accept what they are sent, ordered by scheme and identification.
pub(crate) async fn all_unwilling(
    tx: &mut Transaction<'_>,
    limit: u32,
) -> Result<Vec<((Scheme, String), Unwilling)>, BankError> {
    let select = "SELECT scheme, identification, answer, days FROM unwilling
        ORDER BY scheme, identification LIMIT $1";
    let rows = tx.query(select, params![limit]).await?;
    rows.iter()
        .map(|row| {
            let scheme = row.get::<String>(0)?.parse();
            let scheme = scheme.map_err(|_| BankError::Broken("the scheme of a creditor"))?;
            let unwilling = Unwilling::of(&row.get::<String>(2)?, row.get(3)?)?;
            Ok(((scheme, row.get(1)?), unwilling))
        })
        .collect()
}

const NO_ORDER: BankError = BankError::Invalid("no order can have this creditor: see its scheme");

/// Refuses an identification that no order can have.
fn check_identification(scheme: Scheme, identification: &str) -> Result<(), BankError> {
    let creditor = Creditor::new(scheme, identification);
    creditor.check_identification().map_err(|_| NO_ORDER)
}

/// Refuses an account here that does not exist.
async fn check_here(tx: &mut Transaction<'_>, account: &AccountId) -> Result<(), BankError> {
    Account::get(tx, account).await.map(drop)
}

impl SandboxBank {
    /// Registers a number of the proxy service, or changes what it stands for. An account here must exist.
    pub async fn register_proxy(&self, proxy: Proxy) -> Result<(), BankError> {
        check_identification(Scheme::Proxy, &proxy.id)?;
        text::check("account", &proxy.account)?;
        text::check("bank", proxy.bank.as_deref().unwrap_or_default())?;
        text::check("name", proxy.name.as_deref().unwrap_or_default())?;
        self.commit(async move |tx: &mut Transaction<'_>| {
            if proxy.bank.is_none() {
                let account = proxy.account.parse();
                let account = account.map_err(|_| BankError::Invalid("the account is no id"))?;
                check_here(tx, &account).await?;
            }
            put_proxy(tx, &proxy).await
        })
        .await
    }

    /// Registers a biller, or changes it. An account here must exist.
    pub async fn register_biller(&self, biller: Biller) -> Result<(), BankError> {
        check_identification(Scheme::Biller, &biller.id)?;
        if !(1..=REFERENCES_MAX).contains(&usize::from(biller.references)) {
            return Err(NO_ORDER);
        }
        text::check("name", &biller.name)?;
        self.commit(async move |tx: &mut Transaction<'_>| {
            if let Some(account) = &biller.account {
                check_here(tx, account).await?;
            }
            put_biller(tx, &biller).await
        })
        .await
    }

    /// Sets what another bank, or a biller there, does with payments to a creditor. With `None` it accepts everything, as
    /// it does if nothing was set.
    pub async fn set_counterparty(
        &self,
        (scheme, identification): (Scheme, String),
        unwilling: Option<Unwilling>,
    ) -> Result<(), BankError> {
        if scheme == Scheme::Account {
            return Err(BankError::Invalid(
                "an account here is no other bank's: set its state",
            ));
        }
        check_identification(scheme, &identification)?;
        self.commit(async move |tx: &mut Transaction<'_>| {
            let creditor = (scheme, identification.as_str());
            match unwilling {
                Some(unwilling) => put_unwilling(tx, creditor, unwilling).await,
                None => remove_unwilling(tx, creditor).await,
            }
        })
        .await
    }
}

async fn remove_unwilling(
    tx: &mut Transaction<'_>,
    (scheme, identification): (Scheme, &str),
) -> Result<(), BankError> {
    let delete = "DELETE FROM unwilling WHERE scheme = $1 AND identification = $2";
    tx.execute(delete, params![scheme.as_str(), identification])
        .await?;
    Ok(())
}

pub(crate) async fn put_proxy(tx: &mut Transaction<'_>, proxy: &Proxy) -> Result<(), BankError> {
    let put = "INSERT INTO proxy (id, account, bank, name) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET account = excluded.account, bank = excluded.bank, name = excluded.name";
    let params = params![
        &proxy.id,
        &proxy.account,
        proxy.bank.as_deref(),
        proxy.name.as_deref()
    ];
    tx.execute(put, params).await?;
    Ok(())
}

pub(crate) async fn put_biller(tx: &mut Transaction<'_>, biller: &Biller) -> Result<(), BankError> {
    let put = "INSERT INTO biller (id, name, account, bill_references, checked)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, account = excluded.account,
            bill_references = excluded.bill_references, checked = excluded.checked";
    let params = params![
        &biller.id,
        &biller.name,
        biller.account.as_ref(),
        biller.references,
        biller.checked,
    ];
    tx.execute(put, params).await?;
    Ok(())
}

pub(crate) async fn put_unwilling(
    tx: &mut Transaction<'_>,
    (scheme, identification): (Scheme, &str),
    unwilling: Unwilling,
) -> Result<(), BankError> {
    let (answer, days) = match unwilling {
        Unwilling::Refuses => ("refuse", 0),
        Unwilling::Returns(days) => ("return", days),
    };
    let put = "INSERT INTO unwilling (scheme, identification, answer, days) VALUES ($1, $2, $3, $4)
        ON CONFLICT (scheme, identification) DO UPDATE SET answer = excluded.answer, days = excluded.days";
    tx.execute(put, params![scheme.as_str(), identification, answer, days])
        .await?;
    Ok(())
}
