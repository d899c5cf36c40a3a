//! `passbook payees`: the customer's payees.

use super::ordering::Ordering;
use super::payments::creditor;
use crate::cli::{Payees, PayeesAction};
use crate::order_screen::{ArrangedJson, ArrangedLine};
use anyhow::Context as _;
use order::{Creditor, OrderFields, OrderKind};
use protocol::http::{PayeeCheckAnswer, PayeeCheckRequest, PayeeMatch};
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
            return check(&ordering, creditor, arguments.device.json).await;
        }
    };
    ordering.order(fields).await
}

async fn check(ordering: &Ordering<'_>, creditor: Creditor, json: bool) -> anyhow::Result<()> {
    let request = PayeeCheckRequest {
        scheme: creditor.scheme.to_string(),
        identification: creditor.identification,
        bank: creditor.bank,
        name: creditor
            .name
            .context("give the name to check with --name")?,
    };
    let answer = ordering.device.check_payee(&request).await?;
    if json {
        return json_line(&answer);
    }
    line(format_args!("{}", says(&answer, &request.name)))
}

fn says(answer: &PayeeCheckAnswer, name: &str) -> String {
    match (answer.result, &answer.name) {
        (PayeeMatch::Match, _) => format!("The account belongs to {name}."),
        (PayeeMatch::Close, Some(holder)) => {
            format!(
                "The account belongs to {holder}, which is close to {name}. Check whether that is who you mean."
            )
        }
        (PayeeMatch::Close, None) => format!("The account belongs to a name close to {name}."),
        (PayeeMatch::None, _) => {
            format!(
                "The account does not belong to {name}, or does not exist. Do not pay before you know more."
            )
        }
        (PayeeMatch::CannotSay, _) => "The bank cannot say to whom the account belongs.".into(),
    }
}
