//! `passbook orders`: what became of the device's orders.

use super::ordering::{APPROVE, Ordering};
use crate::cli::{Orders, OrdersAction};
use crate::order_screen::{
    AllowanceJson, AllowanceLine, ArrangedJson, ArrangedLine, OrderJson, OrderPage,
};
use anyhow::Context as _;
use terminal::{json_line, line};
use types::{Clock, IntentId};

/// Lists, sends, approves or cancels orders.
pub(crate) async fn orders(arguments: &Orders, clock: Clock) -> anyhow::Result<()> {
    let mut ordering = Ordering::open(&arguments.device, clock).await?;
    match arguments.action.as_ref().unwrap_or(&OrdersAction::List) {
        OrdersAction::List => list(&ordering, arguments.device.json),
        OrdersAction::Send => {
            anyhow::ensure!(
                ordering.send().await?,
                "the bank cannot be reached; the orders stay in the outbox and keep their ids"
            );
            // What the core bank has decided by now comes as entries.
            ordering.device.catch_up().await?;
            list(&ordering, arguments.device.json)
        }
        OrdersAction::Approve { intent } => ordering.approve_again(intent.parse()?).await,
        OrdersAction::Cancel { intent } => {
            let intent: IntentId = intent.parse()?;
            let unknown =
                || format!("this device knows no order {intent}; `passbook orders` lists them");
            let fields = ordering.device.shown().to_cancel(&intent)?;
            ordering.order(fields.with_context(unknown)?).await
        }
    }
}

fn list(ordering: &Ordering<'_>, json: bool) -> anyhow::Result<()> {
    let (shown, locale) = (ordering.device.shown(), ordering.locale());
    let orders = shown.orders()?;
    let approve = ordering.command(APPROVE);
    for order in &orders {
        if json {
            json_line(&OrderJson::new(order, locale))?;
        } else {
            line(format_args!("{}\n", OrderPage(order, locale, &approve)))?;
        }
    }
    let pending = shown.pending_orders()?;
    let elsewhere = pending
        .iter()
        .filter(|one| !orders.iter().any(|own| own.intent == one.id));
    for order in elsewhere {
        if json {
            json_line(&ArrangedJson::new("pending", order, locale))?;
        } else {
            line(format_args!("{}\n", ArrangedLine(order, locale)))?;
        }
    }
    let (allowance, limits) = (shown.allowance()?, shown.limits()?);
    if json {
        return json_line(&AllowanceJson::new(&allowance, limits.as_ref()));
    }
    line(format_args!(
        "{}",
        AllowanceLine(&allowance, limits.as_ref())
    ))
}
