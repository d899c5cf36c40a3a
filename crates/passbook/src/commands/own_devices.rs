//! `passbook devices`: the customer's own devices.

use super::passkeys::{open, told};
use crate::cli::{Devices, DevicesAction};
use crate::screen::Stamp;
use crate::verdict_words::VerdictWords;
use client::{Device, Errand};
use client_native::Native;
use protocol::http::{IssuedCode, OwnDevice, WaitingDevice};
use serde_json::json;
use terminal::{json_line, line, program};
use types::{BusinessDate, Clock, DeviceId, DeviceVerdict, ErrorCode};

/// Lists, adds, approves, refuses or removes devices.
pub(crate) async fn devices(arguments: &Devices, clock: Clock) -> anyhow::Result<()> {
    let json = arguments.device.json;
    let mut device = open(&arguments.device, clock).await?;
    match arguments.action.as_ref().unwrap_or(&DevicesAction::List) {
        DevicesAction::List => {
            let listed = device.run(Errand::devices()).await;
            let listed = listed.map_err(|error| told(error, &device))?;
            // Where no device has an attestation, there is nothing to say about it.
            let none = DeviceVerdict::NONE.to_string();
            let are_judged = listed.iter().any(|own| own.verdict != none);
            listed
                .iter()
                .try_for_each(|own| show(own, are_judged, json))
        }
        DevicesAction::Add => {
            let made = device.run(Errand::make_code()).await;
            show_code(&made.map_err(|error| told(error, &device))?, json)
        }
        DevicesAction::Waiting => {
            let waiting = device.run(Errand::waiting_devices()).await;
            for one in waiting.map_err(|error| told(error, &device))? {
                show_waiting(&one, json)?;
            }
            Ok(())
        }
        DevicesAction::Approve { device: id, number } => {
            answer(&mut device, id.parse()?, Some(number.clone()), json).await
        }
        DevicesAction::Refuse { device: id } => answer(&mut device, id.parse()?, None, json).await,
        DevicesAction::Remove { device: id } => {
            let id = id.parse()?;
            let removed = device.run(Errand::remove_device(id)).await;
            removed.map_err(|error| told(error, &device))?;
            if json {
                return json_line(&json!({ "device": id }));
            }
            line(format_args!("Removed device {id}."))
        }
    }
}

async fn answer(
    device: &mut Device<Native>,
    id: DeviceId,
    number: Option<String>,
    json: bool,
) -> anyhow::Result<()> {
    let answered = device.run(Errand::answer_waiting(id, number)).await;
    let approved = answered.map_err(|error| match error.is_code(ErrorCode::DeviceUnknown) {
        true => anyhow::Error::from(error).context(format!(
            "no such device waits for this one (any more); `{} devices` shows whether it was added",
            program()
        )),
        false => told(error, device),
    })?;
    if json {
        return json_line(&json!({ "device": id, "approved": approved }));
    }
    match approved {
        true => line(format_args!("Device {id} may enrol now.")),
        false => line(format_args!("Device {id} is refused.")),
    }
}

fn show(own: &OwnDevice, are_judged: bool, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(own);
    }
    let current = if own.current { "  this device" } else { "" };
    let enrolled = BusinessDate::of_utc(own.enrolled);
    let (device, form) = (own.device, &own.form);
    if !are_judged {
        return line(format_args!(
            "{device}  {form}  enrolled {enrolled}{current}"
        ));
    }
    let Ok(verdict) = own.verdict.parse();
    let verdict = VerdictWords(&verdict);
    line(format_args!(
        "{device}  {form}  enrolled {enrolled}  {verdict}{current}"
    ))
}

fn show_code(made: &IssuedCode, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(made);
    }
    let program = program();
    line(format_args!(
        "On the new device, within ten minutes:\n  {program} enrol {} {}-{}\nIt shows a number and waits. `{program} devices waiting` lists it here, and `{program} devices approve` takes the number.\nGive the code to nobody: who has it and your approval sees your accounts.",
        made.customer, made.code, made.root
    ))
}

fn show_waiting(waiting: &WaitingDevice, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(waiting);
    }
    line(format_args!(
        "{}  {}  asked {}",
        waiting.device,
        waiting.form,
        Stamp(waiting.asked)
    ))
}
