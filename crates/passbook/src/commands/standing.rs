//! `passbook standing`: the customer's standing orders.

use super::ordering::Ordering;
use super::payments::{date, payment};
use crate::cli::{FrequencyName, Standing, StandingAction};
use crate::order_screen::{ArrangedJson, ArrangedLine};
use anyhow::Context as _;
use order::{Frequency, OrderFields, OrderKind, Schedule};
use terminal::{json_line, line};
use types::Clock;

/// Lists, creates or ends standing orders.
pub(crate) async fn standing(arguments: &Standing, clock: Clock) -> anyhow::Result<()> {
    let mut ordering = Ordering::open(&arguments.device, clock).await?;
    let shown = ordering.device.shown();
    let fields = match arguments.action.as_ref().unwrap_or(&StandingAction::List) {
        StandingAction::List => {
            let locale = ordering.locale();
            let all = shown.standing_orders()?;
            if all.is_empty() && !arguments.device.json {
                return line(format_args!("No standing orders."));
            }
            for standing in &all {
                if arguments.device.json {
                    json_line(&ArrangedJson::new("standing", standing, locale))?;
                } else {
                    line(format_args!("{}", ArrangedLine(standing, locale)))?;
                }
            }
            return Ok(());
        }
        StandingAction::Create(created) => OrderFields {
            kind: OrderKind::Standing,
            schedule: Some(Schedule {
                frequency: frequency(created.every),
                first: date(&created.first)?,
                last: created.last.as_deref().map(date).transpose()?,
            }),
            ..payment(&shown, &created.payment)?
        },
        StandingAction::End { standing } => {
            let unknown =
                || format!("there is no standing order {standing}; `passbook standing` lists them");
            shown.to_end(&standing.parse()?)?.with_context(unknown)?
        }
    };
    ordering.order(fields).await
}

const fn frequency(name: FrequencyName) -> Frequency {
    match name {
        FrequencyName::Week => Frequency::Week,
        FrequencyName::Month => Frequency::Month,
        FrequencyName::Quarter => Frequency::Quarter,
        FrequencyName::Year => Frequency::Year,
    }
}
