//! What the terminal device shows: the home page for a person, or as JSON.

use client::{Account, Home};
use protocol::Entry;
use serde::Serialize;
use std::fmt;
use types::{AccountId, BalanceType, Balances, BusinessDate, Money, Time};

/// How many entries are shown.
const ENTRIES_SHOWN: usize = 10;

/// A home page as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct HomeJson {
    state: &'static str,
    accounts: Vec<ShownAccount>,
    entries: Vec<ShownEntry>,
    position: String,
    as_of: Time,
    complete: bool,
    left_out: bool,
    discrepancy: Option<String>,
}

#[derive(Debug, Serialize)]
struct ShownAccount {
    account: AccountId,
    name: String,
    kind: Option<String>,
    role: Option<String>,
    balances: Balances,
}

#[derive(Debug, Serialize)]
struct ShownEntry {
    kind: String,
    time: Time,
    account: Option<AccountId>,
    date: Option<BusinessDate>,
    amount: Option<Money>,
    operation: Option<String>,
    purpose: Option<String>,
    text: String,
}

impl HomeJson {
    /// `home`, with a word on what brought it.
    pub(crate) fn new(home: &Home, state: &'static str) -> Self {
        Self {
            state,
            accounts: home.accounts.iter().map(ShownAccount::from).collect(),
            entries: home.newest.iter().map(ShownEntry::from).collect(),
            position: home.position.to_string(),
            as_of: home.as_of,
            complete: home.complete,
            left_out: home.left_out,
            discrepancy: home.discrepancy.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&Account> for ShownAccount {
    fn from(account: &Account) -> Self {
        let state = account.state.as_ref();
        Self {
            account: account.account.clone(),
            name: state.map(|state| state.name.clone()).unwrap_or_default(),
            kind: state.map(|state| state.kind.to_string()),
            role: state.map(|state| state.role.to_string()),
            // What JSON cannot carry exactly is left out rather than shown as another amount.
            balances: (account.balances.clone().into_iter())
                .filter(|(_, balance)| balance.fits_json().is_ok())
                .collect(),
        }
    }
}

impl From<&Entry> for ShownEntry {
    fn from(entry: &Entry) -> Self {
        let booking = entry.booking.as_ref();
        Self {
            kind: entry.kind.to_string(),
            time: entry.time,
            account: entry.account.clone(),
            date: booking.map(|booking| booking.date),
            amount: booking
                .map(|booking| booking.amount)
                .filter(|amount| amount.fits_json().is_ok()),
            operation: booking.map(|booking| booking.operation.clone()),
            purpose: booking.and_then(|booking| booking.purpose.clone()),
            text: text(entry),
        }
    }
}

/// Text that came from others, without what a terminal would obey: control characters, and those that turn the direction
/// of writing.
fn plain(text: &str) -> String {
    let obeyed = |letter: &char| {
        letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|letter| if obeyed(&letter) { '\u{fffd}' } else { letter })
        .collect()
}

/// An entry in one line: what was done and what for, or the fallback of a kind that is not known here.
fn text(entry: &Entry) -> String {
    let argument = |name| entry.argument(name).unwrap_or_default();
    match entry.kind.as_str() {
        "booked" => {
            let booking = entry.booking.as_ref();
            let operation = booking
                .map(|booking| booking.operation.replace('_', " "))
                .unwrap_or_default();
            let purpose = booking
                .and_then(|booking| booking.purpose.clone())
                .unwrap_or_default();
            let counterparty = booking
                .and_then(|booking| booking.counterparty_account.clone())
                .unwrap_or_default();
            [operation, purpose, counterparty]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", ")
        }
        "account.opened" => "account opened".into(),
        "holder.added" => format!(
            "customer {} became holder ({})",
            argument("customer"),
            argument("role")
        ),
        "holder.removed" => format!("customer {} is holder no longer", argument("customer")),
        "device.added" => format!("device {} was added", argument("device")),
        "device.removed" => format!("device {} was removed", argument("device")),
        kind => entry.fallback.clone().unwrap_or_else(|| kind.to_owned()),
    }
}

/// A home page for a person.
pub(crate) struct Screen<'a>(pub(crate) &'a Home);

impl fmt::Display for Screen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = self.0;
        writeln!(f, "Accounts")?;
        for account in home.accounts.iter().map(ShownAccount::from) {
            let booked = account.balances.get(&BalanceType::Booked);
            let booked = booked.map(Money::to_string).unwrap_or_default();
            let kind = account.kind.unwrap_or_default().replace('_', " ");
            writeln!(
                f,
                "  {:<14} {:<22} {kind:<14} {booked:>22}",
                account.account.as_str(),
                plain(&account.name)
            )?;
        }
        if home.accounts.is_empty() {
            writeln!(f, "  none yet")?;
        }
        writeln!(f, "Newest entries")?;
        for entry in home.newest.iter().take(ENTRIES_SHOWN) {
            let booking = entry.booking.as_ref();
            let date = booking.map_or_else(|| BusinessDate::of(entry.time), |booking| booking.date);
            let text = plain(&text(entry));
            let account = entry
                .account
                .as_ref()
                .map(AccountId::as_str)
                .unwrap_or_default();
            let amount = booking
                .map(|booking| booking.amount.to_string())
                .unwrap_or_default();
            writeln!(f, "  {date}  {account:<14} {text:<48} {amount:>20}")?;
        }
        if home.newest.is_empty() {
            writeln!(f, "  none yet")?;
        }
        if let Some(found) = &home.discrepancy {
            writeln!(f, "! {found}")?;
        }
        if home.left_out {
            writeln!(f, "! This device was removed: it reads nothing new.")?;
        }
        let complete = if home.complete {
            "complete"
        } else {
            "not known to be complete"
        };
        write!(f, "As of {}, {complete}.", Stamp(home.as_of))
    }
}

/// A time of day in UTC.
pub(crate) struct Stamp(pub(crate) Time);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.seconds() % 86_400;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{} {hours:02}:{minutes:02}:{seconds:02} UTC",
            BusinessDate::of(self.0)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_others_wrote_gives_the_terminal_no_orders() {
        let check = |text: &str, shown: &str| assert_eq!(plain(text), shown);
        check("lunch, Žižkov", "lunch, Žižkov");
        check("\x1b[2JAll is well", "\u{fffd}[2JAll is well");
        check("a\r\nb\u{9b}1m", "a\u{fffd}\u{fffd}b\u{fffd}1m");
        check("\u{202e}00.1", "\u{fffd}00.1");
    }
}
