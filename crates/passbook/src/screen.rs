//! The terminal device's output: the home page as text or as JSON.

use client::{Account, EntryState, Funds, Home, Listed};
use order::Initiation;
use protocol::cbor::{FromValue as _, Key};
use protocol::{BrakeChange, BrakeStep, Entry};
use serde::Serialize;
use std::fmt;
use types::{AccountId, BalanceType, Balances, BusinessDate, DeviceVerdict, Money, Time, text};

/// Maximum accounts shown.
const ACCOUNTS_SHOWN: usize = 20;
/// Maximum entries shown.
const ENTRIES_SHOWN: usize = 10;

/// A home page as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct HomeJson {
    state: &'static str,
    accounts: Vec<ShownAccount>,
    accounts_total: u64,
    entries: Vec<ShownEntry>,
    position: String,
    as_of: Time,
    complete: bool,
    left_out: bool,
    discrepancy: Option<String>,
    verdict: String,
}

#[derive(Debug, Serialize)]
struct ShownAccount {
    account: AccountId,
    name: String,
    kind: Option<String>,
    role: Option<String>,
    balances: Balances,
    /// The sum of the pending amounts, and the booked balance after them; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Money>,
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
    /// `home`, with a word for the change that caused it, and the verdict on the device's attestation.
    pub(crate) fn new(home: &Home, state: &'static str, verdict: &DeviceVerdict) -> Self {
        Self {
            state,
            accounts: home
                .accounts
                .iter()
                .map(|account| ShownAccount::new(account, pending(home, &account.account)))
                .collect(),
            accounts_total: home.accounts_total,
            entries: home.newest.iter().map(ShownEntry::from).collect(),
            position: home.position.to_string(),
            as_of: home.as_of,
            complete: home.complete,
            left_out: home.left_out,
            discrepancy: home.discrepancy.as_ref().map(ToString::to_string),
            verdict: verdict.to_string(),
        }
    }
}

/// The money of an account with pending amounts.
fn pending<'a>(home: &'a Home, account: &AccountId) -> Option<&'a Funds> {
    let mut pending = home.pending.iter();
    let found = pending.find(|(other, _)| other == account);
    found.map(|(_, funds)| funds)
}

impl ShownAccount {
    fn new(account: &Account, pending: Option<&Funds>) -> Self {
        let exact = |money: &Money| money.fits_json().is_ok().then_some(*money);
        let state = account.state.as_ref();
        Self {
            account: account.account.clone(),
            name: state.map(|state| state.name.clone()).unwrap_or_default(),
            kind: state.map(|state| state.kind.to_string()),
            role: state.map(|state| state.role.to_string()),
            // An amount that JSON cannot represent exactly is left out.
            balances: (account.balances.clone().into_iter())
                .filter(|(_, balance)| balance.fits_json().is_ok())
                .collect(),
            pending: pending.and_then(|funds| exact(&funds.pending)),
            expected: pending.and_then(|funds| exact(&funds.expected)),
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
            text: summary(entry),
        }
    }
}

/// An entry on one line: its action and purpose, or the fallback text of an unknown kind.
fn summary(entry: &Entry) -> String {
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
        "holder.removed" => format!("customer {} is no longer a holder", argument("customer")),
        "brake.changed" => brake(entry),
        "passkey.added" => format!("passkey {} was added", argument("passkey")),
        "passkey.removed" => format!("passkey {} was removed", argument("passkey")),
        "password.set" => format!("a password was set by device {}", argument("device")),
        "password.removed" => format!("the password was removed by device {}", argument("device")),
        "consent.given" => format!("{} may know {}", client(entry), argument("scopes")),
        "consent.withdrawn" => format!("{} may know nothing any more", client(entry)),
        "limit.raised" => raised(entry),
        "payment.initiated" => initiation(entry),
        "login.unusual" => {
            let reasons = argument("reasons").split(' ').map(why_unusual);
            let reasons: Vec<_> = reasons.collect();
            let device = argument("device");
            format!("unusual login on device {device}: {}", reasons.join("; "))
        }
        "device.added" => format!("device {} was added", argument("device")),
        "device.removed" => format!("device {} was removed", argument("device")),
        "order.pending" => format!("order pending: {}", argument("kind")),
        "order.executed" => format!("order executed: {}", argument("kind")),
        "order.cancelled" => format!("order cancelled: {}", argument("kind")),
        "order.refused" => format!(
            "order refused: {}, {}",
            argument("kind"),
            argument("reason").replace('_', " ")
        ),
        "payee.added" => format!("payee {} was added", argument("payee")),
        "payee.removed" => format!("payee {} was removed", argument("payee")),
        "standing.created" => format!("standing order {} was created", argument("standing")),
        "standing.ended" => format!("standing order {} ended", argument("standing")),
        kind => entry.fallback.clone().unwrap_or_else(|| kind.to_owned()),
    }
}

