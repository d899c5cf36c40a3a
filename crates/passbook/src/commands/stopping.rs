//! `passbook stop-everything`: the customer's kill switch; and `passbook customer resume`, with which the bank undoes it.

use super::device::{STOPPED, ended};
use super::operate::operator_of;
use crate::cli::{CustomerWithReason, StopEverything};
use crate::device_directory::DeviceDirectory;
use crate::may_be_done::{MayBeDone, asked, this_command};
use client::{Ended, Errand};
use protocol::http::{CustomerResumed, ResumeCustomer};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use terminal::{json_line, line};
use types::Clock;

const QUESTION: &str = "Stop everything? All devices of the customer are closed, this one included, and every order \
     that the bank has not executed is cancelled. Only the bank undoes it.";

/// Stops everything of the device's customer.
pub(crate) async fn stop_everything(
    arguments: &StopEverything,
    clock: Clock,
) -> anyhow::Result<()> {
    let mut device = DeviceDirectory::open(&arguments.dir, clock)?
        .device()
        .await?;
    if !arguments.yes {
        confirm(arguments.json)?;
    }
    let stopped = match device.run(Errand::stop_everything()).await {
        Err(error) if error.ended() == Some(Ended::CustomerStopped) => {
            // The answer to an earlier call was lost, or another device was faster.
            return Err(anyhow::Error::from(error).context(STOPPED));
        }
        stopped => stopped.map_err(|error| ended(error, device.home()))?,
    };
    if arguments.json {
        return json_line(&stopped);
    }
    line(format_args!(
        "Everything is stopped, and all sessions have ended. Closed devices, this one included: {}.",
        stopped.devices
    ))?;
    match stopped.orders {
        Some(0) => line(format_args!("No order was waiting."))?,
        Some(orders) => line(format_args!(
            "Orders that are not executed any more: {orders}."
        ))?,
        None => line(format_args!(
            "The core bank has not answered yet. It is asked until it has stopped the orders."
        ))?,
    }
    line(format_args!(
        "Standing orders pause. Ask the bank to undo it; then enrol again with a new activation code, in a new --dir."
    ))
}

fn confirm(json: bool) -> anyhow::Result<()> {
    anyhow::ensure!(
        !json && std::io::stdin().is_terminal(),
        "nothing was stopped: this needs an answer; give --yes to stop everything without being asked"
    );
    let mut out = std::io::stdout().lock();
    write!(out, "{QUESTION} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let yes = matches!(answer.trim(), "y" | "Y" | "yes");
    anyhow::ensure!(yes, "nothing was stopped");
    Ok(())
}

/// Ends a customer's stop.
pub(crate) async fn customer_resume(arguments: &CustomerWithReason) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let request = ResumeCustomer {
        customer: arguments.customer.parse()?,
        reason: arguments.reason.clone(),
    };
    let resumed = operator.send("resumptions", &request).await;
    let resumed: CustomerResumed = asked(resumed, || {
        MayBeDone::new("the stop may have ended; the line below may be repeated")
            .with_line(this_command(&[]))
    })?;
    if arguments.json {
        return json_line(&resumed);
    }
    if resumed.was_stopped {
        line(format_args!(
            "The customer may order again, and a device may be enrolled with a new activation code. Closed devices stay closed, and cancelled orders stay cancelled."
        ))
    } else {
        line(format_args!("The customer had stopped nothing."))
    }
}
