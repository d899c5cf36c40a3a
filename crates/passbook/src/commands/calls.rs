//! `passbook calls`: whether the bank is calling; and `passbook customer call`, with which the bank says so.

use super::device::ended;
use super::operate::operator_of;
use super::passkeys::open;
use crate::cli::{Calls, CustomerCall, CustomerCallEnded};
use crate::may_be_done::{MayBeDone, asked, this_command};
use crate::screen::Stamp;
use client::Errand;
use protocol::http::{AnnounceCall, BankCall, CallEnded, EndCall};
use terminal::{json_line, line};
use types::Clock;

/// Says whether the bank is calling the device's customer.
pub(crate) async fn calls(arguments: &Calls, clock: Clock) -> anyhow::Result<()> {
    let mut device = open(&arguments.device, clock).await?;
    let answer = device.run(Errand::calls()).await;
    let answer = answer.map_err(|error| ended(error, device.home()))?;
    if arguments.device.json {
        return json_line(&answer);
    }
    match &answer.call {
        Some(BankCall { desk, began, .. }) => line(format_args!(
            "The bank is calling you: {desk}, since {}.",
            Stamp(*began)
        )),
        None => line(format_args!(
            "The bank is not calling you. Whoever says so is not the bank: hang up, and tell nobody codes or passwords."
        )),
    }
}

/// Announces a call to a customer.
pub(crate) async fn customer_call(arguments: &CustomerCall) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let request = AnnounceCall {
        customer: arguments.customer.parse()?,
        desk: arguments.desk.clone(),
        minutes: arguments.minutes,
    };
    let call: BankCall = asked(operator.send("calls", &request).await, again)?;
    if arguments.json {
        return json_line(&call);
    }
    line(format_args!(
        "The customer's devices say until {} that the bank is calling.",
        Stamp(call.ends)
    ))
}

/// Ends the announcement of a call.
pub(crate) async fn customer_call_ended(arguments: &CustomerCallEnded) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.bank)?;
    let request = EndCall {
        customer: arguments.customer.parse()?,
    };
    let over: CallEnded = asked(operator.send("calls/endings", &request).await, again)?;
    if arguments.json {
        return json_line(&over);
    }
    match over.was_announced {
        true => line(format_args!(
            "The customer's devices say that nobody is calling."
        )),
        false => line(format_args!("No call to the customer was announced.")),
    }
}

fn again() -> MayBeDone {
    MayBeDone::new("the request may have been executed; the line below may be repeated")
        .with_line(this_command(&[]))
}