/// An app that the customer let know something: its name and id.
fn client(entry: &Entry) -> String {
    let id = entry.argument("client").unwrap_or_default();
    match entry.argument("name") {
        Some(name) => format!("{name} ({id})"),
        None => id.to_owned(),
    }
}

/// A limit that the bank raised.
fn raised(entry: &Entry) -> String {
    let argument = |name: &str| entry.arguments.get(&Key::from(name)).cloned();
    let limit = argument("limit").and_then(|limit| Money::from_value(limit).ok());
    let until = argument("until").and_then(|until| Time::from_value(until).ok());
    match (limit, until) {
        (Some(limit), Some(until)) => {
            format!(
                "the bank raised the limit of a day to {limit} until {}",
                Stamp(until)
            )
        }
        _ => "the bank raised the limit of a day".to_owned(),
    }
}

/// A payment that an app prepared.
fn initiation(entry: &Entry) -> String {
    let payment = entry.arguments.get(&Key::from("payment")).cloned();
    let payment = payment.and_then(|payment| Initiation::from_value(payment).ok());
    let amount = payment.and_then(|payment| payment.fields().amount);
    let amount = amount.map(|amount| format!(" of {amount}"));
    let id = entry.argument("initiation").unwrap_or_default();
    format!(
        "{} asks for a payment{}: passbook initiations approve {id}",
        client(entry),
        amount.unwrap_or_default()
    )
}

fn why_unusual(reason: &str) -> &str {
    match reason {
        "after_refusals" => "logins were refused before it",
        "by_password" => "by password",
        "passkey_of_another_device" => "its passkey is of another device",
        "plain_pages" => "at the plain pages, in another browser",
        other => other,
    }
}

/// A change of one of the customer's brakes.
fn brake(entry: &Entry) -> String {
    let Some(change) = BrakeChange::of_arguments(&entry.arguments) else {
        return entry.kind.to_string();
    };
    let brake = &change.brake;
    let limit = change.limit.map(|limit| format!(": at most {limit}"));
    let limit = limit.unwrap_or_default();
    match (change.step, change.from) {
        (BrakeStep::Loosens, Some(from)) if limit.is_empty() => {
            format!("brake {brake} ends {}", Stamp(from))
        }
        (BrakeStep::Loosens, Some(from)) => format!("brake {brake} from {}{limit}", Stamp(from)),
        (BrakeStep::Kept, _) => format!("brake {brake} was kept"),
        _ => format!("brake {brake} was set{limit}"),
    }
}

/// A home page as text.
pub(crate) struct Screen<'a>(pub(crate) &'a Home);

impl fmt::Display for Screen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = self.0;
        accounts(f, home)?;
        entries(f, home)?;
        if let Some(found) = &home.discrepancy {
            writeln!(f, "! {found}")?;
        }
        if home.left_out {
            writeln!(f, "! This device was revoked: it reads nothing new.")?;
        }
        let complete = if home.complete {
            "complete"
        } else {
            "not known to be complete"
        };
        write!(f, "As of {}, {complete}.", Stamp(home.as_of))
    }
}

