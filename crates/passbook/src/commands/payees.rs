//! `passbook payees`: the customer's payees.

use super::ordering::Ordering;
use super::payee_check::PayeeCheck;
use super::payments::creditor;
use crate::cli::{Payees, PayeesAction};
use crate::order_screen::{ArrangedJson, ArrangedLine};
use anyhow::Context as _;
use order::{Creditor, OrderFields, OrderKind};
use terminal::{json_line, line};
use types::Clock;

/// Lists, adds, removes or checks payees.
pub(crate) async fn payees(arguments: &Payees, clock: Clock) -> anyhow::Result<()> {
    let mut ordering = Ordering::open(&arguments.device, clock).await?;
    let shown = ordering.device.shown();
    let fields = match arguments.action.as_ref().unwrap_or(&PayeesAction::List) {
        PayeesAction::List => {
            let locale = ordering.locale();
            let all = shown.payees()?;
            if all.is_empty() && !arguments.device.json {
                return line(format_args!("No payees."));
            }
            for payee in &all {
                if arguments.device.json {
                    json_line(&ArrangedJson::new("payee", payee, locale))?;
                } else {
                    line(format_args!("{}", ArrangedLine(payee, locale)))?;
                }
            }
            return Ok(());
        }
        PayeesAction::Add {
            creditor: added,
            own_name,
        } => OrderFields {
            creditor: Some(creditor(&shown, added)?),
            own_name: own_name.clone(),
            ..OrderFields::new(OrderKind::PayeeAdd)
        },
        PayeesAction::Remove { payee } => {
            let unknown = || format!("there is no payee {payee}; `passbook payees` lists them");
            shown.to_remove(&payee.parse()?)?.with_context(unknown)?
        }
        PayeesAction::Check { creditor: checked } => {
            let creditor = creditor(&shown, checked)?;
            return check(&mut ordering, &creditor, arguments.device.json).await;
        }
    };
    ordering.order(fields).await
}

async fn check(ordering: &mut Ordering<'_>, creditor: &Creditor, json: bool) -> anyhow::Result<()> {
    let checked = PayeeCheck::ask(&mut ordering.device, creditor).await?;
    let checked = checked.context("give the name to check with --name")?;
    if json {
        return json_line(&checked.answer);
    }
    line(format_args!("{checked}"))
}
