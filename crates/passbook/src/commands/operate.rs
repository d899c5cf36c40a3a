//! `passbook code`, `post` and `revoke`: actions of the sandbox's operator.

use crate::cli::{BankLocation, Code, Post, Revoke};
use crate::config::Config;
use crate::may_be_done::{MayBeDone, asked, shown, this_command};
use anyhow::Context as _;
use operator::{DataDirectory, DatabaseUrl, Operator};
use protocol::http::PostTransaction;
use std::io::Write as _;
use terminal::{json_line, line};
use types::Money;

/// The configuration of `bank`, checked.
pub(crate) fn configuration(bank: &BankLocation) -> anyhow::Result<Config> {
    configuration_on(bank, None)
}

/// The same, with the databases on the given server, if any.
pub(crate) fn configuration_on(
    bank: &BankLocation,
    database: Option<&DatabaseUrl>,
) -> anyhow::Result<Config> {
    let mut config = Config::read(bank.config.as_deref())?;
    if let Some(data) = &bank.data {
        config.data_directory.clone_from(data);
    }
    if let Some(url) = database {
        config.database.url = Some(url.clone());
    }
    config.check()?;
    Ok(config)
}

/// The operator of the bank that the configuration of `bank` describes.
pub(super) fn operator_of(bank: &BankLocation) -> anyhow::Result<Operator> {
    let config = configuration(bank)?;
    let directory = DataDirectory::at(&config.data_directory);
    let address = directory.operator_address(config.operator.address)?;
    Operator::new(&format!("http://{address}"), &directory)
}

/// Issues an activation code and prints it with the root's fingerprint.
pub(crate) async fn code(arguments: &Code) -> anyhow::Result<()> {
    let customer = arguments.customer.parse()?;
    let operator = operator_of(&arguments.bank)?;
    let answer = operator.issue_code(&customer).await;
    let issued = asked(answer, || {
        let what = "a code may have been issued without being shown; it expires unused, and another one may be requested";
        MayBeDone::new(what).with_line(this_command(&[]))
    })?;
    let printed = if arguments.json {
        json_line(&issued)
    } else {
        line(format_args!(
            "Activation code for customer {customer}, for one device:\n  {}-{}",
            issued.code, issued.root
        ))
    };
    shown(printed, || {
        let what = "a code was issued without being shown; it expires unused, and another one may be requested";
        MayBeDone::new(what).with_line(this_command(&[]))
    })
}

/// Posts a transaction at the sandbox bank.
pub(crate) async fn post(arguments: &Post) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let id = match &arguments.id {
        Some(id) => id.clone(),
        None => new_id()?,
    };
    let transaction = PostTransaction {
        transaction: id.parse()?,
        account: arguments.account.parse()?,
        amount: amount(&arguments.amount)?,
        operation: arguments.operation.clone(),
        date: None,
        purpose: (!arguments.purpose.is_empty()).then(|| arguments.purpose.clone()),
        counterparty_bank: None,
        counterparty_account: None,
    };
    let again = || match &arguments.id {
        Some(_) => this_command(&[]),
        None => this_command(&["--id", &id]),
    };
    if arguments.id.is_none() {
        // The id is printed before the request. A user who sees no answer can repeat the posting, which is then booked
        // once.
        writeln!(std::io::stderr(), "The transaction's id is {id}.")
            .context("the transaction's id cannot be shown on standard error; nothing was sent")?;
    }
    let answer = operator.post(&transaction).await;
    let posted = asked(answer, || {
        let what = "the transaction may have been booked; the line below books it once, however often it is repeated";
        MayBeDone::new(what).with_line(again())
    })?;
    let printed = if arguments.json {
        json_line(&posted)
    } else {
        let balance = posted
            .balance
            .map(|balance| format!("; the balance is {balance}"))
            .unwrap_or_default();
        line(format_args!(
            "Booked {} as number {} of account {}{balance}.",
            transaction.amount, posted.number, posted.account
        ))
    };
    shown(printed, || {
        let what = "the transaction was booked; the line below shows it again, and books nothing";
        MayBeDone::new(what).with_line(again())
    })
}

/// Refuses an amount that cannot be exact in JSON.
fn within_json(amount: Money) -> anyhow::Result<Money> {
    amount.fits_json().with_context(|| {
        let most = Money::new(Money::JSON_MAX, amount.currency());
        format!("an amount is at most {most}")
    })?;
    Ok(amount)
}

/// A random id that needs no quoting in a shell and does not look like an option.
fn new_id() -> anyhow::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).context("the system's random source failed")?;
    Ok(types::hex::encode(&random))
}

/// Revokes a device.
pub(crate) async fn revoke(arguments: &Revoke) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let answer = operator.revoke(arguments.device.parse()?).await;
    let revoked = asked(answer, || {
        MayBeDone::new("the device may be revoked; the line below may be repeated")
            .with_line(this_command(&[]))
    })?;
    let printed = if arguments.json {
        json_line(&revoked)
    } else {
        line(format_args!(
            "Revoked {}: its streams are closed within a second, and later messages are under a new key.",
            revoked.device
        ))
    };
    shown(printed, || {
        MayBeDone::new(format!("device {} was revoked", revoked.device))
    })
}

/// Parses `1234.50` or `-3`, optionally followed by `CZK` or another currency, as minor units.
pub(super) fn amount(text: &str) -> anyhow::Result<Money> {
    let (number, currency) = text.split_once(' ').unwrap_or((text, "CZK"));
    within_json(Money::from_decimal(number, currency.parse()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(
                amount(text).ok().map(|money| money.minor_units()),
                expected,
                "{text}"
            );
        };
        check("250.00", Some(25_000));
        check("-3.5", Some(-350));
        check("0", Some(0));
        check("12 EUR", Some(1_200));
        check("1500 JPY", Some(1_500));
        check("1.234 KWD", Some(1_234));
        check("90071992547409.91", Some(9_007_199_254_740_991));
        for bad in [
            "",
            ".5",
            "1.234",
            "12 eur",
            "1500.50 JPY",
            "1.2345 KWD",
            "1 XAU",
            "90071992547409.92",
        ] {
            check(bad, None);
        }
        let refused = amount("1500.50 JPY").unwrap_err().to_string();
        assert_eq!(
            refused,
            "an amount of JPY is digits without decimals, such as 250 or -3"
        );
    }
}