fn accounts(f: &mut fmt::Formatter<'_>, home: &Home) -> fmt::Result {
    writeln!(f, "Accounts")?;
    for account in home.accounts.iter().take(ACCOUNTS_SHOWN) {
        let booked = account.balances.get(&BalanceType::Booked);
        let booked = booked.map(Money::to_string).unwrap_or_default();
        let state = account.state.as_ref();
        let name = state.map(|state| state.name.as_str()).unwrap_or_default();
        let kind = state.map(|state| state.kind.as_str().replace('_', " "));
        writeln!(
            f,
            "  {:<14} {:<22} {:<14} {booked:>22}",
            text::shown(account.account.as_str()),
            text::shown(name),
            text::shown(&kind.unwrap_or_default()),
        )?;
        if let Some(funds) = pending(home, &account.account) {
            let (sum, expected) = (funds.pending, funds.expected);
            writeln!(f, "  {:<14} {sum} pending; {expected} after that", "")?;
        }
    }
    let shown = home.accounts.len().min(ACCOUNTS_SHOWN);
    let shown = u64::try_from(shown).unwrap_or(u64::MAX);
    match home.accounts_total.saturating_sub(shown) {
        0 if home.accounts.is_empty() => writeln!(f, "  none yet"),
        0 => Ok(()),
        1 => writeln!(f, "  and 1 more account, which is not shown here"),
        more => writeln!(f, "  and {more} more accounts, which are not shown here"),
    }
}

fn entries(f: &mut fmt::Formatter<'_>, home: &Home) -> fmt::Result {
    writeln!(f, "Newest entries")?;
    for entry in home.newest.iter().take(ENTRIES_SHOWN) {
        writeln!(f, "{}", EntryLine(entry))?;
    }
    match home.newest.len() {
        0 => writeln!(f, "  none yet"),
        held if held > ENTRIES_SHOWN => {
            writeln!(f, "  and earlier entries, which are not shown here")
        }
        _ => Ok(()),
    }
}

/// An entry on one line. Line breaks inside its text are shown as spaces.
struct EntryLine<'a>(&'a Entry);

impl fmt::Display for EntryLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = self.0;
        let booking = entry.booking.as_ref();
        let date = booking.map_or_else(
            || format!("{} UTC", BusinessDate::of_utc(entry.time)),
            |booking| booking.date.to_string(),
        );
        let account = entry.account.as_ref().map(AccountId::as_str);
        let amount = booking
            .map(|booking| booking.amount.to_string())
            .unwrap_or_default();
        write!(
            f,
            "  {date:<14} {:<14} {:<48} {amount:>20}",
            text::shown(account.unwrap_or_default()),
            text::shown(&summary(entry).replace(['\n', '\r', '\t'], " ")),
        )
    }
}

/// A listed entry on one line, with its state if it does not count.
pub(crate) struct ListedLine<'a>(pub(crate) &'a Listed);

impl fmt::Display for ListedLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", EntryLine(&self.0.entry))?;
        match self.0.state {
            EntryState::Current => Ok(()),
            EntryState::Withdrawn => write!(f, "  withdrawn"),
            EntryState::Past => write!(f, "  of former books"),
        }
    }
}

/// An entry of a list as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct ListedJson {
    state: &'static str,
    #[serde(flatten)]
    entry: ShownEntry,
}

