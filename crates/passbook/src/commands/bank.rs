//! `passbook bank`: what the sandbox bank's operator sets up to try payments.

use super::operate::{amount, operator_of};
use super::payments::scheme_by_form;
use crate::cli::{
    BankAccount, BankBiller, BankCounterparty, BankFee, BankLocation, BankProxy, HandlingName,
    Listing, StateName,
};
use crate::may_be_done::{MayBeDone, asked, shown, this_command};
use crate::screen::Stamp;
use order::Scheme;
use protocol::http::{
    AccountStateRow, AnnounceFee, BillerRow, CounterpartyRow, Directory, Handling, OrderFee,
    Participation, ProxyRow,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use terminal::{json_line, line};

/// Opens, freezes or closes an account.
pub(crate) async fn bank_account(arguments: &BankAccount) -> anyhow::Result<()> {
    let row = AccountStateRow {
        account: arguments.account.parse()?,
        state: match arguments.state {
            StateName::Open => Participation::Open,
            StateName::Frozen => Participation::Frozen,
            StateName::Closed => Participation::Closed,
        },
    };
    let to = (&arguments.bank, arguments.json);
    set(to, "account-states", &row, |row: &AccountStateRow| {
        format!("Account {} is {}.", row.account, word(row.state))
    })
    .await
}

/// Registers a proxy.
pub(crate) async fn bank_proxy(arguments: &BankProxy) -> anyhow::Result<()> {
    let row = ProxyRow {
        proxy: arguments.proxy.clone(),
        account: arguments.account.clone(),
        bank: arguments.other_bank.clone(),
        name: arguments.name.clone(),
    };
    let to = (&arguments.bank, arguments.json);
    set(to, "proxies", &row, |row: &ProxyRow| {
        ProxyLine(row).to_string()
    })
    .await
}

/// Registers a biller.
pub(crate) async fn bank_biller(arguments: &BankBiller) -> anyhow::Result<()> {
    let account = arguments.account.as_ref().map(|id| id.parse());
    let row = BillerRow {
        biller: arguments.biller.clone(),
        name: arguments.name.clone(),
        account: account.transpose()?,
        references: arguments.references,
        checked: !arguments.unchecked,
    };
    let to = (&arguments.bank, arguments.json);
    set(to, "billers", &row, |row: &BillerRow| {
        BillerLine(row).to_string()
    })
    .await
}

/// Sets what another bank does with payments to a creditor.
pub(crate) async fn bank_counterparty(arguments: &BankCounterparty) -> anyhow::Result<()> {
    let handling = match arguments.handling {
        HandlingName::Accepts => Handling::Accepts,
        HandlingName::Refuses => Handling::Refuses,
        HandlingName::Returns => Handling::Returns,
    };
    let by_form = || scheme_by_form(&arguments.creditor).unwrap_or(Scheme::Domestic);
    let scheme = arguments.scheme.map_or_else(by_form, Scheme::from);
    let default_days = (handling == Handling::Returns).then_some(2);
    let row = CounterpartyRow {
        scheme: scheme.as_str().to_owned(),
        identification: arguments.creditor.clone(),
        handling,
        days: arguments.days.or(default_days),
    };
    let to = (&arguments.bank, arguments.json);
    set(to, "counterparties", &row, |row: &CounterpartyRow| {
        CounterpartyLine(row).to_string()
    })
    .await
}

/// Announces a fee.
pub(crate) async fn bank_fee(arguments: &BankFee) -> anyhow::Result<()> {
    let row = AnnounceFee {
        scheme: Scheme::from(arguments.scheme).as_str().to_owned(),
        amount: amount(&arguments.amount)?,
        from: None,
    };
    let to = (&arguments.bank, arguments.json);
    set(to, "fees", &row, |fee: &OrderFee| FeeLine(fee).to_string()).await
}

/// Lists everything.
pub(crate) async fn bank_directory(arguments: &Listing) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let directory: Directory = operator.get("directory").await?;
    if arguments.json {
        return json_line(&directory);
    }
    for row in &directory.accounts {
        line(format_args!(
            "Account {} is {}.",
            row.account,
            word(row.state)
        ))?;
    }
    let lines = directory
        .proxies
        .iter()
        .map(|row| ProxyLine(row).to_string());
    let billers = directory
        .billers
        .iter()
        .map(|row| BillerLine(row).to_string());
    let others = directory.counterparties.iter();
    let others = others.map(|row| CounterpartyLine(row).to_string());
    let fees = directory.fees.iter().map(|fee| FeeLine(fee).to_string());
    let holidays = directory.holidays.iter();
    let holidays = holidays.map(|date| format!("Bank holiday {date}."));
    let all = lines.chain(billers).chain(others).chain(fees);
    for text in all.chain(holidays) {
        line(format_args!("{text}"))?;
    }
    Ok(())
}

/// Sends a row, which may be repeated, and shows the answer.
async fn set<T: DeserializeOwned + Serialize>(
    (bank, json): (&BankLocation, bool),
    route: &str,
    row: &impl Serialize,
    text: impl Fn(&T) -> String,
) -> anyhow::Result<()> {
    let operator = operator_of(bank)?;
    let again = |what| MayBeDone::new(what).with_line(this_command(&[]));
    let answer = operator.send(route, row).await;
    let answer: T = asked(answer, || {
        again("it may have been set; the line below may be repeated")
    })?;
    let printed = if json {
        json_line(&answer)
    } else {
        line(format_args!("{}", text(&answer)))
    };
    shown(printed, || {
        again("it was set; the line below may be repeated")
    })
}

const fn word(state: Participation) -> &'static str {
    match state {
        Participation::Open => "open",
        Participation::Frozen => "frozen",
        Participation::Closed => "closed",
    }
}

struct ProxyLine<'a>(&'a ProxyRow);

impl fmt::Display for ProxyLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.0;
        write!(f, "Proxy {} stands for account {}", row.proxy, row.account)?;
        if let Some(bank) = &row.bank {
            write!(f, " at bank {bank}")?;
        }
        match &row.name {
            Some(name) => write!(f, " of {name}."),
            None => write!(f, "."),
        }
    }
}

struct BillerLine<'a>(&'a BillerRow);

impl fmt::Display for BillerLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.0;
        let checked = if row.checked {
            " with a check digit"
        } else {
            ""
        };
        let (biller, name, count) = (&row.biller, &row.name, row.references);
        write!(
            f,
            "Biller {biller}, {name}: a bill has {count} references{checked}"
        )?;
        match &row.account {
            Some(account) => write!(f, "; account {account}."),
            None => write!(f, "; the account is at another bank."),
        }
    }
}

struct CounterpartyLine<'a>(&'a CounterpartyRow);

impl fmt::Display for CounterpartyLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.0;
        let (scheme, id) = (&row.scheme, &row.identification);
        match (row.handling, row.days) {
            (Handling::Accepts, _) => write!(f, "Payments to {scheme} {id} are accepted."),
            (Handling::Refuses, _) => write!(f, "Payments to {scheme} {id} are refused."),
            (Handling::Returns, days) => {
                let days = days.unwrap_or_default();
                write!(
                    f,
                    "Payments to {scheme} {id} are returned after {days} business days."
                )
            }
        }
    }
}

struct FeeLine<'a>(&'a OrderFee);

impl fmt::Display for FeeLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fee = self.0;
        write!(f, "A payment to {} costs {}", fee.scheme, fee.amount)?;
        match fee.from.ms() {
            0 => write!(f, "."),
            _ => write!(f, " from {} on.", Stamp(fee.from)),
        }
    }
}
