//! The fields of an order, from a command's arguments.

use crate::cli::{CreditorArguments, Payment};
use anyhow::Context as _;
use client::Shown;
use order::{Creditor, OrderFields, OrderKind, Scheme, iban};
use types::{BusinessDate, Currency, Money};

/// The fields of a transfer, or of a bill if the creditor is a biller.
pub(super) fn payment(shown: &Shown, payment: &Payment) -> anyhow::Result<OrderFields> {
    let creditor = creditor(shown, &payment.creditor)?;
    let kind = match creditor.scheme {
        Scheme::Biller => OrderKind::Bill,
        _ => OrderKind::Transfer,
    };
    let (debit, currency) = debit_account(shown, payment.from.as_deref())?;
    Ok(OrderFields {
        debit_account: Some(debit),
        amount: Some(amount(&payment.amount, currency)?),
        creditor: Some(creditor),
        reference: payment.reference.clone(),
        ..OrderFields::new(kind)
    })
}

/// The creditor that the arguments name.
pub(super) fn creditor(shown: &Shown, arguments: &CreditorArguments) -> anyhow::Result<Creditor> {
    if let Some(id) = &arguments.payee {
        let payees = shown.payees()?;
        let payee = payees.iter().find(|payee| payee.id.as_str() == id);
        let unknown = || format!("there is no payee {id}; `passbook payees` lists them");
        let order = payee.with_context(unknown)?.order.as_ref();
        let creditor = order.and_then(|order| order.creditor());
        return creditor
            .cloned()
            .with_context(|| format!("this version does not understand the payee {id}"));
    }
    let to = arguments.to.clone().context("TO or --payee is needed")?;
    let creditor = Creditor {
        bank: arguments.bank.clone(),
        name: arguments.name.clone(),
        references: arguments.bill.clone(),
        ..Creditor::new(scheme(arguments, &to), to)
    };
    creditor.check()?;
    Ok(creditor)
}

fn scheme(arguments: &CreditorArguments, to: &str) -> Scheme {
    match arguments.scheme {
        Some(name) => name.into(),
        None if !arguments.bill.is_empty() => Scheme::Biller,
        None if arguments.bank.is_some() => scheme_by_form(to).unwrap_or(Scheme::Domestic),
        None => scheme_by_form(to).unwrap_or(Scheme::Account),
    }
}

/// The scheme of an identification that has its form only in that scheme.
pub(super) fn scheme_by_form(identification: &str) -> Option<Scheme> {
    let is_proxy = ["mobile:", "national:", "ewallet:"]
        .iter()
        .any(|kind| identification.starts_with(kind));
    if is_proxy {
        return Some(Scheme::Proxy);
    }
    // With wrong check digits it is refused, and not taken for an account here.
    iban::has_form(identification).then_some(Scheme::Iban)
}

/// The account that pays, and its currency: the one that is named, or the customer's only one.
pub(super) fn debit_account(
    shown: &Shown,
    from: Option<&str>,
) -> anyhow::Result<(String, Option<Currency>)> {
    let accounts = shown.accounts(None)?;
    let account = match (from, accounts.as_slice()) {
        (Some(from), accounts) => accounts.iter().find(|one| one.account.as_str() == from),
        (None, [only]) => Some(only),
        (None, accounts) => {
            let ids: Vec<&str> = accounts.iter().map(|one| one.account.as_str()).collect();
            anyhow::bail!("give the account that pays with --from: {}", ids.join(", "))
        }
    };
    let currency = account
        .and_then(|one| one.state.as_ref())
        .map(|state| state.currency);
    let id = account.map(|one| one.account.to_string());
    let id = id.or_else(|| from.map(str::to_owned));
    Ok((id.context("the customer has no account")?, currency))
}

/// An amount as typed: in the currency of the account, or followed by its own.
pub(super) fn amount(text: &str, of_account: Option<Currency>) -> anyhow::Result<Money> {
    let (number, currency) = match text.trim().rsplit_once(' ') {
        Some((number, currency)) => (number.trim(), Some(currency.parse()?)),
        None => (text.trim(), of_account),
    };
    let currency = currency.context("give the amount with its currency, as in \"12.50 EUR\"")?;
    Ok(Money::from_decimal(number, currency)?)
}

/// A date as typed.
pub(super) fn date(text: &str) -> anyhow::Result<BusinessDate> {
    text.parse()
        .with_context(|| format!("{text} is not a date"))
}