impl From<&Listed> for ListedJson {
    fn from(listed: &Listed) -> Self {
        Self {
            state: match listed.state {
                EntryState::Current => "current",
                EntryState::Withdrawn => "withdrawn",
                EntryState::Past => "past",
            },
            entry: ShownEntry::from(&listed.entry),
        }
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
            BusinessDate::of_utc(self.0)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::Account;
    use protocol::Booking;
    use types::{Position, Sequence};

    fn account(number: usize, id: &str, name: &str, balance: Money) -> Account {
        Account {
            account: format!("{id}{number}").parse().unwrap(),
            state: Some(envelope::AccountState {
                kind: "current".parse().unwrap(),
                role: "owner".parse().unwrap(),
                name: name.to_owned(),
                currency: balance.currency(),
                balances: Balances::new(),
            }),
            balances: [(BalanceType::Booked, balance)].into(),
        }
    }

    fn booked(purpose: &str, amount: Money) -> Entry {
        let booking = Booking {
            transaction: "t1".parse().unwrap(),
            number: 1,
            date: "2026-09-21".parse().unwrap(),
            amount,
            operation: "card_payment".into(),
            purpose: Some(purpose.to_owned()),
            counterparty_bank: None,
            counterparty_account: None,
            order: None,
            bank_reference: None,
        };
        let account: AccountId = "JP\u{200b}1".parse().unwrap();
        let sequence = Sequence::ZERO.next();
        let balances = [(BalanceType::Booked, amount)].into();
        Entry::booked(
            "e1".parse().unwrap(),
            account,
            sequence,
            Time::from_ms(0),
            booking,
            balances,
        )
    }

    fn home(accounts: Vec<Account>, newest: Vec<Entry>) -> Home {
        Home {
            accounts_total: accounts.len().try_into().unwrap(),
            accounts,
            newest,
            position: "1.1".parse::<Position>().unwrap(),
            as_of: Time::from_ms(1_790_000_000_000),
            complete: true,
            left_out: false,
            discrepancy: None,
            pending: Vec::new(),
        }
    }

    fn money(minor_units: i64, currency: &str) -> Money {
        Money::new(minor_units, currency.parse().unwrap())
    }

    #[test]
    fn amounts_are_shown_with_their_currencys_decimals() {
        let accounts = vec![
            account(1, "JP", "yen", money(1_500, "JPY")),
            account(1, "KW", "dinar", money(1_234, "KWD")),
        ];
        let page = Screen(&home(
            accounts,
            vec![booked("rice", money(-250_000, "VND"))],
        ))
        .to_string();
        for shown in [" 1,500 JPY\n", " 1.234 KWD\n", " -250,000 VND\n"] {
            assert!(page.contains(shown), "{page}");
        }
    }

    #[test]
    fn no_text_of_others_turns_or_hides_the_writing() {
        let accounts = vec![account(1, "\u{202e}PJ", "sav\u{3164}ings", money(1, "CZK"))];
        let entry = booked("lunch\nAs of today, complete.\u{1b}[2J", money(1, "CZK"));
        let page = Screen(&home(accounts, vec![entry])).to_string();
        let lines: Vec<&str> = page.lines().collect();
        assert_eq!(lines.len(), 5, "{page}");
        assert!(
            lines.iter().all(|line| text::check(line.trim()).is_ok()),
            "{page}"
        );
        assert!(page.contains("\u{fffd}PJ1 "), "{page}");
        assert!(page.contains("JP\u{fffd}1 "), "{page}");
        assert!(
            page.contains("lunch As of today, complete.\u{fffd}[2J"),
            "{page}"
        );
    }

    #[test]
    fn a_part_of_a_whole_is_shown_as_a_part() {
        let accounts = |count| -> Vec<Account> {
            (0..count)
                .map(|n| account(n, "A", "", money(1, "CZK")))
                .collect()
        };
        let entries = |count| vec![booked("x", money(1, "CZK")); count];
        let check = |accounts, entries, says: &[&str]| {
            let page = Screen(&home(accounts, entries)).to_string();
            let said: Vec<&str> = page
                .lines()
                .filter(|line| line.starts_with("  and"))
                .collect();
            assert_eq!(said, says, "{page}");
            assert!(page.lines().count() <= 36, "{page}");
        };
        check(accounts(20), entries(10), &[]);
        check(
            accounts(21),
            entries(0),
            &["  and 1 more account, which is not shown here"],
        );
        check(
            accounts(10_000),
            entries(11),
            &[
                "  and 9980 more accounts, which are not shown here",
                "  and earlier entries, which are not shown here",
            ],
        );
        let stored = Home {
            accounts_total: 9_000,
            ..home(accounts(3), entries(1))
        };
        let page = Screen(&stored).to_string();
        assert!(
            page.contains("  and 8997 more accounts, which are not shown here\n"),
            "{page}"
        );
    }
}
