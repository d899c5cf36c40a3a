//! A month of an account: to read, to print, and as a file, made on this device.

use super::account::account_at;
use super::amount::{As, amount};
use super::asked::asked;
use super::entry_row::title;
use super::failed::failed;
use super::frame::{loading, unknown};
use super::home::account_name;
use super::navigation::heading;
use super::person::{Person, shown};
use crate::app::App;
use crate::browser;
use crate::link::Ask;
use crate::model::{Account, Amount, Entry};
use crate::texts::fill;
use leptos::prelude::*;
use types::{BusinessDate, Money};

pub(super) fn statement(ordinal: usize, month: &str) -> AnyView {
    let app = App::here();
    let first: Option<BusinessDate> = format!("{month}-01").parse().ok();
    let is_known = Memo::new(move |_| app.home.read().is_some());
    let shown = move || {
        if !is_known.get() {
            return loading();
        }
        let account = untrack(|| account_at(app, ordinal));
        account
            .zip(first)
            .map_or_else(unknown, |(account, first)| of_month(account, first))
    };
    shown.into_any()
}

fn of_month(account: Account, first: BusinessDate) -> AnyView {
    let person = Person::here();
    let id = account.account.clone();
    let entries = asked::<Vec<Entry>>(move || Ask::Statement {
        account: id.clone(),
        first,
    });
    let month = person.texts.dates.month(first);
    let title = fill(person.texts.statement.title, &[&month]);
    let shown = move || match entries.get() {
        None => loading(),
        Some(Err(failure)) => failed(&failure),
        Some(Ok(entries)) => sheet(&person, first, entries),
    };
    view! {
        {heading(title)}
        <p class="about">
            <bdi>{account_name(&person, &account)}</bdi>" · "<bdi>{self::shown(account.account.as_str())}</bdi>
        </p>
        {shown}
    }
    .into_any()
}

fn sheet(person: &Person, first: BusinessDate, entries: Vec<Entry>) -> AnyView {
    let texts = &person.texts.statement;
    let rows = entries
        .iter()
        .map(|entry| row(person, entry))
        .collect_view();
    let closing = entries.iter().rev().find_map(|entry| entry.balance);
    let closing = closing.map(|balance| {
        view! { <tr role="row"><th scope="row" role="rowheader" colspan="3">{texts.closing}</th><td role="cell">{amount(balance, As::Balance)}</td></tr> }
    });
    let is_empty = entries.is_empty();
    let person = *person;
    let save = move |_| {
        let name = format!("{}.csv", first.month());
        browser::save(&name, "text/csv;charset=utf-8", &csv(&person, &entries));
    };
    let empty = is_empty.then(|| view! { <p class="empty">{person.texts.account.empty}</p> });
    view! {
        <div class="buttons no-print">
            <button type="button" on:click=|_| browser::print()>{texts.print}</button>
            <button type="button" on:click=save>{texts.csv}</button>
        </div>
        {empty}
        <div class="scrolled" tabindex="0" role="region" aria-label=texts.text>
            <table class="statement" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader">{texts.date}</th>
                        <th scope="col" role="columnheader">{texts.text}</th>
                        <th scope="col" role="columnheader">{texts.amount}</th>
                        <th scope="col" role="columnheader">{texts.balance}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
                <tfoot role="rowgroup">{closing}</tfoot>
            </table>
        </div>
        <p class="hint">{texts.made}</p>
    }
    .into_any()
}

fn row(person: &Person, entry: &Entry) -> AnyView {
    let (title, kind) = title(person, entry);
    let date = entry.date.unwrap_or_else(|| person.date_of(entry.time));
    view! {
        <tr role="row">
            <td role="cell">{person.texts.dates.short(date, date)}</td>
            <td role="cell"><bdi>{title}</bdi>{kind.map(|kind| view! { " · " <bdi>{kind}</bdi> })}</td>
            <td role="cell">{entry.amount.map(|value| amount(value, As::Change))}</td>
            <td role="cell">{entry.balance.map(|balance| amount(balance, As::Balance))}</td>
        </tr>
    }
    .into_any()
}

/// A table as text (RFC 4180). A byte order mark tells spreadsheets that it is UTF-8.
fn csv(person: &Person, entries: &[Entry]) -> String {
    let texts = &person.texts.statement;
    let header = [
        texts.date,
        texts.text,
        texts.counterparty,
        texts.amount,
        texts.balance,
        texts.currency,
        texts.reference,
    ];
    let mut table = String::from('\u{feff}');
    write_line(&mut table, header.map(quoted));
    for entry in entries {
        let (title, _) = title(person, entry);
        let date = entry.date.unwrap_or_else(|| person.date_of(entry.time));
        let text = |text: &Option<String>| quoted(text.as_deref().unwrap_or_default());
        let currency = entry.amount.map(|amount| amount.currency.to_string());
        write_line(
            &mut table,
            [
                date.to_string(),
                quoted(&title),
                text(&entry.counterparty),
                number(entry.amount),
                number(entry.balance),
                currency.unwrap_or_default(),
                text(&entry.bank_reference),
            ],
        );
    }
    table
}

fn write_line(table: &mut String, cells: [String; 7]) {
    table.push_str(&cells.join(","));
    table.push_str("\r\n");
}

/// A number that spreadsheets read in any language: digits and a point, without groups.
fn number(amount: Option<Amount>) -> String {
    let text = amount.map(|amount| Money::from(amount).to_string());
    let text = text.unwrap_or_default().replace(',', "");
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// A text in quotes. An apostrophe keeps a spreadsheet from taking others' texts as formulas.
fn quoted(text: &str) -> String {
    let apostrophe = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    format!("\"{apostrophe}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;
    use crate::views::tests::fixtures::booked;

    #[test]
    fn a_spreadsheet_gets_numbers_and_no_formulas() {
        let entries = [
            booked("e1", -12_345_678, "card_payment", "=1+1 \"x\""),
            booked("e2", 5, "transfer_in", "salary"),
        ];
        let person = Person::new(Language::English);
        let table = csv(&person, &entries);
        let lines: Vec<&str> = table.split("\r\n").collect();
        assert_eq!(lines.len(), 4);
        assert!(
            lines[0].starts_with("\u{feff}\"Date\",\"What\""),
            "{}",
            lines[0]
        );
        assert_eq!(
            lines[1],
            "2026-11-29,\"'=1+1 \"\"x\"\"\",\"19-2000145399/0800\",-123456.78,52310.40,CZK,\"\""
        );
        assert!(lines[2].contains("\"Salary\""), "{}", lines[2]);
        assert!(lines[2].contains(",0.05,"), "{}", lines[2]);
    }
}
