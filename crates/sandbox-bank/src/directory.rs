//! What the bank knows of creditors that are not its accounts: proxies, billers, and who does not take what is sent.

use crate::{BankError, SandboxBank};
use database::{Transaction, params};
use order::Scheme;
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

pub(crate) async fn proxy(tx: &mut Transaction<'_>, id: &str) -> Result<Option<Proxy>, BankError> {
    let select = "SELECT id, account, bank, name FROM proxy WHERE id = $1";
    let row = tx.query_optional(select, params![id]).await?;
    row.map(|row| {
        Ok(Proxy {
            id: row.get(0)?,
            account: row.get(1)?,
            bank: row.get(2)?,
            name: row.get(3)?,
        })
    })
    .transpose()
}

pub(crate) async fn biller(
    tx: &mut Transaction<'_>,
    id: &str,
) -> Result<Option<Biller>, BankError> {
    let select = "SELECT id, name, account, bill_references, checked FROM biller WHERE id = $1";
    let row = tx.query_optional(select, params![id]).await?;
    row.map(|row| {
        Ok(Biller {
            id: row.get(0)?,
            name: row.get(1)?,
            account: row.get(2)?,
            references: u8::try_from(row.get::<i64>(3)?)
                .map_err(|_| BankError::Broken("a biller's references"))?,
            checked: row.get(4)?,
        })
    })
    .transpose()
}

pub(crate) async fn unwilling(
    tx: &mut Transaction<'_>,
    (scheme, identification): (Scheme, &str),
) -> Result<Option<Unwilling>, BankError> {
    let select = "SELECT answer, days FROM unwilling WHERE scheme = $1 AND identification = $2";
    let row = tx
        .query_optional(select, params![scheme.as_str(), identification])
        .await?;
    row.map(|row| {
        let days: i64 = row.get(1)?;
        match (row.get::<String>(0)?.as_str(), u8::try_from(days)) {
            ("refuse", _) => Ok(Unwilling::Refuses),
            ("return", Ok(days)) => Ok(Unwilling::Returns(days)),
            _ => Err(BankError::Broken("what another bank answers")),
        }
    })
    .transpose()
}

impl SandboxBank {
    /// Registers a number of the proxy service, or changes what it stands for.
    pub async fn register_proxy(&self, proxy: Proxy) -> Result<(), BankError> {
        self.commit(async move |tx: &mut Transaction<'_>| put_proxy(tx, &proxy).await)
            .await
    }

    /// Registers a biller, or changes it.
    pub async fn register_biller(&self, biller: Biller) -> Result<(), BankError> {
        self.commit(async move |tx: &mut Transaction<'_>| put_biller(tx, &biller).await)
            .await
    }

    /// Sets what another bank, or a biller, does with what a creditor is sent. Without it, it takes everything.
    pub async fn set_unwilling(
        &self,
        (scheme, identification): (Scheme, String),
        unwilling: Unwilling,
    ) -> Result<(), BankError> {
        self.commit(async move |tx: &mut Transaction<'_>| {
            put_unwilling(tx, (scheme, &identification), unwilling).await
        })
        .await
    }
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
