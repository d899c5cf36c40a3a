//! An account's months: drawn, and as a table with the way to each month's statement.

use super::amount::{As, amount};
use super::navigation::link;
use super::person::Person;
use crate::model::{Amount, Month};
use crate::route::Route;
use leptos::prelude::*;

/// How many months are shown.
const MONTHS: usize = 12;
/// The drawing's units. It is stretched to the room that there is.
const WIDTH: i128 = 600;
const HEIGHT: i128 = 120;

pub(super) fn months_view(ordinal: usize, months: &[Month]) -> AnyView {
    let person = Person::here();
    let texts = &person.texts.account;
    let newest = months
        .get(months.len().saturating_sub(MONTHS)..)
        .unwrap_or_default();
    let labels = newest
        .iter()
        .map(|month| view! { <span>{person.texts.dates.month_short(month.first)}</span> });
    let labels = labels.collect_view();
    let labels = view! { <div class="labels" aria-hidden="true">{labels}</div> }.into_any();
    let more = newest
        .iter()
        .map(|month| view! { <span>{person.texts.dates.month_short(month.first)}</span> });
    let more =
        view! { <div class="labels" aria-hidden="true">{more.collect_view()}</div> }.into_any();
    view! {
        {balance_chart(&person, newest, labels)}
        <details>
            <summary>{texts.months}</summary>
            {flow_chart(&person, newest, more)}
            {table(&person, ordinal, newest)}
        </details>
    }
    .into_any()
}

/// Where a value is in a drawing between two values: from the top.
fn down(value: i64, (least, most): (i64, i64)) -> i128 {
    let range = (i128::from(most) - i128::from(least)).max(1);
    (i128::from(most) - i128::from(value)) * HEIGHT / range
}

/// The middle of a month's column.
fn across(index: usize, count: usize) -> i128 {
    let (index, count) = (
        i128::try_from(index).unwrap_or(0),
        i128::try_from(count.max(1)).unwrap_or(1),
    );
    (2 * index + 1) * WIDTH / (2 * count)
}

fn balance_chart(person: &Person, months: &[Month], labels: AnyView) -> Option<AnyView> {
    let texts = &person.texts.account;
    let balances = months.iter().enumerate();
    let balances = balances.filter_map(|(index, month)| Some((index, month.balance?)));
    let balances: Vec<(usize, Amount)> = balances.collect();
    let values = || balances.iter().map(|(_, balance)| balance.minor_units);
    let (most, least) = (values().max()?, values().min()?);
    // A line that hardly moves is not drawn as a mountain: the drawing begins at nothing, if nothing is below it.
    let range = (least.min(0), most.max(0));
    let points = balances.iter().map(|(index, balance)| {
        format!(
            "{},{}",
            across(*index, months.len()),
            down(balance.minor_units, range)
        )
    });
    let points: Vec<String> = points.collect();
    let zero = down(0, range);
    let currency = balances.first()?.1.currency;
    let label = |minor_units| {
        amount(
            Amount {
                minor_units,
                currency,
            },
            As::Balance,
        )
    };
    let size = format!("0 -4 {WIDTH} {}", HEIGHT + 8);
    Some(
        view! {
            <figure class="chart">
                <figcaption>{texts.over_time}<span>{label(least)}" – "{label(most)}</span></figcaption>
                <svg viewBox=size preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <line class="zero" x1="0" x2=WIDTH.to_string() y1=zero.to_string() y2=zero.to_string()/>
                    <polyline class="balance-line" points=points.join(" ")/>
                </svg>
                {labels}
            </figure>
        }
        .into_any(),
    )
}

fn flow_chart(person: &Person, months: &[Month], labels: AnyView) -> Option<AnyView> {
    let texts = &person.texts.account;
    let most = months
        .iter()
        .map(|month| month.money_in.minor_units)
        .max()?
        .max(0);
    let least = months
        .iter()
        .map(|month| month.money_out.minor_units)
        .min()?
        .min(0);
    let range = (least, most);
    let zero = down(0, range);
    let count = i128::try_from(months.len().max(1)).unwrap_or(1);
    let width = WIDTH / count / 2;
    let bars = months.iter().enumerate().map(|(index, month)| {
        let left = across(index, months.len()) - width / 2;
        let top = down(month.money_in.minor_units.max(0), range);
        let bottom = down(month.money_out.minor_units.min(0), range);
        view! {
            <rect class="bar-in" x=left.to_string() y=top.to_string()
                width=width.to_string() height=(zero - top).to_string()/>
            <rect class="bar-out" x=left.to_string() y=zero.to_string()
                width=width.to_string() height=(bottom - zero).to_string()/>
        }
    });
    let size = format!("0 -4 {WIDTH} {}", HEIGHT + 8);
    Some(
        view! {
            <figure class="chart">
                <figcaption>{texts.in_and_out}</figcaption>
                <svg viewBox=size preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    {bars.collect_view()}
                    <line class="zero" x1="0" x2=WIDTH.to_string() y1=zero.to_string() y2=zero.to_string()/>
                </svg>
                {labels}
            </figure>
        }
        .into_any(),
    )
}

fn table(person: &Person, ordinal: usize, months: &[Month]) -> AnyView {
    let texts = &person.texts.account;
    let rows = months.iter().rev().map(|month| {
        let name = person.texts.dates.month(month.first);
        let statement = Route::Statement(ordinal, month.first.month());
        view! {
            <tr>
                <th scope="row">{link(statement, "", name)}</th>
                <td>{amount(month.money_in, As::Change)}</td>
                <td>{amount(month.money_out, As::Change)}</td>
                <td>{month.balance.map(|balance| amount(balance, As::Balance))}</td>
            </tr>
        }
    });
    view! {
        <div class="scrolled" tabindex="0" role="region" aria-label=texts.months>
            <table>
                <caption class="said">{texts.months}</caption>
                <thead>
                    <tr>
                        <th scope="col">{texts.month}</th>
                        <th scope="col">{texts.money_in}</th>
                        <th scope="col">{texts.money_out}</th>
                        <th scope="col">{texts.balance}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_drawn_inside_the_drawing() {
        let range = (-50, 150);
        assert_eq!(down(150, range), 0);
        assert_eq!(down(-50, range), HEIGHT);
        assert_eq!(down(0, range), 90);
        assert_eq!(down(i64::MIN, (i64::MIN, i64::MAX)), HEIGHT);
        assert_eq!(down(0, (0, 0)), 0);
        assert_eq!(across(0, 12), 25);
        assert_eq!(across(11, 12), 575);
    }
}
