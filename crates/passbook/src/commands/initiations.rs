//! `passbook initiations`: payments that other apps of the bank prepared.

use super::ordering::Ordering;
use super::passkeys::told;
use super::payments::debit_account;
use crate::cli::{Initiations, InitiationsAction};
use crate::screen::Stamp;
use anyhow::Context as _;
use client::Errand;
use order::{Initiation, Order, shown_text};
use protocol::http::WaitingInitiation;
use serde::Serialize;
use terminal::{json_line, line};
use types::text::shown;
use types::{Clock, IntentId};

/// Lists, approves or declines payments.
pub(crate) async fn initiations(arguments: &Initiations, clock: Clock) -> anyhow::Result<()> {
    let mut ordering = Ordering::open(&arguments.device, clock).await?;
    match arguments
        .action
        .as_ref()
        .unwrap_or(&InitiationsAction::List)
    {
        InitiationsAction::List => {
            let all = waiting(&mut ordering).await?;
            if all.is_empty() && !arguments.device.json {
                return line(format_args!("No payment waits."));
            }
            for waiting in all {
                if arguments.device.json {
                    json_line(&waiting)?;
                } else {
                    show(&ordering, &waiting)?;
                }
            }
            Ok(())
        }
        InitiationsAction::Approve { initiation, from } => {
            let initiation: IntentId = initiation.parse()?;
            let waiting = waiting(&mut ordering).await?;
            let found = waiting.iter().find(|one| one.initiation == initiation);
            let unknown =
                || format!("no payment {initiation} waits; `passbook initiations` lists them");
            let found = found.with_context(unknown)?;
            let payment = Initiation::of_request(&found.payment)?;
            let account = match &found.payment.account {
                Some(account) => account.clone(),
                None => debit_account(&ordering.device.shown(), from.as_deref())?.0,
            };
            if !arguments.device.json {
                line(format_args!(
                    "{} asks for this payment.",
                    shown(&found.name)
                ))?;
            }
            let fields = payment.paid_from(&account);
            ordering.approve_initiation(initiation, fields).await
        }
        InitiationsAction::Decline { initiation } => {
            let initiation: IntentId = initiation.parse()?;
            let declined = ordering.device.run(Errand::decline(initiation)).await;
            declined.map_err(|error| told(error, &ordering.device))?;
            if arguments.device.json {
                return json_line(&Declined {
                    initiation,
                    declined: true,
                });
            }
            line(format_args!("The payment is declined. Nothing is paid."))
        }
    }
}

#[derive(Serialize)]
struct Declined {
    initiation: IntentId,
    declined: bool,
}

async fn waiting(ordering: &mut Ordering<'_>) -> anyhow::Result<Vec<WaitingInitiation>> {
    let waiting = ordering.device.run(Errand::initiations()).await;
    let waiting = waiting.map_err(|error| told(error, &ordering.device))?;
    Ok(waiting.initiations)
}

fn show(ordering: &Ordering<'_>, waiting: &WaitingInitiation) -> anyhow::Result<()> {
    line(format_args!(
        "{}  {}, until {}",
        waiting.initiation,
        shown(&waiting.name),
        Stamp(waiting.expires)
    ))?;
    let payment = Initiation::of_request(&waiting.payment)?;
    let order = Order::new(payment.paid_from("(your choice)"))?;
    line(format_args!("{}\n", shown_text(&order, ordering.locale())))
}
